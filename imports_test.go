package otomi_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	otomi "github.com/otomi/kubectl-otomi"
)

const module = "github.com/otomi/kubectl-otomi"

// importers says who may import the packages of internal/ that not everybody may; ARCHITECTURE.md says why. A package that
// is not listed may be imported by any other that comes after it in the line.
func importers() map[string][]string {
	return map[string][]string{
		"internal/cel":               {"internal/schema", "internal/ready"},
		"internal/cluster":           {"kubectl-otomi"},
		"internal/plan":              {"kubectl-otomi", "internal/cluster"},
		"internal/inventory":         {"kubectl-otomi", "internal/cluster", "internal/plan", "internal/memory"},
		"internal/memory":            {"kubectl-otomi"},
		"internal/ready":             {"kubectl-otomi", "internal/cluster", "internal/plan"},
		"internal/garbage":           {"kubectl-otomi", "krm-functions"},
		"internal/gotemplate":        {"internal/render", "internal/schema", "internal/secrets", "internal/trace", "krm-functions"},
		"internal/trace":             {"kubectl-otomi"},
		"internal/intake":            {"kubectl-otomi"},
		"internal/report":            {"kubectl-otomi", "internal/suite"},
		"internal/suite":             {"kubectl-otomi"},
		"internal/baseline":          {"kubectl-otomi", "krm-functions"},
		"internal/proxy":             {"kubectl-otomi", "internal/cluster", "internal/vendoring"},
		"internal/vendoring":         {"kubectl-otomi"}, // it fetches; rendering never does
		"krm-functions/internal/krm": {"krm-functions"},
	}
}

// leaves may import nothing of ours but what is listed.
func leaves() map[string][]string {
	return map[string][]string{
		"internal/diag":      {},
		"internal/garbage":   {}, // the less it imports, the earlier it is initialised
		"internal/source":    {"internal/diag"},
		"internal/object":    {"internal/diag", "internal/source"},
		"internal/archive":   {"internal/diag", "internal/source"},
		"internal/intake":    {"internal/diag", "internal/object"},
		"internal/report":    {"internal/diag"},
		"internal/baseline":  {"internal/diag", "internal/object", "internal/redact", "internal/source"},
		"internal/inventory": {"internal/object"},
		"internal/memory":    {"internal/inventory", "internal/volatile"},
		"internal/openapi":   {},
		"internal/proxy":     {},
		"internal/volatile":  {},
		"internal/ready":     {"internal/cel", "internal/diag", "internal/object"},
	}
}

// clients are packages that talk to API servers: only internal/cluster and the plugin may reach them.
func clients() []string {
	return []string{"k8s.io/client-go/rest", "k8s.io/client-go/dynamic", "k8s.io/client-go/kubernetes", "k8s.io/client-go/discovery", "k8s.io/client-go/metadata"}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module+"/")
		all = append(all, p)
	}
	return all
}

func TestWhoMayImportWhom(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[p.ImportPath] = true
		for _, i := range p.Imports {
			ours, inside := strings.CutPrefix(i, module+"/")
			if allowed, restricted := importers()[ours]; restricted && !below(p.ImportPath, allowed) {
				t.Errorf("%s imports %s; only %v may", p.ImportPath, ours, allowed)
			}
			if allowed, leaf := leaves()[p.ImportPath]; leaf && inside && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import only %v of this module", p.ImportPath, ours, allowed)
			}
			if slices.Contains(clients(), i) && !below(p.ImportPath, []string{"internal/cluster", "kubectl-otomi", "test", "bench"}) {
				t.Errorf("%s imports %s; only internal/cluster talks to an API server", p.ImportPath, i)
			}
		}
	}
	for name := range importers() {
		if !seen[name] {
			t.Errorf("%s is in the rules and does not exist", name)
		}
	}
	for name := range leaves() {
		if !seen[name] {
			t.Errorf("%s is in the rules and does not exist", name)
		}
	}
}

func below(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return name == f || strings.HasPrefix(name, f+"/") })
}

// TestEmbedded compares the embedded core with the folders: go:embed drops some files without a word.
func TestEmbedded(t *testing.T) {
	for _, dir := range []string{"platform", "charts", "policies"} {
		var want, got []string
		list := func(into *[]string) fs.WalkDirFunc {
			return func(name string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					*into = append(*into, filepath.ToSlash(name))
				}
				return err
			}
		}
		if err := filepath.WalkDir(dir, list(&want)); err != nil {
			t.Fatal(err)
		}
		if err := fs.WalkDir(otomi.Core, dir, list(&got)); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s: embedded %v, the folder has %v", dir, got, want)
		}
	}
}
