package helm

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestCore compares the default core's charts with the values that its own templates make for them.
func TestCore(t *testing.T) {
	need(t)
	in := render.Input{Core: core.Stack{{Name: "embedded", FS: otomi.Core}}}
	in.Tree = coreTree(t, in.Core)
	releases, findings := render.Releases(t.Context(), in)
	if findings.Failed() {
		t.Fatal(findings)
	}
	asked := in
	asked.Core = core.Stack{{Name: "asked", FS: askingCharts(t)}}
	charts := t.TempDir()
	if err := os.CopyFS(charts, otomi.Core); err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	for _, release := range releases {
		if !release.Enabled || release.Chart == "" {
			continue
		}
		t.Run(release.Name, func(t *testing.T) {
			no := false
			release.CreateNamespace = &no
			ours := one(t, in, release)
			if len(ours) == 0 {
				return // as values say
			}
			given, _ := one(t, asked, release)[0].Object["data"].(map[string]any)["values"].(string)
			theirs, err := byHelm(t, input{
				chart: filepath.Join(charts, "charts", release.Chart), values: given, kubeVersion: "1.34",
				release: release.Name, namespace: release.Namespace,
			})
			if err != nil {
				t.Fatal(err)
			}
			same(t, theirs, ours, release.Namespace)
			compared[release.Chart] = true
		})
	}
	names, err := fs.Glob(otomi.Core, "charts/*/Chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if chart := path.Base(path.Dir(name)); !compared[chart] {
			t.Errorf("no release of chart %s was compared", chart)
		}
	}
}

func one(t *testing.T, in render.Input, release render.Release) []object.Object {
	t.Helper()
	objects, findings := render.Objects(t.Context(), in, []render.Release{release})
	if findings.Failed() {
		t.Fatal(findings)
	}
	return objects
}

// askingCharts is the core with charts that say which values they are given.
func askingCharts(t *testing.T) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(otomi.Core, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		chart, file, _ := strings.Cut(strings.TrimPrefix(name, "charts/"), "/")
		switch {
		case strings.HasPrefix(name, core.Platform+"/"):
			data, err := fs.ReadFile(otomi.Core, name)
			out[name] = &fstest.MapFile{Data: data}
			return err
		case strings.HasPrefix(name, "charts/") && file == "Chart.yaml":
			out[name] = &fstest.MapFile{Data: []byte("{apiVersion: v2, name: " + chart + ", version: 0.0.0}")}
			out[path.Join("charts", chart, "templates/values.yaml")] = &fstest.MapFile{
				Data: []byte("{apiVersion: v1, kind: ConfigMap, metadata: {name: values}, data: {values: {{ toJson .Values | quote }}}}"),
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// coreTree are values for the default core that use much of it.
func coreTree(t *testing.T, stack core.Stack) *values.Tree {
	t.Helper()
	s, findings := schema.Load(stack)
	layers, more := values.Defaults(stack)
	findings = append(findings, more...)
	data, err := os.ReadFile("testdata/core.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, more := source.Parse("core.yaml", data)
	facts, _ := source.Parse("otomi.yaml", []byte("cluster: {name: prod, cloud: aws, domain: prod.acme.io, kubeVersion: \"1.34\"}"))
	if findings = append(findings, more...); findings.Failed() {
		t.Fatal(findings)
	}
	tree, findings := values.Merge(append(layers, values.Layer{File: n.File, Root: n}), s.Rules())
	if findings = append(findings, s.Check(tree)...); findings.Failed() {
		t.Fatal(findings)
	}
	tree, _ = tree.With(values.Layer{File: facts.File, Root: facts})
	if tree, findings = render.Derive(t.Context(), render.Input{Core: stack, Tree: tree}); findings.Failed() {
		t.Fatal(findings)
	}
	return tree
}
