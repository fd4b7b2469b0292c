package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
)

const apply, update = metav1.ManagedFieldsOperationApply, metav1.ManagedFieldsOperationUpdate

// transferred is what an adoption's first request does: the operations of the patch, and the managers it leaves with their fields.
func transferred(t *testing.T, a Action, live *Meta) []string {
	t.Helper()
	patch, err := a.Transfer(live)
	if err != nil {
		t.Fatal(err)
	}
	var operations []patchOperation
	if patch != nil {
		if err := json.Unmarshal(patch, &operations); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, o := range operations {
		managers, isList := o.Value.([]any)
		if !isList {
			out = append(out, strings.TrimSpace(fmt.Sprint(o.Op, " ", o.Path, " ", strings.TrimPrefix(fmt.Sprint(o.Value), "<nil>"))))
			continue
		}
		for _, v := range managers {
			m := v.(map[string]any)
			set, _ := json.Marshal(m["fieldsV1"])
			out = append(out, fmt.Sprintf("%v %v %s", m["manager"], m["operation"], set))
		}
	}
	return out
}

func adoption(t *testing.T, manifest string, live *Meta) Action {
	t.Helper()
	desired := parsed(t, manifest)
	w := applied()
	w.seen.Objects[desired[0].ID()] = live
	in := w.input(desired...)
	in.Options.Adopt = Adoption{All: true}
	p, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	a := p.Actions[0]
	if a.Op != Adopt {
		t.Fatalf("Make plans %s, want an adoption", a.Op)
	}
	return a
}

func TestTransferOfAnAdoption(t *testing.T) {
	for name, c := range map[string]struct {
		manifest string
		live     Meta
		want     []string
	}{
		"from kubectl apply": {
			configMap,
			Meta{ResourceVersion: "7", Annotations: map[string]string{lastApplied: "{}", "note": "x"}, Managers: []metav1.ManagedFieldsEntry{
				managed("kubectl-client-side-apply", update, "", 1, `{"f:data":{"f:a":{},"f:old":{}}}`),
				managed("kubectl-edit", update, "", 2, `{"f:data":{"f:mine":{}}}`),
			}},
			[]string{
				`kubectl-edit Update {"f:data":{"f:mine":{}}}`, `kubectl-otomi Apply {"f:data":{"f:a":{},"f:old":{}}}`,
				"remove /metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", "replace /metadata/resourceVersion 7",
			},
		},
		"from Helm, its label wanted": {
			strings.Replace(configMap, "namespace: shop", "namespace: shop, labels: {app.kubernetes.io/managed-by: Helm}", 1),
			Meta{
				Labels:      map[string]string{"app.kubernetes.io/managed-by": "Helm"},
				Annotations: map[string]string{"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
			},
			[]string{
				"remove /metadata/annotations/meta.helm.sh~1release-name", "remove /metadata/annotations/meta.helm.sh~1release-namespace",
				"replace /metadata/resourceVersion",
			},
		},
		"from Helm": {
			configMap,
			Meta{Labels: map[string]string{"app.kubernetes.io/managed-by": "Helm", "app": "x"}},
			[]string{"remove /metadata/labels/app.kubernetes.io~1managed-by", "replace /metadata/resourceVersion"},
		},
		"from Argo CD by server-side apply": {
			configMap,
			Meta{Managers: []metav1.ManagedFieldsEntry{managed("argocd-controller", apply, "", 1, `{"f:data":{"f:a":{}}}`)}},
			[]string{`kubectl-otomi Apply {"f:data":{"f:a":{}}}`, "replace /metadata/resourceVersion"},
		},
		"of nobody in particular": {
			configMap,
			Meta{Managers: []metav1.ManagedFieldsEntry{managed("my-controller", update, "", 1, `{"f:data":{"f:a":{}}}`)}},
			nil,
		},
		"status and scale are not taken": {
			deployment,
			Meta{Managers: []metav1.ManagedFieldsEntry{
				managed("kubectl-create", update, "", 1, `{"f:spec":{"f:x":{}},"f:status":{"f:y":{}}}`),
				managed("kubectl", update, "scale", 1, `{"f:spec":{"f:replicas":{}}}`),
			}},
			[]string{
				`kubectl Update {"f:spec":{"f:replicas":{}}}`, `kubectl-otomi Apply {"f:spec":{"f:x":{}}}`,
				"replace /metadata/resourceVersion",
			},
		},
		"Pods do not restart for what came to them by hand": {
			strings.Replace(deployment, "x: y", "x: y, template: {spec: {}}", 1),
			Meta{Managers: []metav1.ManagedFieldsEntry{
				managed("kapp", update, "", 1, `{"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:kapp.k14s.io/app":{}}}},"f:x":{}}}`),
				managed("kubectl", update, "", 1, `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/restartedAt":{}}}}}}`),
			}},
			[]string{
				`kubectl-otomi Apply {"f:spec":{"f:x":{}}}`,
				`kubectl-otomi-yielded Apply {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/restartedAt":{}},"f:labels":{"f:kapp.k14s.io/app":{}}}}}}`,
				"replace /metadata/resourceVersion",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := adoption(t, c.manifest, &c.live)
			if d := cmp.Diff(c.want, transferred(t, a, &c.live)); d != "" {
				t.Errorf("Transfer (-want +got):\n%s", d)
			}
		})
	}
}

// TestTransferTwice: a run that died after the first of its requests goes on with the second.
func TestTransferTwice(t *testing.T) {
	live := &Meta{Annotations: map[string]string{"meta.helm.sh/release-name": "web"}, Managers: []metav1.ManagedFieldsEntry{
		managed("helm", update, "", 1, `{"f:data":{"f:a":{},"f:old":{}}}`),
	}}
	a := adoption(t, configMap, live)
	patch, err := a.Transfer(live)
	if err != nil {
		t.Fatal(err)
	}
	var operations []struct {
		Path  string
		Value json.RawMessage
	}
	if err := json.Unmarshal(patch, &operations); err != nil {
		t.Fatal(err)
	}
	after := &Meta{}
	if err := json.Unmarshal(operations[0].Value, &after.Managers); err != nil || operations[0].Path != "/metadata/managedFields" {
		t.Fatalf("%s: %v", patch, err)
	}
	if again, err := a.Transfer(after); again != nil || err != nil {
		t.Errorf("Transfer of what was transferred = %s, %v; want nothing", again, err)
	}
}

// TestTransferKeepsOtherManagers: nobody else's entry is changed, whatever is handed over.
func TestTransferKeepsOtherManagers(t *testing.T) {
	desired := parsed(t, deployment+"---\n"+hpa)
	w := applied(desired[0])
	live := w.seen.Objects[desired[0].ID()]
	other := managed("my-controller", update, "", 2, `{"f:spec":{"f:y":{}}}`)
	live.Managers = append(live.Managers, other, managed(YieldManager, apply, "", 1, `{"f:spec":{"f:z":{}}}`))
	p, _ := Make(w.input(desired...))
	got := transferred(t, one(t, p, "Deployment/shop/web"), live)
	want := []string{
		`kubectl-otomi Apply {"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}},"f:spec":{"f:x":{}}}`,
		`my-controller Update {"f:spec":{"f:y":{}}}`, `kubectl-otomi-yielded Apply {"f:spec":{"f:replicas":{},"f:z":{}}}`, "replace /metadata/resourceVersion",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Transfer (-want +got):\n%s", d)
	}
	if !slices.ContainsFunc(live.Managers, func(m metav1.ManagedFieldsEntry) bool {
		return m.Manager == object.FieldManager && strings.Contains(fields(m), "f:replicas")
	}) {
		t.Error("Transfer changed the observation")
	}
}
