package policy

import (
	"cmp"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// FromStream makes a Set of the ConstraintTemplates, Constraints and ExpansionTemplates among objects. What is wrong with one
// is a finding at its line; the Set has the others, and Check reports constraints whose template is in no Set it was Joined
// with.
func FromStream(objects []object.Object) (*Set, diag.Findings) {
	set, findings := gatekeeper.Read(objects)
	findings.Sort()
	return &Set{gatekeeper: set}, findings
}

// Join makes one Set of several, in whose Check all have a say. The result is nil, as a Set that could not be loaded, when one
// of them is. Two policies of ours cannot have the same id.
func Join(sets ...*Set) (*Set, diag.Findings) {
	joined := &Set{}
	var constraints []*gatekeeper.Set
	for _, s := range sets {
		if s == nil {
			return nil, nil
		}
		joined.policies = append(joined.policies, s.policies...)
		joined.bundles = append(joined.bundles, s.bundles...)
		joined.conftest = append(joined.conftest, s.conftest...)
		constraints = append(constraints, s.gatekeeper)
	}
	var findings diag.Findings
	slices.SortStableFunc(joined.policies, func(a, b *compiled) int { return cmp.Compare(a.ID, b.ID) })
	for i, p := range joined.policies[min(1, len(joined.policies)):] {
		if first := joined.policies[i]; first.ID == p.ID && first != p {
			findings = append(findings, diag.Errorf("policy-duplicate", p.at, "there are two policies %s", p.ID).
				WithNote(first.at, "the other").WithHint("rename the folder of one of them"))
		}
	}
	var more diag.Findings
	joined.gatekeeper, more = gatekeeper.Join(constraints...)
	if findings = append(findings, more...); findings.Failed() {
		return nil, findings
	}
	return joined, findings
}
