// Package docs runs the steps of the how-to pages, so that they stay true.
package docs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestThirdPartyCharts does what the page says: it writes the files that it shows and runs its commands, in order, against a chart
// repository on this machine and a real cluster.
func TestThirdPartyCharts(t *testing.T) {
	cluster := rig.Start(t)
	charts := t.TempDir()
	publish(t, charts, "6.6.0", "6.7.1", "7.0.0")
	server := httptest.NewServer(http.FileServer(http.Dir(charts)))
	t.Cleanup(server.Close)
	page, err := os.ReadFile("../../../docs/how-to/third-party-charts.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), "https://stefanprodan.github.io/podinfo", server.URL)
	dir := t.TempDir()
	steps := rig.Reader{Dir: dir, Kubeconfig: cluster.Kubeconfig, Before: func(command string) {
		if strings.HasSuffix(command, "--upgrade") {
			publish(t, charts, "6.8.0") // time has passed
		}
	}}.Follow(t, text)
	if len(steps) < 14 {
		t.Errorf("the page has %d steps: the test does not see them all", len(steps))
	}
	if got := kubectl(t, cluster, "get", "deployment", "podinfo", "-n", "podinfo", "-o", "jsonpath={.status.readyReplicas}"); got != "2" {
		t.Errorf("%q replicas of podinfo are ready after the steps of the page, want 2", got)
	}
}

// kubectl runs kubectl, which must succeed, and returns what it printed.
func kubectl(t *testing.T, cluster rig.Cluster, args ...string) string {
	t.Helper()
	r := rig.Run(t, t.TempDir(), []string{"KUBECONFIG=" + cluster.Kubeconfig}, "kubectl", args...)
	if r.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), r.Code, r.Stderr)
	}
	return r.Stdout
}

// publish puts versions of the chart into a repository.
func publish(t *testing.T, dir string, versions ...string) {
	t.Helper()
	for _, version := range versions {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		pack(t, w, version)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "podinfo-"+version+".tgz"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := rig.Run(t, dir, nil, "helm", "repo", "index", dir); r.Code != 0 {
		t.Fatalf("helm repo index: %s", r.Stderr)
	}
}

// pack packs testdata/podinfo, a chart with the names and values of the real one.
func pack(t *testing.T, w *tar.Writer, version string) {
	t.Helper()
	chart := os.DirFS("testdata")
	err := fs.WalkDir(chart, "podinfo", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(chart, name)
		if err != nil {
			return err
		}
		data = bytes.ReplaceAll(data, []byte("VERSION"), []byte(version))
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
