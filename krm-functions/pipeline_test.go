package functions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kustomization = "../examples/kustomize-pipeline"

// acme is the stream that kustomize makes of the example's ConfigMaps, and the functionConfigs of its transformers.
func acme(t *testing.T) (items []any, configs []map[string]any) {
	t.Helper()
	var k struct {
		Generators []struct {
			Name  string
			Files []string
		} `json:"configMapGenerator"`
		Transformers []string
	}
	load(t, filepath.Join(kustomization, "kustomization.yaml"), &k)
	for _, g := range k.Generators {
		data := map[string]string{}
		for _, f := range g.Files {
			key, file, _ := strings.Cut(f, "=")
			text, err := os.ReadFile(filepath.Join(kustomization, file))
			if err != nil {
				t.Fatal(err)
			}
			data[key] = string(text)
		}
		items = append(items, map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "data": data,
			"metadata": map[string]any{"name": g.Name, "annotations": map[string]string{"config.kubernetes.io/local-config": "true"}},
		})
	}
	for _, file := range k.Transformers {
		var config map[string]any
		load(t, filepath.Join(kustomization, file), &config)
		configs = append(configs, config)
	}
	if len(items) == 0 || len(configs) < 4 {
		t.Fatalf("the example has %d ConfigMaps and %d transformers", len(items), len(configs))
	}
	return items, configs
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// list is what a function wrote, as the text of its items and its results.
type list struct{ items, results string }

// oneByOne runs each functionConfig's function on what the one before it wrote, until one fails, as orchestrators do. Of what a
// run that failed wrote, the results count only.
func oneByOne(t *testing.T, items string, configs []map[string]any) (l list, code int, stderr string) {
	t.Helper()
	l.items = items
	for _, config := range configs {
		ran, c, said := call(t, l.items, config)
		code, stderr = c, stderr+said
		l.results += ran.results
		if c != 0 {
			l.items = items
			break
		}
		l.items = ran.items
	}
	return l, code, stderr
}

// call runs the function of a functionConfig.
func call(t *testing.T, items string, config map[string]any) (l list, code int, stderr string) {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"functionConfig": config})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions() {
		if f.Kind != config["kind"] {
			continue
		}
		var o, e bytes.Buffer
		code := krm.Run(t.Context(), f, krm.Process{In: strings.NewReader(items + string(text)), Out: &o, Err: &e})
		l.items, l.results, _ = strings.Cut(o.String(), "\nfunctionConfig:\n")
		_, l.results, _ = strings.Cut(l.results, "results:\n")
		l.items += "\n"
		return l, code, e.String()
	}
	t.Fatalf("there is no function of kind %v", config["kind"])
	return l, 0, ""
}

// TestPipeline holds the pipeline to its steps one by one: items, annotations, order, results, what is said, and the exit code.
func TestPipeline(t *testing.T) {
	items, configs := acme(t)
	pod := func(image string) map[string]any {
		return map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": "mine", "namespace": "team-shop", "annotations": map[string]string{"internal.config.kubernetes.io/path": "mine.yaml"}},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "a", "image": image, "nope": 1}}},
		}
	}
	service := map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "none", "namespace": "team-shop"},
		"spec": map[string]any{"selector": map[string]string{"app": "none"}, "ports": []any{map[string]any{"port": 80}}},
	}
	for name, c := range map[string]struct {
		more []any
		code int
		said string
	}{
		"acme":                     {nil, 0, ""},
		"a step warns":             {[]any{service}, 0, "warning: "},
		"a step before last fails": {[]any{pod("a:latest")}, 1, "mine.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := yaml.Marshal(append(items[:len(items):len(items)], c.more...))
			if err != nil {
				t.Fatal(err)
			}
			in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + string(text)
			want, wantCode, wantErr := oneByOne(t, in, configs)
			var steps []any
			for _, config := range configs {
				steps = append(steps, map[string]any{"kind": config["kind"], "name": config["metadata"].(map[string]any)["name"], "spec": config["spec"]})
			}
			got, code, stderr := call(t, in, map[string]any{
				"apiVersion": krm.APIVersion, "kind": "Pipeline", "metadata": map[string]any{"name": "acme"}, "spec": map[string]any{"steps": steps},
			})
			if code != c.code || wantCode != c.code || !strings.Contains(stderr, c.said) {
				t.Fatalf("exit code %d, one by one %d, want %d; stderr %s", code, wantCode, c.code, stderr)
			}
			if c.code == 0 && strings.Count(got.items, "\n- ") < 20 {
				t.Fatalf("the platform has only the items\n%s", got.items)
			}
			for what, pair := range map[string][2]string{"items": {want.items, got.items}, "results": {want.results, got.results}, "stderr": {wantErr, stderr}} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s (-one by one +pipeline):\n%s", what, diff)
				}
			}
		})
	}
}
