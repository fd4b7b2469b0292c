package values

import (
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// duplicates finds items of one layer's list that have the same key in a list that is merged by key: which of them the other
// layers' item belongs to, nobody could tell. Where there are no rules it looks at nothing.
func duplicates(n *source.Node, rules *Rules, path []string) diag.Findings {
	if rules == nil || n.Kind.Scalar() {
		return nil
	}
	var findings diag.Findings
	seen := map[itemKey]*source.Node{}
	for i, item := range n.Items {
		name, below := strconv.Itoa(i), rules.items()
		if n.Kind == source.Map {
			name = n.Keys[i].Name
			below = rules.field(name)
		} else if id, ok := keyOf(item, rules.Key); ok && rules.List == ByKey && id.text != Placeholder {
			if first := seen[id]; first != nil {
				key := keyName(rules.Key)
				findings = append(findings, diag.Errorf("duplicate-item", item.Get(key).At(), "two items of this list have the same %s", key).
					WithPath(source.Path(append(path, name, key))).WithNote(first.Get(key).At(), "the first one").
					WithHint("the schema merges this list by %s: make one item of them", key))
			} else {
				seen[id] = item
			}
		}
		findings = append(findings, duplicates(item, below, append(path, name))...)
	}
	return findings
}
