package firstrun

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

const valuesRepo = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: first}
spec:
  core: [{source: .}]
  clusters: [{name: dev}, {name: aged, kubeVersion: "1.20"}, {name: distant, contexts: [far-away]}]
-- platform/runlevels/20-web.yaml --
releases: [{name: web, namespace: default, manifests: web}]
-- platform/web/a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
-- text --
not a kubeconfig
-- text.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
`

// TestMistakes: what goes wrong for newcomers says what is wrong and what to do.
func TestMistakes(t *testing.T) {
	config := kubeconfig(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><h1>Please log in</h1></html>")
	}))
	defer page.Close()
	for name, m := range map[string]struct {
		env  []string
		args string
		code int
		says []string
	}{
		"no kubeconfig":             {[]string{"KUBECONFIG="}, "status --cluster dev", 1, []string{"no kubeconfig has one", "--kubeconfig or KUBECONFIG"}},
		"missing kubeconfig":        {[]string{"KUBECONFIG=/nowhere/config"}, "apply --cluster dev --yes", 1, []string{"no file of KUBECONFIG exists: /nowhere/config", "--kubeconfig or KUBECONFIG"}},
		"missing kubeconfigs":       {[]string{"KUBECONFIG=/nowhere/a:/nowhere/b"}, "version", 0, []string{"no file of KUBECONFIG exists: /nowhere/a, /nowhere/b"}},
		"no current context":        {[]string{"KUBECONFIG=undecided"}, "status --cluster dev", 1, []string{"the kubeconfig has no current context", "--context", "kubectl config use-context: e2e"}},
		"mistyped timeout":          {nil, "status --cluster dev --request-timeout 1x", 2, []string{`--request-timeout: want a time such as 30s or 2m, not "1x"`}},
		"version of a cluster":      {[]string{"KUBECONFIG=undecided"}, "version --cluster dev", 0, []string{"the kubeconfig has no current context"}},
		"version of another":        {nil, "version --cluster prod", 1, []string{"prod", "dev, aged, distant"}},
		"version of a distant one":  {nil, "version --cluster distant", 0, []string{"none of its contexts (far-away) exists"}},
		"namespace of a repo":       {nil, "diff --cluster dev -n foo", 2, []string{"--namespace is for -f and -k", "releases"}},
		"namespace of a set":        {nil, "status -n foo --inventory x", 2, []string{"--inventory NAMESPACE/NAME"}},
		"no namespace for the set":  {nil, "apply -f text.yaml --inventory nons/x --yes", 1, []string{"kubectl create namespace nons"}},
		"nothing to destroy":        {nil, "destroy --cluster dev -o json --inventory nope --yes", 0, []string{`"inventory": "otomi-system/nope"`, "nothing was applied"}},
		"list without rights":       {nil, "inventory list --cluster dev --as nobody", 1, []string{"forbidden", "docs/rbac.md"}},
		"mistyped topic":            {nil, "help aply", 2, []string{`did you mean "apply"?`, "kubectl otomi help --help"}},
		"format of none":            {nil, "secrets rekey -o json", 2, []string{`-o: want text, not "json"`}},
		"format of another":         {nil, "secrets generate -o yaml", 2, []string{`-o: want text, not "yaml"`}},
		"missing named kubeconfig":  {nil, "status --cluster dev --kubeconfig /nowhere/config", 1, []string{"/nowhere/config", "no such file", "--kubeconfig or KUBECONFIG"}},
		"kubeconfig is a folder":    {[]string{"KUBECONFIG=/etc"}, "status --cluster dev", 1, []string{"is a directory", "--kubeconfig or KUBECONFIG"}},
		"kubeconfig is none":        {[]string{"KUBECONFIG=text"}, "status --cluster dev", 1, []string{"text", "--kubeconfig or KUBECONFIG"}},
		"other context":             {nil, "status --cluster dev --context prod", 1, []string{`context "prod" does not exist`, "contexts: e2e"}},
		"wrong folder":              {nil, "apply -C platform", 1, []string{"there is no otomi.yaml in platform", "-C DIR", "init"}},
		"no folder":                 {nil, "apply -C nowhere", 1, []string{"nowhere", "no such file", "-C DIR"}},
		"which cluster":             {[]string{"KUBECONFIG=/nowhere/config"}, "apply", 1, []string{"dev, aged, distant", "--cluster NAME"}},
		"no server there":           {nil, "status --cluster dev --server https://127.0.0.1:1", 1, []string{"connection refused", "kubectl cluster-info"}},
		"no address":                {nil, "status --cluster dev --server ht%tp://x", 1, []string{"correct the server's address: --server"}},
		"other user":                {nil, "status --cluster dev --user none", 1, []string{`"none" does not exist`, "users: "}},
		"a web page for an answer":  {[]string{"KUBECONFIG=page"}, "apply --cluster dev --yes", 1, []string{"web page", "proxy", "kubectl cluster-info"}},
		"no rights":                 {nil, "apply --cluster dev --yes --as nobody", 1, []string{"forbidden", "https://github.com/otomi/kubectl-otomi/blob/main/docs/rbac.md", "kubectl auth can-i --list -n otomi-system"}},
		"wrong credentials":         {[]string{"KUBECONFIG=stranger"}, "status --cluster dev", 1, []string{"does not accept the credentials", "kubectl cluster-info"}},
		"server of another version": {nil, "apply --cluster aged --dry-run=client", 0, []string{"1.20", "kubeVersion"}},
		"no home":                   {[]string{"HOME=", "KUBECONFIG=" + config}, "diff --cluster dev", 1, []string{"1 to create"}},
		"mistyped command":          {nil, "aply", 2, []string{`did you mean "apply"?`, "kubectl otomi --help"}},
		"mistyped flag":             {nil, "apply --cluser dev", 2, []string{`did you mean "--cluster"?`, "kubectl otomi apply --help"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rig.Write(t, dir, valuesRepo)
			other(t, dir, config, page.URL)
			r := rig.Run(t, dir, append([]string{"KUBECONFIG=" + config}, m.env...), "kubectl-otomi", strings.Fields(m.args)...)
			if r.Code != m.code {
				t.Errorf("exit code %d, want %d", r.Code, m.code)
			}
			for _, text := range m.says {
				if !strings.Contains(r.Stdout+r.Stderr, text) {
					t.Errorf("%q is not said", text)
				}
			}
			if t.Failed() {
				t.Log(r.Stdout + r.Stderr)
			}
		})
	}
}

// other writes kubeconfigs of a page that is no API server, and of somebody whom the API server does not know.
func other(t *testing.T, dir, config, page string) {
	t.Helper()
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][]string{
		"page":      {"set-cluster", "c", "--server", page},
		"stranger":  {"set-credentials", "c", "--token", "wrong"},
		"undecided": {"unset", "current-context"},
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		kubectl(t, file, append([]string{"config"}, change...)...)
		if name == "undecided" {
			continue
		}
		kubectl(t, file, "config", "set-context", "--current", map[string]string{"page": "--cluster", "stranger": "--user"}[name], "c")
	}
}

func kubectl(t *testing.T, config string, args ...string) {
	t.Helper()
	if r := rig.Run(t, t.TempDir(), []string{"KUBECONFIG=" + config}, "kubectl", args...); r.Code != 0 {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), r.Stderr)
	}
}

// TestReadOnlyFolder: who may not write beside the values can do all that writes nothing there, and is told what else fails.
func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: a folder that may not be written to, which needs root to become somebody else")
	}
	dir, err := os.MkdirTemp("", "otomi-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	rig.Write(t, dir, valuesRepo)
	config, err := os.ReadFile(kubeconfig(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kubeconfig"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "kubectl-otomi")
	for _, cmd := range [][]string{{"cp", rig.Bin("kubectl-otomi"), program}, {"chmod", "-R", "a+rX", dir}} {
		if out, err := exec.Command(cmd[0], cmd[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
	}
	for args, says := range map[string]string{
		"validate --cluster dev":                  "0 errors, 0 warnings",
		"template --cluster dev":                  "kind: ConfigMap",
		"template --cluster dev --output-dir out": "write out: permission denied",
		"init new": "make folder new: permission denied",
		"validate --cluster dev --write-baseline --baseline known.yaml":    "write known.yaml: permission denied",
		"apply --cluster dev --kubeconfig kubeconfig --plan-out plan.yaml": "write plan plan.yaml: permission denied",
		"__complete apply --cluster dev --release w":                       "web\trunlevel 20",
	} {
		cmd := exec.Command("setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", program}, strings.Fields(args)...)...)
		cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "KUBECONFIG=/nowhere"}
		out, err := cmd.CombinedOutput()
		if strings.Contains(says, "denied") && !strings.Contains(string(out), "\nyou lack the permission: ") {
			t.Errorf("%s does not say what to do:\n%s", args, out)
		}
		if !strings.Contains(string(out), says) || (err != nil) != strings.Contains(says, "denied") {
			t.Errorf("%s: %v, want %q:\n%s", args, err, says, out)
		}
	}
}
