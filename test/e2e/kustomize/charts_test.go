package kustomize

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestCharts builds examples/kustomize-charts: the objects of a chart in the stream and of one in a folder are Helm's, and those
// of the templates are there beside them.
func TestCharts(t *testing.T) {
	need(t, "helm", "render-charts", "render-templates")
	got := build(t, root(t), "kustomize-charts")
	if got.code != 0 {
		t.Fatalf("kustomize build: exit code %d\n%s", got.code, got.stderr)
	}
	charts, templates := map[string]map[string]any{}, map[string]map[string]any{}
	for id, o := range objects(t, got.stdout) {
		if unmark(o) == "" {
			t.Errorf("%s does not say where it comes from", id)
		}
		if strings.HasPrefix(id, "ResourceQuota/") || strings.HasPrefix(id, "Namespace/") {
			templates[id] = o
		} else {
			charts[id] = o
		}
	}
	if diff := cmp.Diff(fromHelm(t), charts); diff != "" {
		t.Errorf("objects of Helm and of kustomize (-helm +kustomize):\n%s", diff)
	}
	quota := func(team, cpu string) map[string]any {
		return map[string]any{
			"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "quota", "namespace": team},
			"spec": map[string]any{"hard": map[string]any{"limits.cpu": cpu}},
		}
	}
	want := map[string]map[string]any{
		"ResourceQuota/team-a/quota": quota("team-a", "16"), "ResourceQuota/team-b/quota": quota("team-b", "8"),
		"Namespace/team-b": {"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "team-b"}},
		"Namespace/team-a": {"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "team-a", "annotations": map[string]any{"example.com/cluster": "prod"}}},
	}
	if diff := cmp.Diff(want, templates); diff != "" {
		t.Errorf("objects of the templates (-want +got):\n%s", diff)
	}
	if again := build(t, root(t), "kustomize-charts"); again.stdout != got.stdout {
		t.Errorf("a second build differs (-first +second):\n%s", cmp.Diff(got.stdout, again.stdout))
	}
}

// fromHelm are the objects of the example's releases as Helm renders them, in the namespace that Helm fills in at install.
func fromHelm(t *testing.T) map[string]map[string]any {
	t.Helper()
	const example = "examples/kustomize-charts/"
	all, prod := nested(t, example+"values/all.yaml"), nested(t, example+"values/prod.yaml")
	found := map[string]map[string]any{}
	for _, r := range [][]string{
		{"web", example + "web", "-n", "team-a", "-f", all, "-f", prod},
		{"preview", example + "web", "-n", "team-b", "-f", all, "-f", prod, "--set", "replicas=1,image.tag=1.5.0-rc.1"},
		{"hello", "charts/hello", "-n", "team-a"},
	} {
		args := append([]string{"template", "--include-crds", "--skip-tests", "--kube-version", "1.35"}, r...)
		helm := run(t, root(t), "", filepath.Join(root(t), "bin", "helm"), args...)
		if helm.code != 0 {
			t.Fatalf("helm %v: %s", args, helm.stderr)
		}
		for _, o := range objects(t, helm.stdout) {
			metadata, _ := o["metadata"].(map[string]any)
			metadata["namespace"] = r[3]
			u := object.Object{Unstructured: &unstructured.Unstructured{Object: o}}
			found[u.ID().String()] = o
		}
	}
	return found
}

// nested is a file of the values at apps.web.
func nested(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	_, below, _ := strings.Cut(string(text), "  web:\n")
	for line := range strings.Lines(below) {
		if rest, inside := strings.CutPrefix(line, "    "); inside {
			lines = append(lines, rest)
		}
	}
	name := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// unmark takes otomi's marks off an object, and returns its source.
func unmark(o map[string]any) string {
	metadata, _ := o["metadata"].(map[string]any)
	source := ""
	for _, field := range []string{"labels", "annotations"} {
		marks, _ := metadata[field].(map[string]any)
		for key := range marks {
			if key == object.SourceKey {
				source, _ = marks[key].(string)
			}
			if strings.HasPrefix(key, "otomi.io/") {
				delete(marks, key)
			}
		}
		if len(marks) == 0 {
			delete(metadata, field)
		}
	}
	return source
}

// TestPackedChart gives the chart as the archive that Helm packs: kustomize hands it on as binaryData.
func TestPackedChart(t *testing.T) {
	need(t, "helm", "kustomize", "merge-values", "render-charts", "render-templates")
	dir := copyOf(t)
	example := filepath.Join(dir, "examples", "kustomize-charts")
	before := build(t, dir, "kustomize-charts")
	if packed := run(t, example, "", filepath.Join(root(t), "bin", "helm"), "package", "web"); packed.code != 0 {
		t.Fatal(packed.stderr)
	}
	file := filepath.Join(example, "kustomization.yaml")
	edit(t, file, "      - Chart.yaml=web/Chart.yaml\n", "      - chart.tgz=web-1.0.0.tgz\n")
	for _, line := range []string{"values.yaml=web/values.yaml", "templates___helpers.tpl=web/templates/_helpers.tpl", "templates__deployment.yaml=web/templates/deployment.yaml", "templates__service.yaml=web/templates/service.yaml"} {
		edit(t, file, "      - "+line+"\n", "")
	}
	edit(t, filepath.Join(example, "render-charts.yaml"), "chart: ./web\n", "chart: ./web-1.0.0.tgz\n")
	after := build(t, dir, "kustomize-charts")
	if diff := cmp.Diff(before.stdout, after.stdout); before.code+after.code != 0 || before.stdout == "" || diff != "" {
		t.Errorf("exit codes %d and %d, %s; the packed chart differs (-folder +packed):\n%s", before.code, after.code, after.stderr, diff)
	}
}

// TestGenerators uses the functions where kustomize gives them no stream but their own functionConfig.
func TestGenerators(t *testing.T) {
	need(t, "kustomize", "render-charts", "render-templates")
	dir := t.TempDir()
	config := func(kind, program, spec string) string {
		return "apiVersion: otomi.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./" + program + "}'}}\nspec: " + spec + "\n"
	}
	for name, text := range map[string]string{
		"kustomization.yaml": "generators: [charts.yaml, templates.yaml]\n",
		"charts.yaml":        config("RenderCharts", "render-charts", "{releases: [{name: hello, namespace: x, chart: hello}]}"),
		"templates.yaml":     config("RenderTemplates", "render-templates", "{templates: [{inline: '{apiVersion: v1, kind: Namespace, metadata: {name: x}}'}]}"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"render-charts", "render-templates"} {
		if err := os.Symlink(filepath.Join(root(t), "bin", f), filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	built := run(t, dir, "", filepath.Join(root(t), "bin", "kustomize"), "build", ".", "--enable-alpha-plugins", "--enable-exec")
	got := objects(t, built.stdout)
	if built.code != 0 || len(got) != 4 || got["Namespace/x"] == nil || got["Deployment/x/hello"] == nil {
		t.Errorf("exit code %d, %s\n%s", built.code, built.stderr, built.stdout)
	}
}
