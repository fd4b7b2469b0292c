package rendercharts_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/rendercharts"
)

// mounted are the folders that the function finds where it runs.
func mounted() map[string]fs.FS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return map[string]fs.FS{
		"charts/web": fstest.MapFS{
			"Chart.yaml": file("apiVersion: v2\nname: web\nversion: 2.0.0\n"), "templates/a.yaml": file(template("mounted")), ".helmignore": file("templates/b.yaml\n"),
			"templates/b.yaml": file("{{ fail `ignored` }}"), "templates/broken.yaml": file("{{ if .Values.broken }}{{ .Values.a.b.c }}{{ end }}"),
		},
		"/mnt": fstest.MapFS{"web-3.0.0.tgz": &fstest.MapFile{Data: packed("web/", "Chart.yaml", "apiVersion: v2\nname: web\nversion: 3.0.0\n", "templates/a.yaml", template("packed"))}},
	}
}

// template writes a ConfigMap named after the release, which holds a word, the release's values and what else is asked for.
func template(word string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  text: >-\n    " + word + " {{ .Values | toJson }}\n"
}

// render runs the function on items, all YAML, and Values whose spec and more is given.
func render(t *testing.T, values, spec, items string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items +
		"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: \"true\"}}, " + values + "}\n" +
		"functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: RenderCharts\n  metadata: {name: test}\n  spec: " + spec + "\n"
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), rendercharts.Function(func(dir string) fs.FS {
		if fsys := mounted()[dir]; fsys != nil {
			return fsys
		}
		return os.DirFS(filepath.Join(t.TempDir(), "none"))
	}), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// chart is a ConfigMap web-chart of a chart web with templates, names and texts.
func chart(texts ...string) string {
	item := "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: web-chart, annotations: {config.kubernetes.io/local-config: \"true\"}}\n  data:\n" +
		"    Chart.yaml: '{apiVersion: v2, name: web, version: 1.0.0}'\n    values.yaml: '{a: 1, b: 2, c: {d: 3}}'\n"
	for i := 0; i < len(texts); i += 2 {
		item += "    templates__" + texts[i] + ": |\n      " + strings.ReplaceAll(strings.TrimSuffix(texts[i+1], "\n"), "\n", "\n      ") + "\n"
	}
	return item
}

// texts are those of the rendered ConfigMaps, by name, and the kinds of other rendered items.
func texts(t *testing.T, out string) map[string]string {
	t.Helper()
	var list struct {
		Items []struct {
			Kind     string
			Metadata struct {
				Name, Namespace string
				Annotations     map[string]string
			}
			Data struct{ Text string }
		}
	}
	if err := yaml.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, item := range list.Items {
		switch {
		case item.Metadata.Annotations["otomi.io/rendered-by"] != "test":
		case item.Kind == "ConfigMap":
			found[item.Metadata.Namespace+"/"+item.Metadata.Name] = item.Data.Text
		default:
			found[item.Metadata.Namespace+"/"+item.Metadata.Name] = item.Kind
		}
	}
	return found
}

func TestWhereChartsAre(t *testing.T) {
	tgz := "- {apiVersion: v1, kind: ConfigMap, metadata: {name: packed}, binaryData: {chart.tgz: " +
		encoded("web/", "Chart.yaml", "apiVersion: v2\nname: web\nversion: 4.0.0\n", "templates/a.yaml", template("in binaryData")) + "}}\n"
	spec := `{releases: [
    {name: stream, namespace: x, chart: {configMap: web-chart}},
    {name: archive, namespace: x, chart: {configMap: packed}},
    {name: folder, namespace: x, chart: ./charts/web},
    {name: again, namespace: x, chart: charts/web/},
    {name: mount, namespace: x, chart: /mnt/web-3.0.0.tgz}]}`
	code, out, stderr := render(t, "spec: {}", spec, chart("a.yaml", template("in the stream"))+tgz)
	want := map[string]string{
		"x/stream": `in the stream {"a":1,"b":2,"c":{"d":3}}`, "x/archive": "in binaryData {}", "x/folder": "mounted {}", "x/again": "mounted {}", "x/mount": "packed {}",
	}
	if diff := cmp.Diff(want, texts(t, out)); code != 0 || diff != "" {
		t.Errorf("exit code %d, %s (-want +got):\n%s", code, stderr, diff)
	}
	if n := strings.Count(out, "otomi.io/runlevel"); n != 0 {
		t.Errorf("%d objects carry a runlevel, and there is none", n)
	}
}

// TestValues: the chart's defaults, the tree's values over them, the functionConfig's over those; null removes a default.
func TestValues(t *testing.T) {
	spec := "{values: {name: merged}, releases: [{name: web, namespace: x, chart: {configMap: web-chart}, valuesPath: 'apps[\"my.web\"]', values: {b: 5, c: null, big: 9007199254740993}, numbers: exact}]}"
	code, out, stderr := render(t, "spec: {apps: {my.web: {a: 4, b: 4}}}", spec, chart("a.yaml", template("got")))
	if got, want := texts(t, out)["x/web"], `got {"a":4,"b":5,"big":9007199254740993}`; code != 0 || got != want {
		t.Errorf("exit code %d, %s: the values are %s, want %s", code, stderr, got, want)
	}
}

