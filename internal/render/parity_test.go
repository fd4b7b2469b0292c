package render

import (
	"bytes"
	"cmp"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// oracle renders a chart with Helm's own engine: what `helm template --include-crds --skip-tests` prints.
func oracle(t *testing.T, c *chart.Chart, r Release, set map[string]any, kube string, apiVersions []string) []object.Object {
	t.Helper()
	if err := chartutil.ProcessDependencies(c, set); err != nil {
		t.Fatal(err)
	}
	version, err := chartutil.ParseKubeVersion(kube)
	if err != nil {
		t.Fatal(err)
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	capabilities.APIVersions = append(slices.Clone(capabilities.APIVersions), apiVersions...)
	options := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: true}
	top, err := chartutil.ToRenderValues(c, set, options, capabilities)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := engine.Render(c, top)
	if err != nil {
		t.Fatal(err)
	}
	for name := range rendered {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(rendered, name)
		}
	}
	hooks, plain, err := releaseutil.SortManifests(rendered, nil, releaseutil.InstallOrder)
	if err != nil {
		t.Fatal(err)
	}
	var objects []object.Object
	parse := func(name, text string) {
		got, findings := object.Parse(name, []byte(text))
		if findings.Failed() {
			t.Fatal(findings)
		}
		objects = append(objects, got...)
	}
	for _, crd := range c.CRDObjects() {
		parse(crd.Filename, string(crd.File.Data))
	}
	for _, m := range plain {
		parse(m.Name, m.Content+"\n") // as it prints it
	}
	for _, h := range hooks {
		if !slices.Contains(h.Events, release.HookTest) {
			parse(h.Path, h.Manifest+"\n")
		}
	}
	return objects
}

// same compares objects whatever their order, apart from what is ours on purpose: marks and namespaces.
func same(t *testing.T, helms, ours []object.Object, namespace string) {
	t.Helper()
	for _, o := range ours {
		for _, field := range []string{"labels", "annotations"} {
			metadata := o.Object["metadata"].(map[string]any)
			m := metadata[field].(map[string]any)
			for _, key := range []string{object.LabelRelease, object.RunlevelKey, object.SourceKey} {
				delete(m, key)
			}
			if len(m) == 0 {
				delete(metadata, field)
			}
		}
	}
	for _, o := range helms {
		if o.GetNamespace() == "" && !object.BuiltinScopes().ClusterScoped(o.GroupVersionKind().Group, o.GetKind()) {
			o.SetNamespace(namespace)
		}
	}
	sorted := func(objects []object.Object) []map[string]any {
		slices.SortFunc(objects, func(a, b object.Object) int {
			return cmp.Or(a.ID().Compare(b.ID()), cmp.Compare(a.GetAPIVersion(), b.GetAPIVersion()))
		})
		var out []map[string]any
		for _, o := range objects {
			out = append(out, o.Object)
		}
		return out
	}
	if len(helms) == 0 {
		t.Fatal("Helm renders nothing: the case compares nothing")
	}
	if diff := gocmp.Diff(sorted(helms), sorted(ours)); diff != "" {
		t.Errorf("objects differ (-helm +ours):\n%s", diff)
	}
}

