package plan

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// replaced finds the fresh values that take the place of others: passwords and certificates that are in use. Where the
// inventory does not know an object that exists (it was lost, or the object is being adopted), nobody can tell what its
// release's values were.
func (m *maker) replaced() {
	unknown := map[string]bool{}
	for _, a := range m.plan.Actions {
		if a.Live != nil && a.Entry == nil && a.Op.Sends() && !isNamespace(a.ID) {
			unknown[a.Release] = true
		}
	}
	type group struct{ release, instead string }
	functions := map[group][]string{}
	var groups []group
	for _, f := range m.in.Fresh {
		if f.Instead == "" && unknown[f.Release] {
			f.Instead = "what was returned before is not known"
		}
		if f.Instead == "" {
			continue
		}
		m.plan.Replaced = append(m.plan.Replaced, f)
		g := group{f.Release, f.Instead}
		if functions[g] == nil {
			groups = append(groups, g)
		}
		if !slices.Contains(functions[g], f.Function) {
			functions[g] = append(functions[g], f.Function)
		}
	}
	for _, g := range groups {
		m.plan.Findings = append(m.plan.Findings, diag.Warningf("new-random-value", diag.Position{},
			"release %s gets something new from %s: %s", g.release, strings.Join(functions[g], ", "), g.instead).
			WithHint("passwords and certificates made of it change in the cluster; off a terminal that needs --yes"))
	}
}
