package helm

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestFeatures compares charts that are written to cover what charts can do: as folders and in the other forms in which
// charts come. Values in a file bad-* are refused by both,
// for the reasons in its first lines.
func TestFeatures(t *testing.T) {
	need(t)
	archives, _ := filepath.Glob("testdata/*.txtar")
	folders, _ := filepath.Glob("testdata/charts/*/Chart.yaml")
	if len(archives) < 5 || len(folders) < 4 {
		t.Fatal("the charts to compare are missing")
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			dir := t.TempDir()
			archive, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rig.Write(t, dir, string(archive))
			feature(t, filepath.Join(dir, "chart"), filepath.Join(dir, "values"))
		})
	}
	for _, file := range folders {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) { feature(t, dir, dir+".values") })
	}
}

func feature(t *testing.T, dir, values string) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(values, "*.yaml"))
	if len(files) == 0 {
		t.Fatal("no values to render the chart with")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		forms := map[string]func(*testing.T, string) string{"folder": func(*testing.T, string) string { return dir }}
		if name == "plain" {
			forms["packed"], forms["parts packed"], forms["lines of Windows"] = pack, packParts, windows
		}
		for form, of := range forms {
			t.Run(name+"/"+form, func(t *testing.T) {
				in := input{chart: of(t, dir), values: string(data), apiVersions: []string{"extra/v1", "extra/v1/Thing"}}
				got := compare(t, in)
				if want := !strings.HasPrefix(name, "bad-"); got.rendered != want {
					t.Errorf("compare = %t, want %t", got.rendered, want)
				}
				for who, said := range map[string]string{"# helm: ": got.helm, "# ours: ": got.ours} {
					if want := after(string(data), who); !got.rendered && (want == "" || !strings.Contains(said, want)) {
						t.Errorf("the reason is not that of %q%s", who, want)
					}
				}
			})
		}
	}
}

// after is the rest of the line that begins with some words.
func after(text, words string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, words); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// pack makes the archive of a chart.
func pack(t *testing.T, dir string) string {
	t.Helper()
	c, err := loader.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := chartutil.Save(c, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// packParts is a copy of a chart whose subcharts are archives.
func packParts(t *testing.T, dir string) string {
	t.Helper()
	copied := copyOf(t, dir)
	subcharts, _ := filepath.Glob(filepath.Join(copied, "charts", "*", "Chart.yaml"))
	for _, file := range subcharts {
		sub := filepath.Dir(file)
		data, err := os.ReadFile(pack(t, sub))
		if err == nil {
			err = os.RemoveAll(sub)
		}
		if err == nil {
			err = os.WriteFile(sub+"-0.0.0.tgz", data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

// windows is a copy of a chart whose lines end with carriage return and line feed, as some editors and git leave them, and
// whose files begin with a byte order mark.
func windows(t *testing.T, dir string) string {
	t.Helper()
	copied := copyOf(t, dir)
	err := filepath.WalkDir(copied, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".helmignore" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		data = append([]byte("\ufeff"), bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))...)
		return os.WriteFile(name, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}
