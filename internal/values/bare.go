package values

import (
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Bare is a value that the schema calls a secret and that stands in plain text.
type Bare struct {
	Path   []string
	Node   *source.Node
	Secret *Secret // what the schema says
}

// Bares finds the secrets of a plain layer, or of what else is merged by the rules. What is empty is no secret, and neither
// is a placeholder.
func Bares(n *source.Node, rules *Rules) []Bare {
	var b bares
	b.value(n, rules, nil, nil)
	return b.found
}

// BarePlaces are where layers have secrets in plain text, flags among them: lines that are not to be shown.
func BarePlaces(layers []Layer, rules *Rules) []diag.Position {
	var places []diag.Position
	for _, l := range layers {
		for _, b := range Bares(l.Root, rules) {
			places = append(places, b.Node.At())
		}
	}
	return places
}

type bares struct{ found []Bare }

func (b *bares) value(n *source.Node, rules *Rules, secret *Secret, path []string) {
	if rules != nil && rules.Secret != nil {
		secret = rules.Secret
	}
	switch {
	case n == nil || rules == nil && secret == nil:
	case n.Kind == source.Map:
		for i, k := range n.Keys {
			b.value(n.Items[i], rules.field(k.Name), secret, append(path, k.Name))
		}
	case n.Kind == source.List:
		for i, item := range n.Items {
			b.value(item, rules.items(), secret, append(path, strconv.Itoa(i)))
		}
	case secret != nil && n.Text != "" && n.Text != Placeholder:
		b.found = append(b.found, Bare{Path: append([]string(nil), path...), Node: n, Secret: secret})
	}
}
