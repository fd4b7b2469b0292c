package main

import (
	"context"
	"slices"
	"time"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// station is a stop of the line.
type station int

// The stops at which commands get off.
const (
	atTree      station = iota // merged values: values
	atValues                   // checked values: validate --only values
	atObjects                  // rendered and patched: template
	atManifests                // held to Kubernetes' schemas and to each other: validate --only manifests
	atPolicies                 // held to the policies: validate, diff, apply
)

// built is what the line has made for one cluster so far.
type built struct {
	cluster      *repo.Cluster
	core         core.Stack
	schema       *schema.Schema
	layers       []values.Layer  // low to high
	bare         []diag.Position // where they have secrets in plain text
	tree         *values.Tree    // with cluster and derived
	releases     []render.Release
	objects      []object.Object
	policies     *policy.Set
	findings     diag.Findings
	exempted     diag.Findings // violations of policies that exemptions let pass
	exemptions   []policy.Grant
	baseline     *baseline.File       // nil: there is none
	baselineFile string               // relative to otomi.yaml
	recording    bool                 // what is found is written into the baseline
	listed       diag.Findings        // that the baseline lists
	overrides    []inventory.Override // of this run, as far as something violates the policies
	lapsed       diag.Findings        // what is wrong because exemptions have expired, for the plan to weigh
	live         *live                // what charts see of the cluster; nil: nothing
	hermetic     bool                 // charts may call nothing random
	twin         *built               // with other secrets
	platform     export.Platform
}

// until is the way of the data, from files to objects that may be applied: the stations of the pipeline, called one after
// another. A command is a prefix of it; what comes after is in plan.go and apply.go. The line ends where a station finds an
// error.
func (w *workspace) until(ctx context.Context, c *repo.Cluster, last station, today time.Time) *built {
	return w.follow(ctx, &built{cluster: c}, last, today)
}

func (w *workspace) follow(ctx context.Context, b *built, last station, today time.Time) *built {
	var f diag.Findings
	b.hermetic = w.hermetic
	b.platform.Load = func() (*policy.Set, diag.Findings) { return w.cores.policySet(b.core) }
	if !w.merge(ctx, b, last > atTree) || last <= atValues {
		return b
	}
	if b.releases, f = render.Releases(ctx, b.input()); b.failed(append(f, b.schema.UnknownApps(b.tree, b.releaseNames())...)) {
		w.withhold(ctx, b)
		return b
	}
	w.learn(nil, b.releaseNames())
	if b.objects, f = b.render(ctx); b.failed(f) {
		w.withhold(ctx, b)
		return b
	}
	if b.objects, f = patch.Apply(b.objects, render.Patches(b.releases), b.cluster.Images.Rewrite); b.failed(f) {
		return b
	}
	if b.objects, f = b.platform.Exempt(b.objects, b.tree); b.failed(f) {
		return b
	}
	if b.withheld() {
		object.Withhold(b.objects)
	}
	if last == atObjects {
		return b
	}
	w.judge(ctx, b, last, today)
	return b
}

// merge is the first half: cores, layers, one tree, and where it has to hold, the schema. It says whether the line goes on.
func (w *workspace) merge(ctx context.Context, b *built, check bool) bool {
	var f diag.Findings
	joined := w.join(b)
	if check && b.tree != nil { // also where layers do not fit together, so that everything wrong is found at once
		joined = !b.failed(b.schema.CheckBesides(b.tree, b.findings)) && joined
	}
	if !joined {
		return false
	}
	if b.tree, f = b.tree.With(w.facts(b.cluster)); b.failed(f) {
		return false
	}
	derived, f := render.Derive(ctx, b.input())
	if b.failed(f) {
		return false
	}
	b.tree = derived
	w.learn(b.tree.Secrets())
	return true
}

// join makes one tree of the cores' defaults and the layers, as it is before anything is checked or added.
func (w *workspace) join(b *built) bool {
	var f diag.Findings
	if b.core, f = w.opener.Open(w.repo.CoreOf(b.cluster), b.cluster.KubeVersion); b.failed(f) {
		return false
	}
	if b.schema, f = w.cores.schema(b.core); b.failed(f) {
		return false
	}
	b.layers, f = w.layers(b.core, b.cluster)
	b.bare = values.BarePlaces(b.layers, b.schema.Rules())
	w.learn(values.Secrets(b.layers, b.schema.Rules()))
	if b.failed(f) {
		return false
	}
	reserved := b.failed(values.Reserved(b.layers, map[string]string{"cluster": values.ClusterHint, "derived": values.DerivedHint}))
	b.tree, f = values.Merge(b.layers, b.schema.Rules())
	return !b.failed(f) && !reserved
}

// failed notes findings and says whether the line ends here. Lines with secrets, be they too short to be masked, are not shown.
func (b *built) failed(f diag.Findings) bool {
	b.findings = append(b.findings, f.Hush(b.bare)...)
	return f.Failed()
}

// layers are the cores' defaults.yaml, the cluster's files and the flags, low to high.
func (w *workspace) layers(stack core.Stack, c *repo.Cluster) ([]values.Layer, diag.Findings) {
	defaults, findings := values.Defaults(stack)
	files, more := w.repo.Files(w.fs, c)
	findings = append(findings, more...)
	layers, more := w.loader.Load(files)
	return slices.Concat(defaults, layers, w.flags), append(findings, more...)
}

// facts is the layer that holds what otomi.yaml says about the cluster.
func (w *workspace) facts(c *repo.Cluster) values.Layer {
	return values.Layer{File: w.repo.File, Root: c.Facts()}
}

// withoutDefaults is the tree as if the schema had no defaults, with the derived values of the complete one.
func (w *workspace) withoutDefaults(b *built) *values.Tree {
	tree, _ := values.MergeOnly(b.layers, b.schema.Rules()) // what is wrong with the layers is known
	tree, _ = tree.With(w.facts(b.cluster))
	if i, ok := b.tree.Root.Find("derived"); ok {
		derived := &source.Node{Kind: source.Map, Keys: b.tree.Root.Keys[i : i+1], Items: b.tree.Root.Items[i : i+1]}
		tree, _ = tree.With(values.Layer{Root: derived})
	}
	return tree
}

func (b *built) input() render.Input {
	in := render.Input{Core: b.core, Tree: b.tree, APIVersions: b.cluster.APIVersions, Hermetic: b.hermetic, Policies: b.platform.Objects}
	if b.live != nil {
		in.Known, in.Volatile = b.live.lookup, b.live.volatile
	}
	return in
}

// releaseNames are those of all releases, rendered or not.
func (b *built) releaseNames() []string {
	names := make([]string, len(b.releases))
	for i, r := range b.releases {
		names[i] = r.Name
	}
	return names
}

// decrypted reports whether secret values went into the objects.
func (b *built) decrypted() bool {
	return slices.ContainsFunc(b.layers, func(l values.Layer) bool { return l.File.Secret && l.Root != nil })
}
