package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// shop is a values repo that describes what a Helm release and kubectl have put into a cluster.
const shop = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: acme}
spec:
  core: [{source: .}]
  clusters: [{name: prod, contexts: [e2e]}]
-- env/values.yaml --
{}
-- platform/runlevels/10-shop.yaml --
releases:
  - {name: web, namespace: shop, manifests: shop}
-- platform/shop/all.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:1}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
-- web/Chart.yaml --
apiVersion: v2
name: web
version: 1.0.0
-- web/templates/deployment.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:1}]}
`

// TestAdoptExisting runs the commands of the page on what it says that there is.
func TestAdoptExisting(t *testing.T) {
	cluster, err := rig.Up()
	if err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", err)
	}
	t.Cleanup(func() {
		if err := cluster.Down(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	rig.Write(t, dir, shop)
	for _, command := range []string{
		"kubectl create namespace shop", "kubectl create configmap settings -n shop --from-literal=greeting=hello", "helm install web ./web -n shop",
		"kubectl rollout status deployment web -n shop --timeout=60s",
	} {
		run(t, dir, cluster.Kubeconfig, command)
	}
	life := "kubectl get deployment,configmap -n shop -o jsonpath={.items[*].metadata.uid} && kubectl get pods -n shop -o name"
	before := run(t, dir, cluster.Kubeconfig, life)
	page, err := os.ReadFile("../../../docs/how-to/adopt-existing.md")
	if err != nil {
		t.Fatal(err)
	}
	date := regexp.MustCompile(`until: \d{4}-\d\d-\d\d`)
	commands := 0
	for _, step := range rig.Steps(date.ReplaceAllString(string(page), "until: DAY")) {
		if step.Command == "" {
			continue
		}
		got := ""
		if strings.HasPrefix(step.Want, "error: objects or fields belong to somebody else") {
			got = conflicts(t, dir, cluster.Kubeconfig, step.Command)
		} else {
			got = run(t, dir, cluster.Kubeconfig, step.Command)
		}
		if got = lines(date.ReplaceAllString(got, "until: DAY")); !step.Shows(got) {
			t.Errorf("%s printed\n%s\nthe page shows\n%s", step.Command, got, step.Want)
		}
		commands++
	}
	if commands < 8 {
		t.Errorf("the page has %d commands: the test does not see them all", commands)
	}
	if after := run(t, dir, cluster.Kubeconfig, life); after != before {
		t.Errorf("the steps of the page took what there is from\n%s\nto\n%s", before, after)
	}
}

// lines are all whole lines, and no blank one at the end.
func lines(text string) string {
	if text = strings.TrimRight(text, "\n"); text != "" {
		text += "\n"
	}
	return text
}

// conflicts is what a command says that ends with the exit code of conflicts.
func conflicts(t *testing.T, dir, kubeconfig, command string) string {
	t.Helper()
	r := rig.Run(t, dir, []string{"KUBECONFIG=" + kubeconfig}, "kubectl-otomi", strings.Fields(strings.TrimPrefix(command, "kubectl otomi "))...)
	if r.Code != 4 {
		t.Fatalf("%s: exit code %d, want 4\n%s%s", command, r.Code, r.Stdout, r.Stderr)
	}
	return r.Stderr
}
