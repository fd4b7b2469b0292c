package firstrun

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestWaysToTheCluster: the plugin finds and enters a cluster in all the ways that kubectl does.
func TestWaysToTheCluster(t *testing.T) {
	config := kubeconfig(t)
	dir := t.TempDir()
	rig.Write(t, dir, valuesRepo)
	rig.Write(t, dir, "-- users --\napiVersion: v1\nkind: Config\n-- broken --\napiVersion: v1\nkind: Config\ncurrent-context: gone\n")
	split(t, dir, config)
	credentials(t, dir, config)
	in := func(name string) string { return filepath.Join(dir, name) }
	path := "PATH=" + filepath.Dir(rig.Bin("kubectl")) + ":/usr/bin:/bin"
	for name, w := range map[string]struct {
		env     []string
		program string
		args    string
	}{
		"through kubectl":     {[]string{"KUBECONFIG=" + config, path}, "kubectl", "otomi diff --cluster dev"},
		"by its own name":     {[]string{"KUBECONFIG=" + config}, "kubectl-otomi", "diff --cluster dev"},
		"--kubeconfig":        {[]string{"KUBECONFIG=/nowhere"}, "kubectl-otomi", "diff --cluster dev --kubeconfig " + config},
		"list of kubeconfigs": {[]string{"KUBECONFIG=" + in("rest") + ":/nowhere:" + in("users")}, "kubectl-otomi", "diff --cluster dev"},
		"--context":           {[]string{"KUBECONFIG=" + in("broken") + ":" + config}, "kubectl-otomi", "diff --cluster dev --context e2e"},
		"--as":                {[]string{"KUBECONFIG=" + config}, "kubectl-otomi", "diff --cluster dev --as ann --as-group system:masters"},
		"credential plugin":   {[]string{"KUBECONFIG=" + in("exec")}, "kubectl-otomi", "diff --cluster dev"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rig.Run(t, dir, w.env, w.program, strings.Fields(w.args)...)
			if r.Code != 1 || !strings.Contains(r.Stdout, "1 to create") {
				t.Errorf("exit code %d, want 1 and what is to be created:\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
	r := rig.Run(t, dir, []string{"KUBECONFIG=" + in("broken") + ":" + config}, "kubectl-otomi", "diff", "--cluster", "dev")
	if r.Code != 2 || !strings.Contains(r.Stderr, "gone") {
		t.Errorf("without --context: exit code %d, want 2: the current context does not exist:\n%s", r.Code, r.Stderr)
	}
	admin(t, "create", "namespace", "ways")
	r = rig.Run(t, dir, []string{"KUBECONFIG=" + config}, "kubectl-otomi", "inventory", "list", "-n", "ways", "-o", "name", "--cluster", "dev")
	if r.Code != 0 || r.Stdout != "" {
		t.Errorf("--namespace ways: exit code %d, want 0 and no inventory:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}

// split makes two files of a kubeconfig, neither of which is enough.
func split(t *testing.T, dir, config string) {
	t.Helper()
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, without := range map[string][]string{"rest": {"users"}, "users": {"clusters", "contexts", "current-context"}} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, part := range without {
			kubectl(t, filepath.Join(dir, name), "config", "unset", part)
		}
	}
}

// credentials makes a kubeconfig whose user has a program that gets a token.
func credentials(t *testing.T, dir, config string) {
	t.Helper()
	admin(t, "create", "serviceaccount", "plugged", "-n", "default")
	admin(t, "create", "clusterrolebinding", "plugged", "--clusterrole=cluster-admin", "--serviceaccount=default:plugged")
	token := admin(t, "create", "token", "plugged", "-n", "default")
	program := filepath.Join(dir, "bin", "login") // kubectl writes it down relative to the kubeconfig
	script := `#!/bin/sh
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "` + token + `"}}'
`
	if err := os.Mkdir(filepath.Dir(program), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "exec")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, file, "config", "set-credentials", "plugged", "--exec-command", program, "--exec-api-version", "client.authentication.k8s.io/v1", "--exec-interactive-mode", "Never")
	kubectl(t, file, "config", "set-context", "--current", "--user", "plugged")
}
