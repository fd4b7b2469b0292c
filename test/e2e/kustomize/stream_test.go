package kustomize

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

// functions are all that are built.
func functions() []string {
	return []string{"merge-values", "render-platform", "render-charts", "render-templates", "validate-values", "validate-manifests", "check-policies", "pipeline"}
}

// TestBadStreams gives each function what no orchestrator should. It must end, fail, say why on stderr, and write a list.
func TestBadStreams(t *testing.T) {
	need(t, functions()...)
	item := "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n"
	for name, c := range map[string]struct{ in, want string }{
		"empty":                     {"", "error: stdin is empty"},
		"not a ResourceList":        {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "error: stdin holds v1 ConfigMap, not a ResourceList"},
		"truncated":                 {`{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVersion":"v1","ki`, "error: read ResourceList: "},
		"two documents":             {head + "items: []\n---\n" + head + "items: []\n", "error: a second document begins"},
		"item without kind":         {head + "items:\n" + item + "- {apiVersion: v1, metadata: {name: b}}\n", "error: b: items[1] has no kind"},
		"not UTF-8":                 {head + "items: []\n# \xff\xfe\n", "error: the stream is not UTF-8 text"},
		"large":                     {head + "items:\n" + item + strings.Repeat("# "+strings.Repeat("x", 1<<20)+"\n", 100), "error: the stream has more than the 67108864 bytes"},
		"functionConfig of another": {head + "items: []\nfunctionConfig: {apiVersion: v1, kind: Service, metadata: {name: function-input}}\n", "the functionConfig is v1 Service, not otomi.io/v1alpha1 "},
	} {
		for _, f := range functions() {
			got := function(t, f, c.in)
			if got.code != 1 || !strings.Contains(got.stderr, c.want) {
				t.Errorf("%s, %s: exit code %d, stderr %q; want 1 and %q", f, name, got.code, got.stderr, c.want)
			}
			var list struct {
				Kind    string
				Items   *[]any
				Results []struct{ Message, Severity string }
			}
			if err := yaml.Unmarshal([]byte(got.stdout), &list); err != nil || list.Kind != "ResourceList" || list.Items == nil ||
				len(list.Results) != 1 || list.Results[0].Severity != "error" {
				t.Errorf("%s, %s: stdout is no list with an error result (%v):\n%s", f, name, err, got.stdout)
			}
		}
	}
}

// configMap is a ConfigMap item of files, as configMapGenerator makes it.
func configMap(t *testing.T, name, dir string, keep func(string) bool) string {
	t.Helper()
	data := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !keep(file) {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		data[strings.ReplaceAll(file, "/", "__")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": data,
		"metadata": map[string]any{"name": name, "annotations": map[string]string{"config.kubernetes.io/local-config": "true"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return "- " + strings.TrimSuffix(strings.ReplaceAll(string(text), "\n", "\n  "), "  ")
}

// pipeline runs the four functions with the example's functionConfigs on a list's items, as kpt does, and returns the items.
func pipeline(t *testing.T, items string) string {
	t.Helper()
	for _, f := range []string{"merge-values", "render-platform", "validate-manifests", "check-policies"} {
		config, err := os.ReadFile(filepath.Join(root(t), "examples", "kustomize-pipeline", f+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		got := function(t, f, head+"items:\n"+items+"functionConfig:\n  "+strings.ReplaceAll(string(config), "\n", "\n  "))
		if got.code != 0 {
			t.Fatalf("%s: exit code %d\n%s", f, got.code, got.stderr)
		}
		items = strings.TrimPrefix(got.stdout, head+"items:\n")
		items, _, _ = strings.Cut(items, "functionConfig:\n")
	}
	return items
}

// TestInPlace renders into the list that it reads, as kpt does into a package: again changes nothing, and what is switched off
// goes while what others wrote stays.
func TestInPlace(t *testing.T) {
	need(t, "merge-values", "render-platform", "validate-manifests", "check-policies", "kubectl-otomi")
	acme := filepath.Join(copyOf(t), "examples", "acme")
	values := func() string {
		return configMap(t, "acme-values", acme, func(f string) bool { return strings.HasPrefix(f, "env/") })
	}
	core := configMap(t, "acme-core", acme, regexp.MustCompile(`^(charts|platform|policies)/`).MatchString)
	byHand := "- apiVersion: v1\n  kind: ConfigMap # by hand\n  metadata:   {name: mine,   namespace: hello}\n  data: {a: \"b\"}\n"

	first := pipeline(t, values()+core+byHand)
	want := run(t, root(t), "", filepath.Join(root(t), "bin", "kubectl-otomi"), "template", "-C", acme, "--cluster", "dev")
	if diff := cmp.Diff(objects(t, want.stdout), rendered(t, first)); diff != "" {
		t.Errorf("objects of the plugin and of the functions (-plugin +functions):\n%s", diff)
	}
	if diff := cmp.Diff(first, pipeline(t, first)); diff != "" {
		t.Errorf("a second run changes something (-first +second):\n%s", diff)
	}

	edit(t, filepath.Join(acme, "env", "stages", "dev", "apps.yaml"), "apps:\n", "apps:\n  hello: {enabled: false}\n")
	second := pipeline(t, values()+core+strings.TrimPrefix(first, sources(t, first)))
	for id := range rendered(t, second) {
		if strings.Contains(id, "hello") {
			t.Errorf("%s is still there after its release was switched off", id)
		}
	}
	if len(rendered(t, second)) == 0 || !strings.Contains(second, "kind: ConfigMap # by hand\n") {
		t.Error("what is not the release's went too")
	}
}

// sources are the two ConfigMaps that a list of items begins with.
func sources(t *testing.T, items string) string {
	t.Helper()
	ends := regexp.MustCompile(`(?m)^- `).FindAllStringIndex(items, 3)
	if len(ends) < 3 {
		t.Fatalf("the list has %d items", len(ends))
	}
	return items[:ends[2][0]]
}

// rendered are the objects of a list that render-platform made.
func rendered(t *testing.T, items string) map[string]map[string]any {
	t.Helper()
	var text strings.Builder
	for _, item := range regexp.MustCompile(`(?m)^- `).Split(items, -1) {
		if strings.Contains(item, "otomi.io/rendered-by: acme-platform\n") {
			text.WriteString("---\n  " + item)
		}
	}
	return objects(t, text.String())
}
