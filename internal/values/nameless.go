package values

import "github.com/otomi/kubectl-otomi/internal/source"

// Nameless reports whether the path leads through an item of a list that is merged by key, and the item's key is a
// placeholder: with the secret's key the item might be part of another one, so it need not be complete.
func (t *Tree) Nameless(path ...string) bool {
	n, rules := t.Root, t.Rules
	for _, p := range path {
		item := n.Lookup(p)
		if n == nil || n.Kind != source.List {
			n, rules = item, rules.field(p)
			continue
		}
		if rules != nil && rules.List == ByKey {
			if key := item.Get(keyName(rules.Key)); key != nil && key.Text == Placeholder {
				return true
			}
		}
		n, rules = item, rules.items()
	}
	return false
}
