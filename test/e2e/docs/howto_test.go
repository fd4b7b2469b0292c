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
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestThirdPartyCharts does what the page says: it writes the files that it shows and runs its commands, in order, against a chart
// repository on this machine and a real cluster.
func TestThirdPartyCharts(t *testing.T) {
	cluster, err := rig.Up()
	if err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", err)
	}
	t.Cleanup(func() {
		if err := cluster.Down(); err != nil {
			t.Error(err)
		}
	})
	charts := t.TempDir()
	publish(t, charts, "6.6.0", "6.7.1", "7.0.0")
	server := httptest.NewServer(http.FileServer(http.Dir(charts)))
	t.Cleanup(server.Close)
	page, err := os.ReadFile("../../../docs/how-to/third-party-charts.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), "https://stefanprodan.github.io/podinfo", server.URL)
	text = strings.ReplaceAll(text, "[dev-admin]", "[e2e]")
	dir := t.TempDir()
	files, commands := 0, 0
	for _, step := range rig.Steps(text) {
		if step.File != "" {
			rig.Write(t, dir, "-- "+step.File+" --\n"+step.Text)
			files++
			continue
		}
		if strings.HasSuffix(step.Command, "--upgrade") {
			publish(t, charts, "6.8.0") // time has passed
		}
		if got := run(t, dir, cluster.Kubeconfig, step.Command); !step.Shows(got) {
			t.Errorf("%s printed\n%s\nthe page shows\n%s", step.Command, got, step.Want)
		}
		commands++
	}
	if files < 6 || commands < 8 {
		t.Errorf("the page has %d files and %d commands: the test does not see them all", files, commands)
	}
	if got := run(t, dir, cluster.Kubeconfig, "kubectl get deployment podinfo -n podinfo -o jsonpath={.status.readyReplicas}"); got != "2" {
		t.Errorf("%q replicas of podinfo are ready after the steps of the page, want 2", got)
	}
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

// run runs a command of the page as a reader does, who agrees where one is asked.
func run(t *testing.T, dir, kubeconfig, command string) string {
	t.Helper()
	want := 0
	switch {
	case strings.HasPrefix(command, "kubectl otomi apply"):
		command += " --yes"
	case strings.HasPrefix(command, "kubectl otomi diff"):
		want = 1 // there are differences
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "KUBECONFIG="+kubeconfig, "PATH="+filepath.Dir(rig.Bin("kubectl"))+":"+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("%s: exit code %d, want %d\n%s%s", command, code, want, stdout.String(), stderr.String())
	}
	return stdout.String()
}
