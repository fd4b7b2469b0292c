package plan

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// unmatched warns of an owner to adopt from who owns nothing of the set, where others do: a name may be wrong.
func (m *maker) unmatched() {
	var owners []string
	for _, c := range m.problems.Conflicts {
		if c.Path == "" && c.Owner != "" {
			owners = append(owners, c.Owner)
		}
	}
	if len(owners) == 0 {
		return
	}
	slices.Sort(owners)
	owners = slices.Compact(owners)
	for _, want := range m.in.Options.Adopt.Owners {
		one := Adoption{Owners: []Owner{want}}
		if slices.ContainsFunc(m.plan.Actions, func(a Action) bool { return a.Op == Adopt && one.allows(a.From) }) {
			continue
		}
		m.plan.Findings = append(m.plan.Findings, diag.Warningf("adopt-unmatched", diag.Position{},
			"--adopt: nothing of the set belongs to %s; what is not the set's belongs to %s", want, strings.Join(owners, ", ")))
	}
}
