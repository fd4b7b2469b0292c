package helm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// surroundings are what the output must not depend on. The order of maps is another in every process anyway.
func surroundings() [][]string {
	return [][]string{
		{"TZ=UTC", "LC_ALL=C", "GOMAXPROCS=1"},
		{"TZ=Pacific/Kiritimati", "LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8", "GOMAXPROCS=8"},
		{"TZ=America/St_Johns", "LC_ALL=", "LANG=ja_JP.eucJP", "GOMAXPROCS=2", "USER=somebody", "HOSTNAME=elsewhere", "KUBECONFIG=/nonexistent"},
		{"TZ=Nowhere/Unknown", "GOGC=5", "GODEBUG=asyncpreemptoff=1"},
	}
}

// TestStableOutput renders the example, and charts that call what depends on clock, zone, randomness or the order of maps.
func TestStableOutput(t *testing.T) {
	if _, err := os.Stat(rig.Bin("kubectl-otomi")); err != nil {
		need(t) // says the same of what make builds
		t.Skip("SKIP: bin/kubectl-otomi is missing: make build")
	}
	example, err := filepath.Abs("../../../examples/acme")
	if err != nil {
		t.Fatal(err)
	}
	volatile, err := os.ReadFile("testdata/volatile/repo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(dir string) error{
		"acme":     func(dir string) error { return os.CopyFS(dir, os.DirFS(example)) },
		"volatile": func(dir string) error { rig.Write(t, dir, string(volatile)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			first := ""
			for _, env := range surroundings() {
				dir := filepath.Join(t.TempDir(), "repo") // in another folder every time
				if err := write(dir); err != nil {
					t.Fatal(err)
				}
				got := rig.Run(t, dir, env, "kubectl-otomi", "template", "--all-clusters", "--secrets", "placeholder")
				if got.Code != 0 || len(got.Stdout) < 1000 {
					t.Fatalf("template with %v = %d, %d bytes: %s", env, got.Code, len(got.Stdout), got.Stderr)
				}
				if first == "" {
					first = got.Stdout + got.Stderr
				}
				if diff := cmp.Diff(first, got.Stdout+got.Stderr); diff != "" {
					t.Errorf("template with %v differs (-%v):\n%s", env, surroundings()[0], diff)
				}
			}
		})
	}
}
