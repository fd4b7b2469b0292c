package main

import (
	"context"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
)

// Which values a finding comes from is found by rendering releases again. It is bounded by how much is rendered, not by the
// clock, so that the same input gives the same findings: 4 MB are about 200 renderings of a small chart, which is a second.
const (
	behindBytes    = 4 << 20
	behindFindings = 20 // who sees the values behind so many has enough to do
)

// behind adds the values behind the objects' fields to what was found about them, errors first.
func (b *built) behind(ctx context.Context, findings diag.Findings) diag.Findings {
	if len(b.releases) == 0 {
		return findings
	}
	objects := map[string]object.Object{}
	for _, o := range slices.Backward(b.objects) {
		objects[o.ID().String()] = o
	}
	rendered := trace.Rendered{Releases: b.releases, Objects: b.objects, Images: b.cluster.Images.Rewrite, Words: b.schema.Words}
	tracers := map[string]*trace.Tracer{}
	budget, left := behindBytes, behindFindings
	for _, severity := range []diag.Severity{diag.Error, diag.Warning} {
		for i, f := range findings {
			o, known := objects[f.Object]
			path, err := source.ParsePath(f.Path)
			if f.Severity != severity || !known || f.Path == "" || err != nil || left == 0 {
				continue
			}
			left--
			if tracers[f.Object] == nil {
				tracers[f.Object] = trace.New(b.input(), rendered, o)
			}
			for _, leaf := range tracers[f.Object].Behind(ctx, path, &budget) {
				findings[i] = findings[i].WithNote(leaf.Node.At(), "from the value %s", source.Path(leaf.Path))
			}
		}
	}
	return findings
}