func TestReleases(t *testing.T) {
	versions := template(`{{ .Capabilities.APIVersions.Has "foo.example.com/v1/Foo" }} {{ .Capabilities.APIVersions.Has "bar.example.com/v1" }} {{ .Capabilities.KubeVersion }}`)
	crd := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.foo.example.com}\n" +
		"spec: {group: foo.example.com, scope: Cluster, names: {kind: Foo, plural: foos}, versions: [{name: v1, served: true, storage: true}]}\n"
	stream := "- " + strings.ReplaceAll(strings.TrimSpace(crd), "\n", "\n  ") + "\n"
	foo := "apiVersion: foo.example.com/v1\nkind: Foo\nmetadata: {name: foo}\n"
	for name, c := range map[string]struct {
		release, items string
		texts          []string
		want           map[string]string
	}{
		"versions":          {"kubeVersion: '1.30'", "", []string{"a.yaml", versions}, map[string]string{"x/web": "false true v1.30 {}"}},
		"of the function":   {"apiVersions: [foo.example.com/v1/Foo]", "", []string{"a.yaml", versions}, map[string]string{"x/web": "true true v1.33 {}"}},
		"CRD in the stream": {"hooks: run", stream, []string{"a.yaml", versions, "foo.yaml", foo}, map[string]string{"x/web": "true true v1.33 {}", "/foo": "Foo"}},
		// One that the function made the last time does not count: Helm does not see a release's own either.
		"own CRD": {
			"hooks: run", strings.Replace(stream, "metadata: {", "metadata: {annotations: {otomi.io/rendered-by: test}, ", 1),
			[]string{"a.yaml", versions, "crd.yaml", crd},
			map[string]string{"x/web": "false true v1.33 {}", "/foos.foo.example.com": "CustomResourceDefinition"},
		},
		"namespace": {"createNamespace: true", "", []string{"a.yaml", template("t")}, map[string]string{"x/web": "t {}", "/x": "Namespace"}},
		"disabled":  {"enabled: false", "", []string{"a.yaml", template("t")}, map[string]string{}},
		"ignored":   {"labels: {team: a}, timeout: 10m", "", []string{"a.yaml", template("t")}, map[string]string{"x/web": "t {}"}},
		"patch":     {`patches: [{target: {kind: ConfigMap}, patch: '[{"op": "replace", "path": "/data/text", "value": "patched"}]'}]`, "", []string{"a.yaml", template("t")}, map[string]string{"x/web": "patched"}},
		"hook":      {"hooks: drop", "", []string{"a.yaml", strings.Replace(template("t"), "}}}", "}}, annotations: {helm.sh/hook: pre-install}}", 1)}, map[string]string{}},
	} {
		spec := "{kubeVersion: '1.33', apiVersions: [bar.example.com/v1], releases: [{name: web, namespace: x, chart: {configMap: web-chart}, values: {a: null, b: null, c: null}, " + c.release + "}]}"
		items := chart(c.texts...) + c.items
		code, out, stderr := render(t, "spec: {}", spec, items)
		if diff := cmp.Diff(c.want, texts(t, out)); code != 0 || diff != "" {
			t.Errorf("%s: exit code %d, %s (-want +got):\n%s", name, code, stderr, diff)
		}
	}
}

// TestEarlierReleases: what a release's CRDs define is seen by those after it, in the order that needs make.
func TestEarlierReleases(t *testing.T) {
	crd := "{{ if eq .Release.Name `first` }}\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.foo.example.com}\n" +
		"spec: {group: foo.example.com, scope: Cluster, names: {kind: Foo, plural: foos}, versions: [{name: v1, served: true, storage: true}]}\n{{ end }}"
	spec := "{releases: [{name: second, namespace: x, chart: {configMap: web-chart}, needs: [first]}, {name: first, namespace: x, chart: {configMap: web-chart}}]}"
	code, out, stderr := render(t, "spec: {}", spec, chart("crd.yaml", crd, "a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {text: {{ .Capabilities.APIVersions.Has `foo.example.com/v1` | quote }}}"))
	want := map[string]string{"x/first": "false", "x/second": "true", "/foos.foo.example.com": "CustomResourceDefinition"}
	if diff := cmp.Diff(want, texts(t, out)); code != 0 || diff != "" {
		t.Errorf("exit code %d, %s (-want +got):\n%s", code, stderr, diff)
	}
}

func TestImages(t *testing.T) {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'nginx:1.29'}]}"
	spec := "{images: {rewrite: [{from: docker.io, to: registry.example.com/mirror}]}, releases: [{name: web, namespace: x, chart: {configMap: web-chart}}]}"
	code, out, stderr := render(t, "spec: {}", spec, chart("a.yaml", pod))
	if code != 0 || !strings.Contains(out, "image: registry.example.com/mirror/library/nginx:1.29\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
}

// TestRandom: what a chart makes at random is the same in every run, and said.
func TestRandom(t *testing.T) {
	text := strings.Replace(template("t"), "t {{", "{{ randAlphaNum 8 }} {{", 1)
	spec := "{releases: [{name: web, namespace: x, chart: {configMap: web-chart}}]}"
	code, out, stderr := render(t, "spec: {}", spec, chart("a.yaml", text))
	_, again, _ := render(t, "spec: {}", spec, chart("a.yaml", text))
	if code != 0 || out != again || !strings.Contains(stderr, "web-chart/templates/a.yaml:6:8: info: ") || !strings.Contains(out, "\n  severity: info\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
}
