package policy_test

import (
	"strings"
	"testing"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// The default core's policies: they load without a word, and their own tests pass.
func TestCore(t *testing.T) {
	set, findings := policy.Load(otomi.Core, nil)
	if len(findings) > 0 {
		t.Fatalf("Load = %v", findings)
	}
	for _, p := range set.Policies() {
		if p.Title == p.ID || p.Description == "" || p.Fix == "" || len(p.Kinds) == 0 {
			t.Errorf("METADATA of %s lacks title, description, fix or kinds: %+v", p.ID, p)
		}
	}
	results, findings, err := set.Test(t.Context(), otomi.Core, nil)
	if err != nil || len(findings) > 0 {
		t.Fatalf("Test = %v, %v", findings, err)
	}
	tests := map[string]int{}
	for _, r := range results {
		t.Run(r.Package+"/"+r.Name, func(t *testing.T) {
			switch r.Status {
			case policy.Fail:
				t.Errorf("%s: %s\n%s", r.At, r.Message, r.Output)
			case policy.Skip:
				t.Skip("marked todo")
			}
		})
		tests[strings.Split(r.At.File, "/")[1]]++
	}
	for _, id := range set.IDs() {
		if tests[id] < 2 {
			t.Errorf("policy %s has %d tests; one for each verdict are needed", id, tests[id])
		}
	}
}
