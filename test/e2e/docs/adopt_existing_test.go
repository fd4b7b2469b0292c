package docs

import (
	"os"
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
	cluster := rig.Start(t)
	dir := t.TempDir()
	rig.Write(t, dir, shop)
	reader := rig.Reader{Dir: dir, Kubeconfig: cluster.Kubeconfig}
	reader.Follow(t, "```sh\nkubectl create namespace shop\nkubectl create configmap settings -n shop --from-literal=greeting=hello\n"+
		"helm install web ./web -n shop\nkubectl rollout status deployment web -n shop --timeout=60s\n```\n")
	life := func() string {
		return kubectl(t, cluster, "get", "deployment,configmap", "-n", "shop", "-o", "jsonpath={.items[*].metadata.uid}") + kubectl(t, cluster, "get", "pods", "-n", "shop", "-o", "name")
	}
	before := life()
	page, err := os.ReadFile("../../../docs/how-to/adopt-existing.md")
	if err != nil {
		t.Fatal(err)
	}
	if steps := reader.Follow(t, string(page)); len(steps) < 8 {
		t.Errorf("the page has %d steps: the test does not see them all", len(steps))
	}
	if after := life(); after != before {
		t.Errorf("the steps of the page took what there is from\n%s\nto\n%s", before, after)
	}
}
