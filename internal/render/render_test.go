package render

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

var update = flag.Bool("update", false, "write the wanted results of testdata anew")

// input makes an Input of a case's files: values.yaml and secrets.yaml are layers, files below high/ are a second core.
func input(t *testing.T, files []txtar.File) Input {
	t.Helper()
	low, high := fstest.MapFS{}, fstest.MapFS{}
	var layers []values.Layer
	for _, f := range files {
		switch name := f.Name; {
		case name == "values.yaml" || name == "secrets.yaml":
			file := &source.File{Name: name, Data: f.Data, Secret: name == "secrets.yaml"}
			n, findings := source.ParseFile(file, f.Data)
			if findings.Failed() {
				t.Fatal(findings)
			}
			layers = append(layers, values.Layer{File: file, Root: n})
		case strings.HasPrefix(name, "high/"):
			high[strings.TrimPrefix(name, "high/")] = &fstest.MapFile{Data: f.Data}
		default:
			low[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	raw := &values.Rules{KeepNull: true}
	raw.Rest = raw
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"apps": {Rest: &values.Rules{Fields: map[string]*values.Rules{"rawValues": raw}}},
	}}
	tree, findings := values.Merge(layers, rules)
	if findings.Failed() {
		t.Fatal(findings)
	}
	stack := core.Stack{{Name: "embedded", FS: low}}
	if len(high) > 0 {
		stack = append(stack, core.Core{Name: ".", FS: high})
	}
	return Input{Core: stack, Tree: tree, APIVersions: []string{"example.com/v9"}}
}

// cases runs a function over the archives of a folder. It returns what is compared with the archive's file want.
func cases(t *testing.T, pattern string, run func(t *testing.T, in Input) string) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in %s", pattern)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := -1
			var files []txtar.File
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				files = append(files, f)
			}
			got := run(t, input(t, files))
			if want < 0 {
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
				want = len(archive.Files) - 1
			}
			if *update {
				archive.Files[want].Data = []byte(got)
				write(t, path, txtar.Format(archive))
				return
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// report shows findings, with their notes, as they would be compared by a reader.
func report(findings diag.Findings) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s: %s\n", f.Severity, f.Rule, f)
		for _, n := range f.Notes {
			fmt.Fprintf(&b, "    %s: %s\n", n.At, n.Message)
		}
	}
	return b.String()
}

// manifests shows objects and where they come from.
func manifests(t *testing.T, objects []object.Object) string {
	t.Helper()
	var b strings.Builder
	for _, o := range objects {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "--- # %s of %s/%s\n%s", o.Source.File, o.Runlevel, o.Release, text)
	}
	return b.String()
}

func TestDerive(t *testing.T) {
	cases(t, "testdata/derive/*.txtar", func(t *testing.T, in Input) string {
		tree, findings := Derive(t.Context(), in)
		var b strings.Builder
		var show func(path []string, n *source.Node)
		show = func(path []string, n *source.Node) {
			if n.Kind.Scalar() {
				fmt.Fprintf(&b, "%s = %q from %s secret %t\n", source.Path(path), n.Text, n.At(), n.Hidden())
			}
			for i, item := range n.Items {
				key := fmt.Sprint(i)
				if n.Kind == source.Map {
					key = n.Keys[i].Name
				}
				show(append(path[:len(path):len(path)], key), item)
			}
		}
		if d := tree.At("derived"); d != nil {
			show([]string{"derived"}, d)
		}
		return b.String() + report(findings)
	})
}

// fields shows the fields of a release that are set.
func fields(t *testing.T, r Release) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil || v == "" || v == 0.0 })
	text, _ = json.Marshal(m)
	return string(text)
}

func TestReleases(t *testing.T) {
	cases(t, "testdata/releases/*.txtar", func(t *testing.T, in Input) string {
		releases, findings := Releases(t.Context(), in)
		var b strings.Builder
		for _, r := range releases {
			fmt.Fprintf(&b, "%s: runlevel %s: %s\n", r.At, r.Runlevel, fields(t, r))
		}
		return b.String() + report(findings)
	})
}

func TestObjects(t *testing.T) {
	cases(t, "testdata/objects/*.txtar", func(t *testing.T, in Input) string {
		releases, findings := Releases(t.Context(), in)
		if findings.Failed() {
			return report(findings)
		}
		objects, findings := Objects(t.Context(), in, releases)
		again, _ := Objects(t.Context(), in, releases)
		got := manifests(t, objects)
		if diff := cmp.Diff(got, manifests(t, again)); diff != "" {
			t.Errorf("Objects renders something else the second time:\n%s", diff)
		}
		return got + report(findings)
	})
}
