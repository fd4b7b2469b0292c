package policy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Grant is an exemption from a policy, wherever it is written, and what became of it in a run. That of an annotation has an
// Object, perhaps a Container, and neither reason nor date.
type Grant struct {
	Exemption
	Policy    string
	Container string   // the only one that is exempt; "": all of the object
	Expired   bool     // its last day is past
	Objects   []string // that needed it, in order
}

// grants are those of the settings.
func (e *exemptions) grants(today time.Time) []Grant {
	var list []Grant
	for _, id := range e.policies {
		for _, x := range e.byPolicy[id] {
			list = append(list, Grant{Exemption: x, Policy: id, Expired: x.past(today), Objects: slices.Sorted(maps.Keys(e.used[x.key(id)]))})
		}
	}
	return list
}

// sortGrants puts exemptions in an order that does not depend on which worker met them first.
func sortGrants(list []Grant) {
	slices.SortStableFunc(list, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Release, b.Release), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Container, b.Container), cmp.Compare(a.At.String(), b.At.String()), cmp.Compare(a.Path, b.Path))
	})
}

// ExpiredFor is the policy of a finding about an exemption that has expired.
func ExpiredFor(f diag.Finding) (id string, ok bool) {
	path, err := source.ParsePath(f.Path)
	if f.Rule != ExpiredExemption || err != nil || len(path) < 2 {
		return "", false
	}
	return path[1], true
}
