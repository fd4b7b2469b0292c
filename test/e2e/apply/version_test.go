package apply

import (
	"strings"
	"testing"
)

const oldServer = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: aged}
spec:
  core: [{source: .}]
  clusters: [{name: aged}]
-- platform/platform.yaml --
apiVersion: otomi.io/v1alpha1
kind: Core
metadata: {name: aged}
spec: {version: 1.0.0, kubeVersion: ">=1.30"}
-- platform/runlevels/20-web.yaml --
releases: [{name: web, namespace: aged, chart: web}]
-- charts/web/Chart.yaml --
apiVersion: v2
name: web
version: 1.0.0
kubeVersion: ">=1.32.0-0"
-- charts/web/templates/a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
`

// TestOldServer: a server that is older than the cores and charts can do with is an error, although otomi.yaml does not say which
// Kubernetes the cluster has.
func TestOldServer(t *testing.T) {
	const core, chart = "otomi.yaml:5:10: error: core . needs Kubernetes >=1.30, the cluster has ", "20-web.yaml:1:48: error: chart web wants Kubernetes >=1.32.0-0, and the server has "
	e := newEnv(t, oldServer)
	w := e.wire()
	for version, says := range map[string][]string{
		"v1.20.2":             {core + "v1.20.2", "[kube-version]", chart + "v1.20.2", "[chart-kube-version]"},
		"v1.31.4-gke.1183":    {chart + "v1.31.4-gke.1183"},
		"v1.32.0-eks-a737599": nil,
	} {
		w.version = version
		for command, code := range map[string]int{"diff": 2, "apply --yes --dry-run=server": 1} {
			if says == nil {
				code = map[string]int{"diff": 1}[command]
			}
			r := e.otomi(code, append(strings.Fields(command), "--kubeconfig", w.kubeconfig)...)
			for _, text := range says {
				if !strings.Contains(r.stderr, text) {
					t.Errorf("%s on %s does not say %q:\n%s", command, version, text, r.stderr)
				}
			}
			if got := strings.Count(r.stderr, "error:"); got != strings.Count(strings.Join(says, "\n"), "error:") {
				t.Errorf("%s on %s: %d errors\n%s", command, version, got, r.stderr)
			}
		}
	}
	if !e.gone("namespace", "aged") {
		t.Error("something was applied to a server that is too old")
	}
}
