package cluster

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

const (
	noNewOnes = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE]}]
  validations: [{expression: "!has(object.metadata.labels) || !('refused' in object.metadata.labels)", message: no such label here}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
`
	sealed = `apiVersion: v1
kind: Secret
metadata: {name: sealed, namespace: NAME}
immutable: true
stringData: {a: b}
`
)

// foreign creates what is not of the set.
func (h *harness) foreign(manifest string) {
	h.Helper()
	file := filepath.Join(h.TempDir(), "foreign.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(manifest, "NAME", h.name)), 0o600); err != nil {
		h.Fatal(err)
	}
	h.kubectl("create", "-f", file)
	h.Cleanup(func() { h.kubectl("delete", "--ignore-not-found", "-f", file) })
}

// anewOf asks for the recreation of an object in the set's namespace.
func (h *harness) anewOf(kind, name string) func(*plan.Input) {
	return func(in *plan.Input) { in.Options.Recreate = []object.ID{{Kind: kind, Namespace: h.name, Name: name}} }
}

// TestRecreationThatIsRefused: a policy that lets the old object be and refuses the new one is known of before the old one goes.
func TestRecreationThatIsRefused(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, frozen)
	h.foreign(noNewOnes)
	labelled := strings.Replace(frozen, "name: frozen", "labels: {refused: 'yes'}, name: frozen", 1)
	changed := h.objects(ns, strings.Replace(labelled, "a: b", "a: c", 1))
	h.eventually("the preflight finds the policy", func() bool {
		p := must(h.makePlan(changed, h.anewOf("ConfigMap", "frozen")))
		return len(must(h.Preflight(context.Background(), p, false))) > 0
	})
	uid := h.kubectl("get", "cm", "frozen", "-n", h.name, "-o", "jsonpath={.metadata.uid}")
	_, err := h.run(context.Background(), changed, ApplyOptions{}, h.anewOf("ConfigMap", "frozen"))
	if err == nil || !hasRule(err, "refused-by-server") || !strings.Contains(err.Error(), "no such label here") || strings.Contains(err.Error(), "otomi-trial") {
		t.Errorf("apply = %v, want the policy's refusal", err)
	}
	if got := h.kubectl("get", "cm", "frozen", "-n", h.name, "-o", "jsonpath={.metadata.uid}"); got != uid {
		t.Errorf("the object is now %q, want it left alone: %s", got, uid)
	}
}

// TestRecreationUnderAFullQuota: the quota has room for one, which the old one takes until it is gone. One that is too small for the
// new one alone is a refusal.
func TestRecreationUnderAFullQuota(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, sealed)
	h.foreign("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: one, namespace: NAME}\nspec: {hard: {secrets: 1}}\n")
	h.eventually("the quota is full", func() bool {
		return h.kubectl("get", "quota", "one", "-n", h.name, "-o", "jsonpath={.status.used.secrets}") == "1"
	})
	changed := h.objects(ns, strings.Replace(sealed, "a: b", "a: c", 1))
	p := must(h.makePlan(changed, h.anewOf("Secret", "sealed")))
	findings, err := h.Preflight(context.Background(), p, false)
	if err != nil || len(findings) != 1 || findings[0].Severity != diag.Warning || !strings.Contains(findings[0].Message, "exceeded quota: one") {
		t.Errorf("Preflight = %v, %v, want a warning of the quota", findings, err)
	}
	r, err := h.run(context.Background(), changed, ApplyOptions{}, h.anewOf("Secret", "sealed"))
	if err != nil || r.Counts["recreated"] != 1 {
		t.Errorf("apply = %v, %v, want it made anew", r, err)
	}
	h.kubectl("patch", "quota", "one", "-n", h.name, "--type=merge", "-p", `{"spec":{"hard":{"secrets":"0"}}}`)
	h.eventually("the quota is closed", func() bool {
		return h.kubectl("get", "quota", "one", "-n", h.name, "-o", "jsonpath={.status.hard.secrets}") == "0"
	})
	_, err = h.run(context.Background(), h.objects(ns, strings.Replace(sealed, "a: b", "a: d", 1)), ApplyOptions{}, h.anewOf("Secret", "sealed"))
	if !hasRule(err, "refused-by-server") {
		t.Errorf("apply = %v, want it refused by the quota", err)
	}
	h.kubectl("get", "secret", "sealed", "-n", h.name)
}
