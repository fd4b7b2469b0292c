package plan

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
)

const scaledObject = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web, namespace: shop}\nspec: {scaleTargetRef: {name: web}}\n"

func replicasSent(a Action) bool {
	_, sent := a.Object.Object["spec"].(map[string]any)["replicas"]
	return sent
}

func TestReplicasAreYielded(t *testing.T) {
	web := object.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"}
	scaler := object.ID{Group: "autoscaling", Kind: "HorizontalPodAutoscaler", Namespace: "shop", Name: "web"}
	scaled := managed("kube-controller-manager", metav1.ManagedFieldsOperationUpdate, "scale", 3, `{"f:spec":{"f:replicas":{}}}`)

	for name, by := range map[string]string{"an autoscaler": hpa, "KEDA": scaledObject} {
		t.Run("to "+name+" of the set, handed over first", func(t *testing.T) {
			w := applied(parsed(t, deployment)...)
			p, err := Make(w.input(parsed(t, deployment+"---\n"+by)...))
			if err != nil {
				t.Fatal(err)
			}
			a := one(t, p, "Deployment/shop/web")
			patch, err := a.Transfer(a.Live)
			if a.Op != Update || err != nil || !strings.Contains(string(patch), YieldManager) {
				t.Errorf("Make plans %s, transferring %s, %v; want an update that hands over replicas", a.Op, patch, err)
			}
			if replicasSent(a) {
				t.Error("spec.replicas is sent although an autoscaler sets it")
			}
		})
	}
	t.Run("but sent when the object is made", func(t *testing.T) {
		p, err := Make(applied().input(parsed(t, deployment+"---\n"+hpa)...))
		if a := one(t, p, "Deployment/shop/web"); err != nil || a.Op != Create || !replicasSent(a) {
			t.Errorf("Make plans %s of %v, %v; want ours sent at first", a.Op, a.Object.Object, err)
		}
	})
	t.Run("what the autoscaler already owns needs no handing over", func(t *testing.T) {
		w := applied(parsed(t, deployment)...)
		w.seen.Objects[web].Managers = append(w.seen.Objects[web].Managers, scaled)
		w.seen.Scalers = []Scaler{{scaler, web}}
		p, _ := Make(w.input(parsed(t, deployment)...))
		a := one(t, p, "Deployment/shop/web")
		if patch, err := a.Transfer(a.Live); a.Op != Update || patch != nil || err != nil {
			t.Errorf("Make plans %s, transferring %s, %v; want an update without", a.Op, patch, err)
		}
	})
	t.Run("not to one that this run deletes", func(t *testing.T) {
		w := applied(parsed(t, deployment+"---\n"+hpa)...)
		w.seen.Scalers = []Scaler{{scaler, web}}
		p, _ := Make(w.input(parsed(t, deployment)...))
		if !replicasSent(one(t, p, "Deployment/shop/web")) {
			t.Error("spec.replicas is not sent although no autoscaler stays")
		}
	})
	t.Run("the desired object is not changed", func(t *testing.T) {
		desired := parsed(t, deployment+"---\n"+hpa)
		if _, err := Make(applied().input(desired...)); err != nil {
			t.Fatal(err)
		}
		if _, there := desired[0].Object["spec"].(map[string]any)["replicas"]; !there || desired[0].GetLabels() != nil {
			t.Errorf("Make changed its input: %v", desired[0].Object)
		}
	})
}