func buffered(t *testing.T, dir string) []*loader.BufferedFile {
	t.Helper()
	files, err := chartFiles(os.DirFS(filepath.Dir(dir)), filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readValues(t *testing.T, file string) (*source.Node, map[string]any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n, findings := source.Parse(file, data)
	if findings.Failed() {
		t.Fatal(findings)
	}
	set, err := chartutil.ReadValues(data)
	if err != nil {
		t.Fatal(err)
	}
	return n, set
}

// TestParity compares the charts of testdata, as folders and as archives, with every file of values beside them.
func TestParity(t *testing.T) {
	charts, _ := filepath.Glob("testdata/parity/*/Chart.yaml")
	if len(charts) < 4 {
		t.Fatal("the charts to compare are missing")
	}
	for _, file := range charts {
		dir := filepath.Dir(file)
		cases, _ := filepath.Glob(dir + ".values/*.yaml")
		for _, valuesFile := range cases {
			for _, packed := range []bool{false, true} {
				name := filepath.Base(dir) + "/" + strings.TrimSuffix(filepath.Base(valuesFile), ".yaml") + map[bool]string{true: "/packed", false: "/folder"}[packed]
				t.Run(name, func(t *testing.T) { parityCase(t, dir, valuesFile, packed) })
			}
		}
	}
}

func parityCase(t *testing.T, dir, valuesFile string, packed bool) {
	raw, set := readValues(t, valuesFile)
	fsys := fstest.MapFS{}
	loaded, err := loader.LoadFiles(buffered(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	ref := loaded.Name()
	if packed {
		archive, err := chartutil.Save(loaded, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		fsys[path.Join("charts", filepath.Base(archive))] = &fstest.MapFile{Data: data}
		if loaded, err = loader.LoadArchive(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		ref += "@" + loaded.Metadata.Version
	} else {
		for _, f := range buffered(t, dir) {
			fsys[path.Join("charts", loaded.Name(), f.Name)] = &fstest.MapFile{Data: f.Data}
		}
	}
	no := false
	r := Release{Name: "rel", Namespace: "space", Chart: ref, Enabled: true, Runlevel: "10", CreateNamespace: &no, rawValues: raw}
	tree, _ := values.Merge(nil, nil)
	ours, findings := Objects(t.Context(), Input{Core: core.Stack{{Name: "c", FS: fsys}}, Tree: tree, APIVersions: []string{"extra/v1"}}, []Release{r})
	if findings.Failed() {
		t.Fatal(findings)
	}
	same(t, oracle(t, loaded, r, set, KubeVersion, []string{"extra/v1"}), ours, "space")
}

// TestParityOfTheCore compares the default core's charts with the values that its own templates make.
func TestParityOfTheCore(t *testing.T) {
	stack := core.Stack{{Name: "embedded", FS: otomi.Core}}
	in := Input{Core: stack, Tree: coreTree(t, stack)}
	tree, findings := Derive(t.Context(), in)
	if findings.Failed() {
		t.Fatal(findings)
	}
	in.Tree = tree
	releases, findings := Releases(t.Context(), in)
	if findings.Failed() {
		t.Fatal(findings)
	}
	no := false
	compared := map[string]bool{}
	for _, release := range releases {
		if !release.Enabled || release.Chart == "" {
			continue
		}
		t.Run(release.Name, func(t *testing.T) {
			release.CreateNamespace = &no
			ours, findings := Objects(t.Context(), in, []Release{release})
			if findings.Failed() {
				t.Fatal(findings)
			}
			r, _ := newRenderer(in)
			data, _ := r.releaseData(&release, r.kube, nil)
			n, _ := r.values(t.Context(), &release, data)
			set, _ := floats(n.Value()).(map[string]any)
			files, err := chartFiles(stack, path.Join("charts", release.Chart))
			if err != nil {
				t.Fatal(err)
			}
			loaded, err := loader.LoadFiles(files)
			if err != nil {
				t.Fatal(err)
			}
			same(t, oracle(t, loaded, release, set, "1.34", nil), ours, release.Namespace)
			compared[release.Chart] = true
		})
	}
	charts, err := stack.ReadDir("charts")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		if c.IsDir() && !compared[c.Name()] {
			t.Errorf("no release of chart %s was compared", c.Name())
		}
	}
}

// coreTree are values for the default core that use much of it.
func coreTree(t *testing.T, stack core.Stack) *values.Tree {
	t.Helper()
	s, findings := schema.Load(stack)
	if findings.Failed() {
		t.Fatal(findings)
	}
	layers, findings := values.Defaults(stack)
	if findings.Failed() {
		t.Fatal(findings)
	}
	data, err := os.ReadFile("testdata/core.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, findings := source.Parse("core.yaml", data)
	if findings.Failed() {
		t.Fatal(findings)
	}
	tree, findings := values.Merge(append(layers, values.Layer{File: n.File, Root: n}), s.Rules())
	if findings = append(findings, s.Check(tree)...); findings.Failed() {
		t.Fatal(findings)
	}
	facts, _ := source.Parse("otomi.yaml", []byte("cluster: {name: prod, cloud: aws, domain: prod.acme.io, kubeVersion: \"1.34\"}"))
	tree, _ = tree.With(values.Layer{File: facts.File, Root: facts})
	return tree
}
