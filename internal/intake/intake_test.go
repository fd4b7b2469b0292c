package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/intake"
)

func configMap(name string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n", name)}
}

// list is what Folder and Read make of a folder: objects with their places, then findings.
func list(t *testing.T, fsys fstest.MapFS, recursive bool) []string {
	t.Helper()
	files, findings := intake.Folder(fsys, "m", recursive)
	objects, more := intake.Read(t.Context(), files)
	var got []string
	for _, o := range objects {
		got = append(got, o.Source.Position().String()+" "+o.ID().String())
	}
	for _, f := range append(findings, more...) {
		got = append(got, f.String())
	}
	return got
}

func TestFolder(t *testing.T) {
	fsys := fstest.MapFS{
		"b.yml": configMap("b"), "a.yaml": configMap("a"), "c.json": {Data: []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}`)},
		"notes.txt": {Data: []byte("{")}, "deep/er/d.yaml": configMap("d"), "bad.yaml": {Data: []byte("- 1")}, "bom.yaml": {Data: append([]byte("\ufeff"), configMap("bom").Data...)},
	}
	flat := []string{"m/a.yaml:1 ConfigMap/a", "m/b.yml:1 ConfigMap/b", "m/bom.yaml:1 ConfigMap/bom", "m/c.json:1 Pod/c", "m/bad.yaml:1: a manifest holds a map with apiVersion and kind, not a list"}
	if diff := cmp.Diff(flat, list(t, fsys, false)); diff != "" {
		t.Errorf("without -R (-want +got):\n%s", diff)
	}
	deep := append(flat[:4:4], "m/deep/er/d.yaml:1 ConfigMap/d", flat[4])
	if diff := cmp.Diff(deep, list(t, fsys, true)); diff != "" {
		t.Errorf("with -R (-want +got):\n%s", diff)
	}
}

func TestFolderBad(t *testing.T) {
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		want string
	}{
		"empty":  {fstest.MapFS{"x.txt": {}}, "m: the folder has no file that ends in .json, .yaml, .yml"},
		"deeper": {fstest.MapFS{"x/y.yaml": configMap("y")}, "m: the folder has no file that ends in .json, .yaml, .yml (-R looks into the folders below it too)"},
	} {
		if diff := cmp.Diff([]string{c.want}, list(t, c.fsys, false)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLarge(t *testing.T) {
	large := bytes.Repeat([]byte("# 4567890123456\n"), intake.MaxBytes/16+1)
	for _, f := range []intake.File{intake.Single(fstest.MapFS{"x.yaml": {Data: large}}, "x.yaml", "x"), intake.Stream(t.Context(), "x", bytes.NewReader(large))} {
		_, findings := intake.Read(t.Context(), []intake.File{f})
		if got, want := findings.Error(), "x: read manifests: it is larger than a file of manifests may be (spread its objects over files of at most 32 MiB)"; got != want {
			t.Errorf("Read = %s, want %s", got, want)
		}
	}
}

func TestStream(t *testing.T) {
	s := intake.Stream(t.Context(), "-", strings.NewReader(string(configMap("a").Data)))
	for range 2 { // for the objects, then for an excerpt
		if objects, findings := intake.Read(t.Context(), []intake.File{s}); len(objects) != 1 || len(findings) > 0 {
			t.Fatalf("Read = %v, %v", objects, findings)
		}
	}
	_, findings := intake.Read(t.Context(), []intake.File{intake.Stream(t.Context(), "-", iotest.ErrReader(errors.New("broken")))})
	if got, want := findings.Error(), "-: read manifests: broken"; got != want {
		t.Errorf("Read = %s, want %s", got, want)
	}
}

// TestReadOrder: files are read at the same time, and their objects come in the files' order.
func TestReadOrder(t *testing.T) {
	fsys, want := fstest.MapFS{}, []string{}
	for i := range 200 {
		fsys[fmt.Sprintf("%03d.yaml", i)] = configMap(fmt.Sprint("n", i))
		want = append(want, fmt.Sprintf("m/%03d.yaml:1 ConfigMap/n%d", i, i))
	}
	if diff := cmp.Diff(want, list(t, fsys, false)); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

func TestReadEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no time"))
	objects, findings := intake.Read(ctx, []intake.File{intake.Stream(t.Context(), "-", strings.NewReader("a: 1"))})
	want := diag.Findings{diag.Errorf("read-manifest", diag.Position{}, "read manifests: no time")}
	if diff := cmp.Diff(want, findings); diff != "" || objects != nil {
		t.Errorf("Read = %v (-want +got):\n%s", objects, diff)
	}
}
