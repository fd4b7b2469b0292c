package vendoring_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

// pack makes an archive of files, as they are.
func pack(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed is the archive of a small chart.
func packed(t *testing.T, name, version string) []byte {
	t.Helper()
	return pack(t, map[string]string{
		name + "/Chart.yaml":       "{apiVersion: v2, name: " + name + ", version: " + version + "}\n",
		name + "/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ .Release.Name }}}, data: {version: \"" + version + "\"}}\n",
	})
}

// helm runs the real one. It is built by make; a run that must be complete sets OTOMI_E2E.
func helm(t *testing.T, args ...string) {
	t.Helper()
	program, err := filepath.Abs("../../bin/helm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("OTOMI_E2E") != "" {
			t.Fatalf("OTOMI_E2E is set, but bin/helm is missing: make bin/helm (%v)", err)
		}
		t.Skipf("bin/helm is missing: make bin/helm (%v)", err)
	}
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// site is a chart repository on loopback, which notes what it is asked.
type site struct {
	*httptest.Server
	dir   string
	mu    sync.Mutex
	asked []string
}

// serve serves archives with the index that helm makes of them. wrap may stand before it.
func serve(t *testing.T, archives map[string][]byte, wrap func(http.Handler) http.Handler) *site {
	t.Helper()
	s := &site{dir: t.TempDir()}
	handler := http.FileServer(http.Dir(s.dir))
	if wrap != nil {
		handler = wrap(handler)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Path)
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	s.add(t, archives)
	return s
}

// add puts more archives into the repository.
func (s *site) add(t *testing.T, archives map[string][]byte) {
	t.Helper()
	for name, data := range archives {
		write(t, filepath.Join(s.dir, name), string(data))
	}
	if _, err := os.Stat(filepath.Join(s.dir, "index.yaml")); len(archives) > 0 || err != nil {
		helm(t, "repo", "index", s.dir)
	}
}

// requests are what was asked since the last call, sorted.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	slices.Sort(asked)
	return asked
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// coreOf makes a core that asks for charts, a line of Chart.yaml each: "NAME RANGE REPOSITORY".
func coreOf(t *testing.T, wanted ...string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	want(t, root, wanted...)
	return root
}

// want makes a core ask for other charts.
func want(t *testing.T, root *os.Root, wanted ...string) {
	t.Helper()
	text := "apiVersion: v2\nname: charts\nversion: 0.0.0\ndependencies:\n"
	for _, w := range wanted {
		name, rest, _ := strings.Cut(w, " ")
		i := strings.LastIndex(rest, " ")
		text += fmt.Sprintf("  - {name: %q, version: %q, repository: %q}\n", name, rest[:i], rest[i+1:])
	}
	write(t, filepath.Join(root.Name(), "charts/Chart.yaml"), text)
}

// options are those of a test: no files of Helm's, and no waiting.
func options() vendoring.Options {
	return vendoring.Options{Timeout: 5 * time.Second, Wait: time.Millisecond, UserAgent: "test"}
}

// vendor resolves and writes, and returns what happened to each archive.
func vendor(t *testing.T, root *os.Root, o vendoring.Options, upgrade bool) ([]string, diag.Findings) {
	t.Helper()
	result, findings := vendoring.Resolve(t.Context(), root.FS(), o, upgrade)
	if findings.Failed() {
		return nil, findings
	}
	if err := result.Write(root); err != nil {
		t.Fatal(err)
	}
	var changes []string
	for _, c := range result.Charts {
		changes = append(changes, strings.TrimSpace(c.File()+" "+string(c.Change)+" "+c.Was))
	}
	return changes, findings
}

// files are the names in the charts folder.
func files(t *testing.T, root *os.Root) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root.Name(), "charts"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, root *os.Root, name string) string {
	t.Helper()
	data, err := root.ReadFile("charts/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// all is many archives, by their names.
func all(t *testing.T, charts ...string) map[string][]byte {
	t.Helper()
	archives := map[string][]byte{}
	for _, c := range charts {
		name, version, _ := strings.Cut(c, "@")
		archives[archive.File(name, version)] = packed(t, name, version)
	}
	return archives
}
