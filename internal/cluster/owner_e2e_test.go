package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestMarksOfOtherTools: what Argo CD or Flux applied is theirs, is named as theirs, and is left as it is until somebody says
// otherwise; then their marks go.
func TestMarksOfOtherTools(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.kubectl("create", "ns", h.name)
	var found, wanted, owners []string
	for i, mark := range [][2]string{
		{"annotations: {argocd.argoproj.io/tracking-id: \"shop:/ConfigMap:NAME/x\"}", "Argo CD application shop"},
		{"labels: {argocd.argoproj.io/instance: front}", "Argo CD application front"},
		{"labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}", "Flux object flux-system/apps"},
		{"labels: {helm.toolkit.fluxcd.io/name: web, helm.toolkit.fluxcd.io/namespace: prod}", "Flux object prod/web"},
	} {
		name := fmt.Sprint("c", i)
		found = append(found, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: NAME, %s}\ndata: {by: them}\n", name, mark[0]))
		wanted = append(wanted, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: NAME}\ndata: {by: us}\n", name))
		owners = append(owners, fmt.Sprintf("ConfigMap/%s/%s: belongs to %s (--adopt all)", h.name, name, mark[1]))
	}
	h.kubectl("apply", "--server-side", "--field-manager=theirs", "-f", h.file(found...))
	h.wire.take()
	_, err := h.run(context.Background(), h.objects(wanted...), ApplyOptions{})
	if !errors.Is(err, plan.ErrConflict) {
		t.Fatalf("apply = %v, want conflicts", err)
	}
	for _, owner := range owners {
		if !strings.Contains(err.Error(), owner) {
			t.Errorf("apply = %v\nwant it to say %q", err, owner)
		}
	}
	for _, sent := range h.wire.take() {
		if !strings.HasPrefix(sent, http.MethodGet) {
			t.Errorf("a run that may not touch anything sent %s", sent)
		}
	}
	if r, err := h.run(context.Background(), h.objects(wanted...), ApplyOptions{}, adopting("all")); err != nil || r.Counts["adopted"] != 4 {
		t.Fatalf("apply --adopt all = %v, %v, want 4 adopted", r, err)
	}
	if left := h.kubectl("get", "cm", "-n", h.name, "-o", "yaml"); strings.Contains(left, "argoproj.io/") || strings.Contains(left, "fluxcd.io/") || strings.Contains(left, "by: them") {
		t.Errorf("after the adoption there is\n%s", left)
	}
}

// TestInjectedBundles: certificates that a controller writes into what we applied stay, cost no request once they are known, and survive a
// change.
func TestInjectedBundles(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	_, ours := serving(t, http.NotFoundHandler(), "ours")
	_, injected := serving(t, http.NotFoundHandler(), "theirs")
	inject := "cert-manager.io/inject-ca-from: shop/ca"
	configuration := func(kind string) string {
		return `apiVersion: admissionregistration.k8s.io/v1
kind: ` + kind + `WebhookConfiguration
metadata: {name: NAME, annotations: {` + inject + `}}
webhooks:
  - name: a.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: {caBundle: ` + ours + `, url: "https://localhost:1"}
    rules: [{apiGroups: [none.example.com], apiVersions: [v1], resources: [things], operations: [CREATE]}]
`
	}
	conversion := `  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {caBundle: ` + ours + `, url: "https://localhost:1"}}}
`
	converted := strings.Replace(definition, "example.com}\nspec:\n", "example.com, annotations: {"+inject+"}}\nspec:\n"+conversion, 1)
	set := []string{configuration("Validating"), configuration("Mutating"), converted}
	h.mustApply(set...)
	objects := map[string]string{
		"validatingwebhookconfiguration/" + h.name:                   "/webhooks/0/clientConfig/caBundle",
		"mutatingwebhookconfiguration/" + h.name:                     "/webhooks/0/clientConfig/caBundle",
		"customresourcedefinition/things." + h.name + ".example.com": "/spec/conversion/webhook/clientConfig/caBundle",
	}
	for name, path := range objects {
		h.kubectl("patch", name, "--field-manager=cert-manager-cainjector", "--type=json", "-p", `[{"op":"replace","path":"`+path+`","value":"`+injected+`"}]`)
	}
	// The first apply after it looks who has written, and records it.
	for round, want := range []string{"updated", "unchanged", "updated", "unchanged"} {
		if round == 2 {
			for i := range set {
				set[i] = strings.Replace(set[i], inject, inject+", changed: \"yes\"", 1)
			}
		}
		if r := h.mustApply(set...); r.Counts[want] != len(set) {
			t.Errorf("apply %d = %v, want %d %s", round, r.Counts, len(set), want)
		}
		for name := range objects {
			if got := h.kubectl("get", name, "-o", "yaml"); !strings.Contains(got, injected) || strings.Contains(got, ours) {
				t.Errorf("after apply %d the bundle of %s is not the injected one", round, name)
			}
		}
	}
}

// kedas is the definition of what KEDA scales by, as far as it matters here. It stays in the cluster.
const kedas = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  scope: Namespaced
  names: {kind: ScaledObject, plural: scaledobjects, singular: scaledobject}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// TestReplicasOfScaledWorkloads: what somebody else's autoscaler scales keeps the replicas that it has, whatever we send.
func TestReplicasOfScaledWorkloads(t *testing.T) {
	h := e2e(t)
	h.kubectl("apply", "--server-side", "-f", h.file(kedas))
	h.kubectl("wait", "--for=condition=Established", "crd/scaledobjects.keda.sh")
	for name, scaler := range map[string]string{
		"HorizontalPodAutoscaler": strings.Replace(scaler, "minReplicas: 5", "minReplicas: 2", 1),
		"ScaledObject":            "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web, namespace: NAME}\nspec: {scaleTargetRef: {name: web}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			h.cleanup()
			h.mustApply(ns, config, web)
			h.kubectl("apply", "--server-side", "-f", h.file(scaler))
			h.kubectl("scale", "deploy", "web", "-n", h.name, "--replicas=4")
			for _, image := range []string{"web:1", "web:2"} {
				h.mustApply(ns, config, strings.Replace(web, "web:1", image, 1))
				got := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}")
				if got != "4 example.com/"+image {
					t.Errorf("after an apply the Deployment has %s, want 4 example.com/%s", got, image)
				}
			}
		})
	}
}
