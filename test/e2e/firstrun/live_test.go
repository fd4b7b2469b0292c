package firstrun

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestLiveCompletion: what only a cluster knows is suggested from it, and who may not look is suggested nothing.
func TestLiveCompletion(t *testing.T) {
	config := kubeconfig(t)
	dir := t.TempDir()
	rig.Write(t, dir, strings.ReplaceAll(valuesRepo, "first", "live"))
	env := []string{"KUBECONFIG=" + config}
	otomi := func(args ...string) rig.Result { return rig.Run(t, dir, env, "kubectl-otomi", args...) }
	if r := otomi("apply", "--cluster", "dev", "--yes"); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	defer otomi("destroy", "--cluster", "dev", "--yes")
	for words, want := range map[string]string{
		"rollback --cluster dev ":                    "1\tReady ",
		"rollback --inventory otomi-system/live ":    "1\tReady ",
		"inventory show --cluster dev otomi-system/": "otomi-system/live\tReady\n",
		"status --inventory ":                        "otomi-system/live\tReady\n",
		"apply --cluster dev --recreate Conf":        "ConfigMap/default/live\n",
		"status -n kube-s":                           "kube-system\n",
	} {
		args := strings.Split(words, " ")
		if r := otomi(append([]string{"__complete"}, args...)...); !strings.HasPrefix(r.Stdout, want) {
			t.Errorf("%q: suggested is %q, want %q", words, r.Stdout, want)
		}
		if r := otomi(append([]string{"__complete", "--as", "nobody"}, args...)...); r.Code != 0 || !strings.HasPrefix(r.Stdout, ":") {
			t.Errorf("%q as nobody: exit code %d, suggested is %q, want nothing", words, r.Code, r.Stdout)
		}
	}
}
