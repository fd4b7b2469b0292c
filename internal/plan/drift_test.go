package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

func TestDrifted(t *testing.T) {
	at := func(minute int) *metav1.Time {
		m := metav1.NewTime(time.Date(2026, 11, 21, 12, minute, 0, 0, time.UTC))
		return &m
	}
	entry := func(manager, subresource, fields string, minute int) metav1.ManagedFieldsEntry {
		op := metav1.ManagedFieldsOperationUpdate
		if manager == "kubectl-otomi" {
			op = metav1.ManagedFieldsOperationApply
		}
		return metav1.ManagedFieldsEntry{
			Manager: manager, Operation: op, Subresource: subresource, APIVersion: "apps/v1", Time: at(minute),
			FieldsV1: metav1.NewFieldsV1(fields),
		}
	}
	whole := entry("kubectl-otomi", "", `{"f:spec":{"f:replicas":{},"f:paused":{}}}`, 5)
	less := entry("kubectl-otomi", "", `{"f:spec":{"f:paused":{}}}`, 5)
	recorded, _ := Fingerprints([]metav1.ManagedFieldsEntry{whole})
	controller := entry("kube-controller-manager", "", `{"f:metadata":{"f:annotations":{".":{},"f:deployment.kubernetes.io/revision":{}}},"f:status":{"f:replicas":{}}}`, 8)
	status := entry("kubelet", "status", `{"f:status":{"f:replicas":{}}}`, 8)
	scaled := entry("kubectl", "scale", `{"f:spec":{"f:replicas":{}}}`, 7)
	scaled.Time = nil // as the API server has it
	edited := entry("kubectl-edit", "", `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}}}}}}`, 7)
	before := entry("early", "", `{"f:spec":{"f:selector":{}}}`, 4)
	scale := Drift{Manager: "kubectl", Fields: []string{"spec.replicas"}}
	by := func(manager string, minute int, fields ...string) Drift {
		return Drift{Manager: manager, Fields: fields, Time: at(minute).UTC()}
	}
	for _, test := range []struct {
		name     string
		managers []metav1.ManagedFieldsEntry
		want     []Drift
	}{
		{"as we left it", []metav1.ManagedFieldsEntry{whole, controller, status, before}, nil},
		{"others have fields of their own", []metav1.ManagedFieldsEntry{whole, edited}, nil},
		{"a field was taken", []metav1.ManagedFieldsEntry{less, scaled, controller, status, before}, []Drift{scale}},
		{"by two", []metav1.ManagedFieldsEntry{less, scaled, edited}, []Drift{
			scale, by("kubectl-edit", 7, `spec.template.spec.containers[name="web"].image`),
		}},
		{"by nobody else", []metav1.ManagedFieldsEntry{less, controller}, []Drift{by("kube-controller-manager", 8, "metadata.annotations.deployment.kubernetes.io/revision")}},
		{"and removed", []metav1.ManagedFieldsEntry{less, status, before}, []Drift{{}}},
		{"nothing of ours is left", []metav1.ManagedFieldsEntry{edited}, []Drift{by("kubectl-edit", 7, `spec.template.spec.containers[name="web"].image`)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Drifted(inventory.Entry{UID: "u", Ours: recorded}, "u", test.managers)); diff != "" {
				t.Errorf("Drifted (-want +got):\n%s", diff)
			}
		})
	}
	if got := Drifted(inventory.Entry{UID: "u", Ours: recorded}, "other", nil); len(got) != 1 || got[0].Fields[0] != "metadata.uid" {
		t.Errorf("Drifted of another object of the name = %v, want its uid", got)
	}
	if got := Drifted(inventory.Entry{UID: "u"}, "u", []metav1.ManagedFieldsEntry{edited}); got != nil {
		t.Errorf("Drifted of what is not recorded = %v, want nothing", got)
	}
}
