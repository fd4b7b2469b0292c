package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

const (
	binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: NAME}]
`
	stateful = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: NAME}
spec:
  replicas: 1
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "example.com/db:1"}]}
`
	frozen = `apiVersion: v1
kind: ConfigMap
metadata: {name: frozen, namespace: NAME}
immutable: true
data: {a: b}
`
	claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: NAME}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
`
)

// TestImmutableFields changes what the server does not let be changed, first without asking for a recreation.
func TestImmutableFields(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, web, config, binding, stateful, frozen)
	uid := func(kind, name string) string {
		return h.kubectl("get", kind, name, "-n", h.name, "-o", "jsonpath={.metadata.uid}")
	}
	changed := func(mark string) []string {
		annotate := func(s, name string) string {
			return strings.Replace(s, "metadata: {name: "+name, "metadata: {"+mark+"name: "+name, 1)
		}
		return []string{
			ns, config,
			annotate(strings.ReplaceAll(web, "app: web", "app: new"), "web"),
			annotate(strings.Replace(binding, "name: view", "name: edit", 1), "NAME"),
			annotate(strings.Replace(stateful, "serviceName: db", "serviceName: db2", 1), "db"),
			annotate(strings.Replace(frozen, "a: b", "a: c", 1), "frozen"),
		}
	}
	_, err := h.run(context.Background(), h.objects(changed("")...), ApplyOptions{})
	var findings diag.Findings
	if !errors.As(err, &findings) || len(findings) != 4 {
		t.Fatalf("apply = %v, want 4 findings", err)
	}
	for i, want := range []string{
		"ClusterRoleBinding/NAME: roleRef: ", "ConfigMap/NAME/frozen: data: ", "Deployment/NAME/web: spec.selector: ", "StatefulSet/NAME/db: spec: ",
	} {
		text := strings.ReplaceAll(findings[i].String(), h.name, "NAME")
		object, _, _ := strings.Cut(want, ": ")
		if !strings.Contains(text, want) || !strings.Contains(text, "otomi.io/on-immutable: recreate, or run with --recreate "+object) {
			t.Errorf("finding %d = %s\nwant it to name %s and both ways", i, text, want)
		}
	}
	pod, job := uid("pod", "db-0"), uid("deploy", "web")
	p := must(h.makePlan(h.objects(changed("annotations: {otomi.io/on-immutable: recreate}, ")...)))
	changes, findings, err := h.Diff(context.Background(), p, false, Hidden{})
	if err != nil || len(findings) > 0 || len(changes) != 4 || changes[0].Op != plan.Recreate {
		t.Errorf("Diff = %v, %v, %v, want 4 recreations", changes, findings, err)
	}
	result, err := h.run(context.Background(), h.objects(changed("annotations: {otomi.io/on-immutable: recreate}, ")...), ApplyOptions{})
	if err != nil || result.Counts["recreated"] != 4 {
		t.Fatalf("apply = %v, %v, want 4 recreated", result, err)
	}
	if uid("pod", "db-0") != pod {
		t.Error("the Pod of the StatefulSet did not outlive it")
	}
	if uid("deploy", "web") == job {
		t.Error("the Deployment was not made anew")
	}
	if got := h.kubectl("get", "clusterrolebinding", h.name, "-o", "jsonpath={.roleRef.name}"); got != "edit" {
		t.Errorf("the binding grants %s, want edit", got)
	}
}

// TestRecreateFlag: the plan that is shown and agreed to says what will be made anew, and that it needs agreement.
func TestRecreateFlag(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, frozen, claim+"---\n"+strings.Replace(frozen, "name: frozen", "name: other", 1))
	changed := []string{ns, strings.Replace(frozen, "a: b", "a: c", 1), claim, strings.Replace(frozen, "name: frozen", "name: other", 1)}
	flag := func(kind, name string) func(*plan.Input) {
		return func(in *plan.Input) { in.Options.Recreate = []object.ID{{Kind: kind, Namespace: h.name, Name: name}} }
	}
	p := must(h.makePlan(h.objects(changed...), flag("ConfigMap", "frozen")))
	if findings, err := h.Preflight(context.Background(), p, false); err != nil || len(findings) > 0 {
		t.Fatalf("Preflight = %v, %v", findings, err)
	}
	if risky := p.Risky(); len(risky) != 1 || risky[0].Op != plan.Recreate || risky[0].Reason != "cannot be changed: data" {
		t.Errorf("risky = %v, want the ConfigMap made anew", risky)
	}
	lost := strings.Replace(claim, "ReadWriteOnce", "ReadWriteMany", 1)
	_, err := h.run(context.Background(), h.objects(ns, frozen, lost, changed[3]), ApplyOptions{}, flag("PersistentVolumeClaim", "data"))
	if err == nil || !strings.Contains(err.Error(), "its data would go with it") {
		t.Errorf("apply of a changed claim = %v, want it refused for its data", err)
	}
}
