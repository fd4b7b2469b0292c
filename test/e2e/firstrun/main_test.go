// Package firstrun is a user's first five minutes with the plugin as built: the way from init to status in a root folder that
// holds nothing but a Debian and the plugin, and the mistakes on the way, each of which has to say what to do next.
package firstrun

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

type testCluster struct {
	rig.Cluster
	err error
}

var start = sync.OnceValue(func() testCluster {
	c, err := rig.Up()
	return testCluster{c, err}
})

func TestMain(m *testing.M) {
	code := m.Run()
	if c := start(); c.err == nil {
		if err := c.Down(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// kubeconfig is that of the cluster that all tests share.
func kubeconfig(t *testing.T) string {
	t.Helper()
	c := start()
	if c.err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", c.err)
	}
	return c.Kubeconfig
}

// admin runs kubectl with all rights.
func admin(t *testing.T, args ...string) string {
	t.Helper()
	r := rig.Run(t, t.TempDir(), []string{"KUBECONFIG=" + kubeconfig(t)}, "kubectl", args...)
	if r.Code != 0 {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// newRoot is a root folder with Debian's smallest system, the plugin, and a kubectl that is older than plugins are used to: 1.20.
func newRoot(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "a clean root folder needs root")
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		missing(t, "debootstrap is not installed (Debian: apt-get install debootstrap)")
	}
	root := filepath.Join(t.TempDir(), "root")
	mirror := os.Getenv("DEBIAN_MIRROR")
	if mirror == "" {
		mirror = "http://deb.debian.org/debian"
	}
	if out, err := exec.Command("debootstrap", "--variant=minbase", "--include=kubernetes-client", "bookworm", root, mirror).CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("debootstrap: %v\n%s", err, out))
	}
	program, err := os.ReadFile(rig.Bin("kubectl-otomi"))
	if err != nil {
		t.Fatalf("%v\nbuild it with: make build", err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/local/bin/kubectl-otomi"), program, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return root
}

// missing ends a test that cannot be run here: loudly, and in CI as a failure.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip("NOT TESTED: the first five minutes in a clean root folder: " + why)
}
