package plan

import "github.com/otomi/kubectl-otomi/internal/diag"

// lapsed weighs what is wrong because an exemption has expired: of objects that the plan leaves as they are, it is a warning, for
// nothing gets worse. An object that is applied as it was last time is left as it is too.
func (m *maker) lapsed() {
	changed := map[string]bool{}
	for _, a := range m.plan.Actions {
		again := a.Op == Update && a.Entry != nil && a.Entry.Hash == a.Hash
		changed[a.ID.String()] = a.Op.Sends() && !again
	}
	for _, f := range m.in.Lapsed {
		if !changed[f.Object] {
			f.Severity = min(f.Severity, diag.Warning)
		}
		m.plan.Findings = append(m.plan.Findings, f)
	}
}
