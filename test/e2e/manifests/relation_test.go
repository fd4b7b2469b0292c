package manifests

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/relation"
)

// TestRelations asks the API server about every change for which objects do not fit together any more: what is called an error
// it refuses.
func TestRelations(t *testing.T) {
	s := start()
	if s.err != nil {
		t.Fatal(s.err)
	}
	rules := map[string]int{}
	var wrong []mutant
	for _, o := range objects("testdata/right.yaml") {
		for _, m := range mutants(o) {
			found := relation.Check([]object.Object{m.object})
			if !found.Failed() {
				continue
			}
			wrong = append(wrong, m)
			for _, f := range found {
				rules[f.Rule]++
			}
		}
	}
	for i, v := range judge(s, wrong) {
		if !v.refused {
			t.Errorf("%s: the API server accepts it, Check does not: %v", wrong[i], relation.Check([]object.Object{wrong[i].object}))
		}
	}
	for _, rule := range []string{"selector-mismatch", "empty-selector", "missing-volume"} {
		if rules[rule] == 0 {
			t.Errorf("no change was wrong by the rule %s", rule)
		}
	}
	t.Logf("%d changes are errors: %v", len(wrong), rules)
}