const webhook = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w, annotations: {%s}}
webhooks:
- {name: a.example.com, clientConfig: {caBundle: AAAA, url: "https://a"}}
- {name: b.example.com, clientConfig: {caBundle: AAAA, url: "https://b"}}
`

func TestBundlesAreYielded(t *testing.T) {
	owns := func(name string) string {
		return fmt.Sprintf(`{"f:webhooks":{"k:{\"name\":\"%s\"}":{"f:clientConfig":{"f:caBundle":{}}}}}`, name)
	}
	for name, c := range map[string]struct {
		annotations string
		manager     string
		want        int // bundles left out
	}{
		"nobody injects":                  {"", "", 0},
		"cert-manager is asked to":        {"cert-manager.io/inject-ca-from: a/b", "", 2},
		"a Secret is named":               {"cert-manager.io/inject-ca-from-secret: a/b", "", 2},
		"OpenShift is asked to":           {`service.beta.openshift.io/inject-cabundle: "true"`, "", 2},
		"somebody did it, to one":         {"", "vault-k8s", 1},
		"a person did it":                 {"", "kubectl-edit", 0},
		"Helm did it, and is no injector": {"", "helm", 0},
	} {
		t.Run(name, func(t *testing.T) {
			desired := parsed(t, fmt.Sprintf(webhook, c.annotations))
			w := applied(desired...)
			live := w.seen.Objects[desired[0].ID()]
			if c.manager != "" {
				live.Managers = append(live.Managers, managed(c.manager, metav1.ManagedFieldsOperationUpdate, "", 2, owns("b.example.com")))
			}
			p, err := Make(w.input(desired...))
			if err != nil {
				t.Fatal(err)
			}
			left := strings.Count(fmt.Sprint(one(t, p, "ValidatingWebhookConfiguration/w").Object.Object), "caBundle")
			if 2-left != c.want {
				t.Errorf("%d bundles are left out, want %d", 2-left, c.want)
			}
		})
	}
}

const ignoring = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    otomi.io/ignore-fields: %q
spec:
  replicas: 2
  template: {spec: {containers: [{name: app, image: "a:1", args: [x]}, {name: side, image: "s:1"}]}}
`

func TestIgnoredFields(t *testing.T) {
	ours := `{"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}},"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{
		"k:{\"name\":\"app\"}":{".":{},"f:args":{},"f:image":{},"f:name":{}},"k:{\"name\":\"side\"}":{".":{},"f:image":{},"f:name":{}}}}}}}`
	for pointers, want := range map[string]string{
		"/spec/replicas": "",
		"/spec/template/spec/containers/[name=app]/image":    "",
		"/spec/template/spec/containers/0/image":             "",
		"/spec/replicas, /spec/template/spec/containers/1\n": "",
		"spec/replicas": "m.yaml:7:29: Deployment/shop/web: metadata.annotations[\"otomi.io/ignore-fields\"]: otomi.io/ignore-fields: spec/replicas: want a JSON pointer",
		"/metadata":     "this is what tells the object",
		"/spec/template/spec/containers/0/args/0": "knows spec.template.spec.containers.0.args only as a whole",
		"/spec/nothing": "/spec/nothing: the object has no such field",
	} {
		t.Run(pointers, func(t *testing.T) {
			desired := parsed(t, fmt.Sprintf(ignoring, pointers))
			w := applied(desired...)
			live := w.seen.Objects[desired[0].ID()]
			live.Managers = []metav1.ManagedFieldsEntry{managed(object.FieldManager, metav1.ManagedFieldsOperationApply, "", 1, ours)}
			p, err := Make(w.input(desired...))
			found := ""
			for _, f := range p.Findings {
				found += f.String()
			}
			if (found == "") != (want == "") || !strings.Contains(found, want) || (err != nil) != (want != "" && pointers != "/spec/nothing") {
				t.Fatalf("Make found %q, %v; want %q", found, err, want)
			}
			if want != "" {
				return
			}
			a := one(t, p, "Deployment/shop/web")
			patch, err := a.Transfer(a.Live)
			if err != nil || a.Op != Update || !strings.Contains(string(patch), YieldManager) {
				t.Errorf("Make plans %s, transferring %s, %v", a.Op, patch, err)
			}
			for _, f := range a.Yields {
				if v, sent := f.In(a.Object.Object); sent && f[len(f)-1].Name != "1" {
					t.Errorf("%s is sent: %v", f, v)
				}
			}
		})
	}
}
