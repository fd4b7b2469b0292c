package values

import (
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// MissingSecret is a value that the schema calls a secret and that no layer sets.
type MissingSecret struct {
	Path   []string
	Secret *Secret // what the schema says
	Listed bool    // the path leads through a list, whose items cannot be completed from another layer
}

// MissingSecrets finds the secrets that nobody has set, below maps that are there: as defaults are filled in. What a layer has
// removed with null is not missing. They come in the order of their paths.
func (t *Tree) MissingSecrets() []MissingSecret {
	m := misser{layers: t.Layers}
	m.value(t.Root, t.Rules, nil, false)
	slices.SortFunc(m.missing, func(a, b MissingSecret) int { return slices.Compare(a.Path, b.Path) })
	return m.missing
}

type misser struct {
	layers  []Layer
	missing []MissingSecret
}

func (m *misser) value(n *source.Node, rules *Rules, path []string, listed bool) {
	if rules == nil {
		return
	}
	for i, item := range n.Items {
		if n.Kind == source.List {
			m.value(item, rules.items(), below(path, strconv.Itoa(i)), true)
		} else {
			m.value(item, rules.field(n.Keys[i].Name), below(path, n.Keys[i].Name), listed)
		}
	}
	if n.Kind != source.Map {
		return
	}
	for name, r := range rules.Fields {
		if r == nil || r.Secret == nil || n.Get(name) != nil {
			continue
		}
		if at := below(path, name); !m.removed(at) {
			m.missing = append(m.missing, MissingSecret{Path: at, Secret: r.Secret, Listed: listed})
		}
	}
}

func below(path []string, name string) []string { return append(path[:len(path):len(path)], name) }

// removed reports whether a layer sets the path to null.
func (m *misser) removed(path []string) bool {
	return slices.ContainsFunc(m.layers, func(l Layer) bool {
		n := l.Root.Lookup(path...)
		return n != nil && n.Kind == source.Null
	})
}
