package values

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// shortestNumber is from which length a secret number is looked for in what is shown: masking every 1 would hide the rest.
const shortestNumber = 4

// Secrets are the texts of all secret values, for masking what is shown: those of the tree, and those of its layers, which a
// higher layer may have overridden. Booleans and small numbers are left out.
func (t *Tree) Secrets() []string {
	return Secrets(append(slices.Clip(t.Layers), Layer{Root: t.Root}), t.Rules)
}

// Secrets are the texts of the layers' secret values, sorted; see Tree.Secrets.
func Secrets(layers []Layer, rules *Rules) []string {
	var texts []string
	for _, l := range layers {
		collect(l.Root, rules, &texts)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func collect(n *source.Node, rules *Rules, texts *[]string) {
	if n == nil {
		return
	}
	if rules != nil && rules.Secret != nil && !n.Secret {
		n = mark(n)
	}
	if n.Hidden() && n.Text != Placeholder && (n.Kind == source.String || len(n.Text) >= shortestNumber && n.Kind != source.Bool) {
		*texts = append(*texts, n.Text)
	}
	for i, item := range n.Items {
		below := rules.items()
		if n.Kind == source.Map {
			below = rules.field(n.Keys[i].Name)
		}
		collect(item, below, texts)
	}
}
