package relation

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// mostComparisons is how many names are compared in one run to suggest others: a stream of which all names are wrong would
// take the square of its length, and who has so many findings reads the first ones.
const mostComparisons = 200_000

// suggest is the name that may have been meant, or "".
func (c *check) suggest(name string, candidates []string) string {
	if c.comparisons -= len(candidates); c.comparisons < 0 {
		return ""
	}
	return diag.Suggest(name, candidates)
}

// meant is another object that a reference may mean: of a name nearly that, or of that name in another namespace or,
// of workloads, of another kind.
func (c *check) meant(id object.ID) (at int, found bool) {
	if c.comparisons -= len(c.kinds[kindOf(id)]); c.comparisons < 0 {
		return 0, false
	}
	var names []string
	elsewhere := -1
	for _, i := range c.kinds[kindOf(id)] {
		switch other := c.id[i]; {
		case other.Namespace == id.Namespace:
			names = append(names, other.Name)
		case other.Name == id.Name && elsewhere < 0:
			elsewhere = i
		}
	}
	slices.Sort(names) // of two that are as near, always the same one
	if s := c.suggest(id.Name, names); s != "" {
		id.Name = s
		return c.ids[id], true
	}
	if elsewhere < 0 && id.Group == "apps" {
		for _, id.Kind = range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"} {
			if at, there := c.ids[id]; there {
				return at, true
			}
		}
	}
	return elsewhere, elsewhere >= 0
}

// kindOf is an identity without its name.
func kindOf(id object.ID) object.ID { return object.ID{Group: id.Group, Kind: id.Kind} }
