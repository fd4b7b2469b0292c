package apply

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestSeveral: two clusters, and a third one that does not answer. Each has an inventory and a lock of its own, whatever is
// printed says which one it is about, and the worst exit code counts.
func TestSeveral(t *testing.T) {
	e := newEnv(t, `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: several}
spec:
  core: [{source: .}]
  clusters:
    - {name: eu-a, contexts: [e2e]}
    - {name: eu-b, contexts: [other]}
    - {name: us-dead, contexts: [dead]}
-- env/values.yaml --
a: "1"
-- platform/runlevels/10-a.yaml --
releases:
  - {name: a, namespace: several, manifests: a}
-- platform/a/a.yaml.gotmpl --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {cluster: {{ .Cluster.name }}}
`)
	other := rig.Start(t)
	second, err := os.ReadFile(other.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	renamed := filepath.Join(e.dir, "other")
	text := regexp.MustCompile(`(?m)((?:name|cluster|user|current-context): )e2e$`).ReplaceAllString(string(second), "${1}other")
	dead := filepath.Join(e.dir, "dead")
	e.write("-- dead --\n" + strings.ReplaceAll(regexp.MustCompile(`server: .*`).ReplaceAllString(text, "server: https://127.0.0.1:1"), "other", "dead"))
	if err := os.WriteFile(renamed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list := strings.Join([]string{e.cluster.kubeconfig, renamed, dead}, string(os.PathListSeparator))
	otomi := func(code int, args ...string) rig.Result {
		t.Helper()
		r := rig.Run(t, e.dir, []string{"KUBECONFIG=" + list}, "kubectl-otomi", args...)
		if r.Code != code {
			t.Fatalf("%v: exit code %d, want %d\n%s%s", args, r.Code, code, r.Stdout, r.Stderr)
		}
		return r
	}
	value := func(kubeconfig string) string {
		r := rig.Run(t, e.dir, []string{"KUBECONFIG=" + kubeconfig}, "kubectl", "-n", "several", "get", "configmap", "a", "-o", "jsonpath={.data.cluster}")
		return r.Stdout
	}

	otomi(6, "apply", "--cluster", "eu-*") // first applies need agreement
	otomi(1, "diff", "--cluster", "eu-*", "--parallel", "2")
	r := otomi(0, "apply", "--cluster", "eu-*", "--yes", "--parallel", "2")
	for line := range strings.Lines(r.Stdout + r.Stderr) {
		if !strings.HasPrefix(line, "[eu-a] ") && !strings.HasPrefix(line, "[eu-b] ") {
			t.Errorf("a line does not say what it is about: %q", line)
		}
	}
	if a, b := value(e.cluster.kubeconfig), value(other.Kubeconfig); a != "eu-a" || b != "eu-b" {
		t.Errorf("the clusters hold %q and %q", a, b)
	}

	// One fails, and the others have their turns.
	var items []struct {
		Cluster, State, Error string
		ExitCode              int
	}
	r = otomi(1, "apply", "--all-clusters", "-o", "json")
	if err := json.Unmarshal([]byte(r.Stdout), &items); err != nil {
		t.Fatalf("%v\n%s", err, r.Stdout)
	}
	if len(items) != 3 || items[0].State != "Ready" || items[1].State != "Ready" || items[2].Cluster != "us-dead" || items[2].ExitCode != 1 || items[2].Error == "" {
		t.Errorf("apply -o json: %+v", items)
	}
	r = otomi(1, "apply", "--all-clusters", "-o", "jsonl", "--parallel", "3")
	sums := 0
	for _, event := range eventsOf(t, r.Stdout) {
		if event.Type == "summary" {
			sums++
		}
	}
	if sums != 4 {
		t.Errorf("there are %d summaries, want one for each cluster and one for all:\n%s", sums, r.Stdout)
	}
	otomi(0, "status", "--cluster", "eu-*")
	otomi(0, "destroy", "--cluster", "eu-*", "--yes")
	if value(e.cluster.kubeconfig)+value(other.Kubeconfig) != "" {
		t.Error("destroy left something")
	}
}
