package values

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// OutsideFence is the rule of what a layer sets outside its Only path. None of it is merged.
const OutsideFence = "outside-fence"

// fence reports what a layer sets outside its Only path, and what it does to the maps above that path other than open them:
// null, !replace or a value there would reach what other layers set.
func fence(l Layer) diag.Findings {
	var findings diag.Findings
	n := l.Root
	for i, part := range l.Only {
		if what := reach(n); what != "" {
			findings = append(findings, diag.Errorf(OutsideFence, n.At(), "%s would take away what other layers set here; this file may set only %s", what, source.Path(l.Only)).
				WithPath(source.Path(l.Only[:i])).WithHint("%s", fenceHint))
		}
		for _, k := range n.Keys {
			if k.Name == part {
				continue
			}
			at := append(slices.Clip(l.Only[:i]), k.Name)
			findings = append(findings, diag.Errorf(OutsideFence, k.At(), "this file may set only %s", source.Path(l.Only)).
				WithPath(source.Path(at)).WithHint("%s", fenceHint))
		}
		if n = n.Get(part); n == nil {
			break // nothing is below, as below a value that is no map
		}
	}
	return findings
}

// fenced is what of a layer is merged: what it sets elsewhere is not, so that it hides nothing of what other layers set there.
func (l Layer) fenced() *source.Node { return within(l.Root, l.Only) }

// within is what a value has at a path, in its place.
func within(n *source.Node, path []string) *source.Node {
	if len(path) == 0 || n == nil {
		return n
	}
	if n.Kind != source.Map {
		return nil
	}
	out := stub(n)
	if below := within(n.Get(path[0]), path[1:]); below != nil {
		out = only(n, path[0], below)
	}
	out.Replace = false
	return out
}

const fenceHint = "move it to a layer that may set it, or ask for a change of spec.layers"

// reach names what reaches beyond a value's own keys: "" for a map that merges.
func reach(n *source.Node) string {
	switch {
	case n.Kind == source.Null:
		return "null"
	case n.Replace:
		return "!replace"
	case n.Kind != source.Map:
		return n.Kind.Article()
	default:
		return ""
	}
}
