package values

import (
	"maps"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// shortestNumber is from which length a secret number is looked for in what is shown: masking every 1 would hide the rest.
const shortestNumber = 4

// Secrets are the texts of all secret values, for masking what is shown: those of the tree, and those of its layers, which a
// higher layer may have overridden. Booleans and small numbers are left out. The public ones among them may be seen
// elsewhere: as a key, or as a value that is no secret.
func (t *Tree) Secrets() (secrets, public []string) {
	return Secrets(append(slices.Clip(t.Layers), Layer{Root: t.Root}), t.Rules)
}

// Secrets are the texts of the layers' secret values, sorted; see Tree.Secrets.
func Secrets(layers []Layer, rules *Rules) (secrets, public []string) {
	hidden, seen := map[string]bool{}, map[string]bool{}
	each(layers, rules, func(n *source.Node) {
		if n.Hidden() && n.Text != Placeholder && (n.Kind == source.String || len(n.Text) >= shortestNumber && n.Kind != source.Bool) {
			hidden[n.Text] = true
		}
	})
	if len(hidden) == 0 {
		return nil, nil
	}
	each(layers, rules, func(n *source.Node) {
		if !n.Hidden() && hidden[n.Text] {
			seen[n.Text] = true
		}
		for _, k := range n.Keys {
			if hidden[k.Name] {
				seen[k.Name] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(hidden)), slices.Sorted(maps.Keys(seen))
}

// each visits every value of the layers, with what the rules call a secret marked.
func each(layers []Layer, rules *Rules, visit func(*source.Node)) {
	for _, l := range layers {
		walk(l.Root, rules, visit)
	}
}

func walk(n *source.Node, rules *Rules, visit func(*source.Node)) {
	if n == nil {
		return
	}
	if rules != nil && rules.Secret != nil && !n.Secret {
		n = mark(n)
	}
	visit(n)
	for i, item := range n.Items {
		below := rules.items()
		if n.Kind == source.Map {
			below = rules.field(n.Keys[i].Name)
		}
		walk(item, below, visit)
	}
}
