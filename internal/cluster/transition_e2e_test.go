package cluster

import (
	"context"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestTransitionRules: a custom resource whose rules do not let a field change is made anew where somebody asks for that, and else
// the refusal says how to. What is wrong as such is not made anew.
func TestTransitionRules(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	ruled := strings.Replace(crd, "size: {type: integer}", `size: {type: integer, maximum: 9, x-kubernetes-validations: [{rule: self == oldSelf, message: pick a size once}]}`, 1)
	sized := func(size, annotations string) []string {
		return []string{ns, ruled, strings.NewReplacer("size: 3", "size: "+size, "{name: t,", "{name: t, annotations: {"+annotations+"},").Replace(thing)}
	}
	const recreate = plan.OnImmutableKey + ": recreate"
	h.mustApply(sized("3", "")...)
	kind := "things." + h.name + ".example.com"
	first := h.uid(kind, "t")
	apply := func(size, annotations string, change ...func(*plan.Input)) (*Result, error) {
		return h.run(context.Background(), h.objects(sized(size, annotations)...), ApplyOptions{}, change...)
	}
	id := object.ID{Group: h.name + ".example.com", Kind: "Thing", Namespace: h.name, Name: "t"}
	if _, err := apply("4", ""); err == nil || !strings.Contains(err.Error(), "pick a size once") || !strings.Contains(err.Error(), "--recreate "+id.String()) {
		t.Errorf("apply = %v, want the rule's words and the flag", err)
	}
	if _, err := apply("12", recreate); err == nil || strings.Contains(err.Error(), "--recreate") {
		t.Errorf("apply of what no new object may have = %v, want an error without the flag", err)
	}
	if h.uid(kind, "t") != first {
		t.Fatal("a refused apply made the object anew")
	}
	if r, err := apply("4", recreate); err != nil || r.Counts["recreated"] != 1 || h.uid(kind, "t") == first {
		t.Errorf("apply with the annotation = %v, %v, want it made anew", r, err)
	}
	flag := func(in *plan.Input) { in.Options.Recreate = []object.ID{id} }
	if r, err := apply("5", "", flag); err != nil || r.Counts["recreated"] != 1 {
		t.Errorf("apply with the flag = %v, %v, want it made anew", r, err)
	}
	if got := h.kubectl("get", kind, "t", "-n", h.name, "-o", "jsonpath={.spec.size}"); got != "5" {
		t.Errorf("the size is %s, want 5", got)
	}
}
