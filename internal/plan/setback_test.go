package plan

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestSetBack: who changed a field, which and when is in the plan, before anything is sent.
func TestSetBack(t *testing.T) {
	manifest := `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 2, template: {spec: {containers: [{name: app, image: "a:1"}, {name: side, image: "s:1"}]}}}
`
	ours := `{"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}},"f:spec":{"f:template":{"f:spec":{"f:containers":{
		"k:{\"name\":\"app\"}":{".":{},"f:name":{}},"k:{\"name\":\"side\"}":{".":{},"f:image":{},"f:name":{}}}}}}}`
	edit := `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{"f:image":{}}}}}}}`
	desired := parsed(t, manifest)
	w := applied(desired...)
	w.seen.Objects[desired[0].ID()].Managers = []metav1.ManagedFieldsEntry{
		managed(object.FieldManager, apply, "", 1, ours), managed("kubectl-edit", update, "", 3, edit),
	}
	p, err := Make(w.input(desired...))
	a := one(t, p, "Deployment/shop/web")
	want := "drifted: spec.replicas was taken away, spec.template.spec.containers[name=app].image set by kubectl-edit at 2026-09-01T00:00:03Z"
	if err != nil || a.Op != Update || a.Reason != want {
		t.Errorf("Make plans %s (%s), %v; want an update: %s", a.Op, a.Reason, err, want)
	}
	p, _ = Make(w.input(parsed(t, strings.Replace(manifest, "s:1", "s:2", 1))...))
	want = "changed, and drifted: spec.template.spec.containers[name=app].image set by kubectl-edit at 2026-09-01T00:00:03Z"
	if a := one(t, p, "Deployment/shop/web"); a.Reason != want {
		t.Errorf("with a change of ours: %q, want %q", a.Reason, want)
	}
}
