package firstrun

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstFiveMinutes follows what the plugin itself says to do next, where there is nothing but the plugin and a kubeconfig.
func TestFirstFiveMinutes(t *testing.T) {
	config, err := os.ReadFile(kubeconfig(t))
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(t)
	if err := os.Mkdir(filepath.Join(root, "root/.kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "root/.kube/config"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		folder, command string
		code            int
		says            []string
	}{
		{"/root", "kubectl-otomi validate", 1, []string{"there is no otomi.yaml", "init starts one"}},
		{"/root", "kubectl-otomi init platform", 0, []string{"is ready. Next:", "cd platform", "kubectl otomi apply"}},
		{"/root", "kubectl-otomi init platform", 1, []string{"otomi.yaml"}},
		{"/root/platform", "kubectl-otomi validate --all-clusters", 0, []string{"0 errors, 0 warnings in 1 cluster"}},
		{"/root/platform", "kubectl-otomi values --origin", 0, []string{"env/"}},
		{"/root/platform", "kubectl-otomi template", 0, []string{"kind: Deployment"}},
		{"/root/platform", "kubectl-otomi status", 1, []string{"nothing was applied", "apply first"}},
		{"/root/platform", "kubectl-otomi diff", 1, []string{"to create"}},
		{"/root/platform", "kubectl-otomi apply", 6, []string{"this is the first apply", "uid:", "add --yes"}},
		{"/root/platform", "kubectl-otomi apply --yes", 0, []string{"Ready:"}},
		{"/root/platform", "kubectl-otomi status", 0, []string{"objects ready"}},
		{"/root/platform", "kubectl version --client", 0, []string{"v1.20"}},
		{"/root/platform", "kubectl plugin list", 0, []string{"/usr/local/bin/kubectl-otomi"}},
		{"/root/platform", "kubectl otomi history", 0, []string{"1 run"}},
		{"/root/platform", "kubectl otomi aply", 2, []string{`did you mean "apply"?`}},
		{"/root/platform", "kubectl-otomi destroy --yes", 0, nil},
	} {
		cmd := exec.Command("chroot", root, "/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/local/bin:/usr/bin:/bin", "sh", "-c",
			"cd "+step.folder+" && "+step.command)
		out, err := cmd.CombinedOutput()
		if err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != step.code {
			t.Fatalf("%s: exit code %d, want %d\n%s", step.command, code, step.code, out)
		}
		for _, text := range step.says {
			if !strings.Contains(string(out), text) {
				t.Errorf("%s: %q is not said:\n%s", step.command, text, out)
			}
		}
	}
}
