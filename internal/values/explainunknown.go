package values

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Unknown says where a path goes astray that leads nowhere in the tree and is none of the schema's properties either. Like
// Explain's, it may name an item by its key.
func (t *Tree) Unknown(path ...string) diag.Findings {
	w := t.way(path)
	n := t.Root
	for i, name := range w.path {
		next, rules := n.Lookup(name), w.rules[i]
		described := false
		if rules != nil {
			_, described = rules.Fields[name]
		}
		if next == nil && !described {
			f := diag.Errorf("unknown-path", diag.Position{}, "there is no %s", source.Path(path[:i+1]))
			f.Hint = near(n, rules, path[:i], name)
			return diag.Findings{f}
		}
		n = next
	}
	return nil
}

// near names what may have been meant, else what there is.
func near(n *source.Node, rules *Rules, above []string, name string) string {
	where := "the tree"
	if len(above) > 0 {
		where = source.Path(above)
	}
	if n != nil && n.Kind == source.List {
		return where + " has " + plural(len(n.Items), "item")
	}
	if n != nil && n.Kind.Scalar() {
		return where + " is " + n.Kind.Article()
	}
	names := n.Names()
	if rules != nil {
		names = append(slices.Clip(names), slices.Collect(maps.Keys(rules.Fields))...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if s := diag.Suggest(name, names); s != "" {
		return "did you mean " + source.Path(append(slices.Clip(above), s)) + "?"
	}
	const most = 12
	switch {
	case len(names) == 0:
		return where + " is empty"
	case len(names) > most:
		names = append(names[:most:most], "…")
	}
	return where + " has " + strings.Join(names, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
