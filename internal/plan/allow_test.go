package plan

import (
	"errors"
	"strings"
	"testing"
)

// TestFlagsAllowDeletions: what a rule refuses to delete goes with the rule's flag, and where there is no otomi.yaml the refusal names
// the flag alone.
func TestFlagsAllowDeletions(t *testing.T) {
	pvc := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, namespace: shop}\n"
	in := applied(parsed(t, pvc+"---\n"+configMap)...).input(parsed(t, configMap)...)
	in.Options.Repoless = true
	_, err := Make(in)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "(--prune-data)") || strings.Contains(err.Error(), "otomi.yaml") {
		t.Errorf("Make = %v, want it refused with the flag and without an approval", err)
	}
	in.Options.Allow = []string{RulePruneData}
	if p, err := Make(in); err != nil || p.Counts()[Prune] != 1 {
		t.Errorf("Make with --prune-data = %v, want it allowed", err)
	}
	in.Options.Allow = []string{RulePruneCRD}
	if _, err := Make(in); !errors.Is(err, ErrRefused) {
		t.Errorf("Make with --prune-crds = %v, want it refused", err)
	}
}

// TestBudgetOfADestroy counts only where it is given.
func TestBudgetOfADestroy(t *testing.T) {
	in := applied(parsed(t, configMap)...).input()
	in.Options.Destroy = true
	if _, err := Make(in); err != nil {
		t.Errorf("Make = %v, want all of it destroyed", err)
	}
	in.Options.MaxPrune = &Budget{Count: 0}
	if _, err := Make(in); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "--max-prune 1") {
		t.Errorf("Make with --max-prune 0 = %v, want it refused", err)
	}
}

// TestAdoptionFromNobody: a name from which nothing can be adopted is told with those that there are.
func TestAdoptionFromNobody(t *testing.T) {
	w := applied()
	objects := parsed(t, configMap)
	w.seen.Objects[objects[0].ID()] = &Meta{UID: "x", Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}}
	in := w.input(objects...)
	in.Options.Adopt = Adoption{Owners: []Owner{{Tool: "helm", Name: "wbe"}}}
	p, err := Make(in)
	if !errors.Is(err, ErrConflict) {
		t.Fatalf("Make = %v, want a conflict", err)
	}
	for _, f := range p.Findings {
		if f.Rule == "adopt-unmatched" && strings.Contains(f.Message, "Helm release wbe") && strings.Contains(f.Message, "Helm release shop/web") {
			return
		}
	}
	t.Errorf("findings = %v, want adopt-unmatched", p.Findings)
}
