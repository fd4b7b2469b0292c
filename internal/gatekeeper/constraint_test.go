package gatekeeper

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestActions: of the actions for the points that a static check answers for, the heaviest counts.
func TestActions(t *testing.T) {
	for spec, want := range map[string]struct {
		severity diag.Severity
		counts   bool
	}{
		`{}`:                          {diag.Error, true},
		`{enforcementAction: deny}`:   {diag.Error, true},
		`{enforcementAction: warn}`:   {diag.Warning, true},
		`{enforcementAction: dryrun}`: {diag.Info, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: "*"}]}]}`:                                                                                        {diag.Error, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: gator.gatekeeper.sh}]}]}`:                                                                        {diag.Warning, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: validation.gatekeeper.sh}]}]}`:                                                                   {diag.Error, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}]}`:                                                                        {diag.Info, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: vap.k8s.io}]}]}`:                                                                                 {diag.Info, false},
		`{enforcementAction: scoped, scopedEnforcementActions: []}`:                                                                                                                                        {diag.Info, false},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}, {action: deny, enforcementPoints: [{name: gator.gatekeeper.sh}]}]}`: {diag.Error, true},
		`{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}, {action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}]}`: {diag.Warning, true},
	} {
		set, findings := Read(objects(t, template("package thing\nviolation[{\"msg\": \"x\"}] { true }")+
			"---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Thing\nmetadata: {name: a}\nspec: "+spec+"\n"))
		if len(findings) > 0 {
			t.Errorf("Read(%s) = %v", spec, findings)
			continue
		}
		counting := set.Constraints()
		if (len(counting) == 1) != want.counts || want.counts && counting[0].Severity != want.severity {
			t.Errorf("Read(%s) counts %d, want %v with severity %v", spec, len(counting), want.counts, want.severity)
		}
	}
}
