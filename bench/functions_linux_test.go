package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// BenchmarkFunctions sends a stream of one item and one of ten thousand through each function, as a program and as a container
// where a docker or podman has the images that make images loads. What comes out is compared: a container has to return what the
// program does. The metrics are medians; MiB is the program's peak, image-MiB the image's size.
func BenchmarkFunctions(b *testing.B) {
	for _, f := range functions() {
		for _, n := range []int{1, 10_000} {
			b.Run(fmt.Sprintf("%s/items=%d", f.name, n), func(b *testing.B) {
				in := stream(b, f.config, append(items(b, n), f.inputs...))
				own := program(b, f.name)
				docker := images()
				var native, contained runs
				want := native.run(b, fed(in, own))
				for b.Loop() {
					native.run(b, fed(in, own))
					if docker == "" {
						continue
					}
					b.StopTimer()
					if got := contained.run(b, fed(in, docker, runImage(f.name)...)); !bytes.Equal(got, want) {
						b.Fatal("the container returns something else than the program")
					}
					b.StartTimer()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(native.wall(), "s")
				b.ReportMetric(native.cpu(), "cpu-s")
				b.ReportMetric(native.mib(), "MiB")
				if docker != "" {
					b.ReportMetric(contained.wall(), "container-s")
					b.ReportMetric(imageMiB(b, docker, f.name), "image-MiB")
				}
			})
		}
	}
}

// sample is a function with what it is to do.
type sample struct {
	name   string
	config map[string]any
	inputs []map[string]any
}

func functions() []sample {
	configMap := func(name string, data map[string]any) map[string]any {
		return local(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data})
	}
	values := local(map[string]any{
		"apiVersion": "otomi.io/v1alpha1", "kind": "Values", "metadata": map[string]any{"name": "merged"},
		"spec": map[string]any{"web": map[string]any{"replicas": 2}},
	})
	named := map[string]any{"name": "merged"}
	chart := configMap("web-chart", map[string]any{
		"Chart.yaml":         "apiVersion: v2\nname: web\nversion: 0.1.0\n",
		"templates__cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  replicas: {{ .Values.replicas | quote }}\n",
	})
	return []sample{
		{"merge-values", config("MergeValues", map[string]any{"layers": []any{map[string]any{"configMap": "files"}}}), []map[string]any{
			configMap("files", map[string]any{"a.yaml": "web: {replicas: 1}\n", "b.yaml": "web: {replicas: 2}\n"}),
		}},
		{"render-templates", config("RenderTemplates", map[string]any{
			"values": named, "templates": []any{map[string]any{"inline": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {n: \"{{ .Values.web.replicas }}\"}\n"}},
		}), []map[string]any{values}},
		{"render-charts", config("RenderCharts", map[string]any{
			"values": named, "kubeVersion": kubeVersion,
			"releases": []any{map[string]any{"name": "web", "namespace": "web", "chart": map[string]any{"configMap": "web-chart"}, "valuesPath": "web"}},
		}), []map[string]any{values, chart}},
		{"validate-values", config("ValidateValues", map[string]any{"values": named, "schema": map[string]any{"configMap": "schema", "key": "schema.yaml"}}), []map[string]any{
			values, configMap("schema", map[string]any{"schema.yaml": "properties: {web: {properties: {replicas: {type: integer}}}}\n"}),
		}},
		{"validate-manifests", config("ValidateManifests", map[string]any{"kubeVersion": "1.36"}), nil},
		{"check-policies", config("CheckPolicies", map[string]any{"policies": []any{"embedded"}, "preset": "privileged"}), nil},
	}
}

func config(kind string, spec map[string]any) map[string]any {
	return map[string]any{"apiVersion": "otomi.io/v1alpha1", "kind": kind, "metadata": map[string]any{"name": "bench"}, "spec": spec}
}

// local marks what only feeds functions.
func local(o map[string]any) map[string]any {
	o["metadata"].(map[string]any)["annotations"] = map[string]any{"config.kubernetes.io/local-config": "true"}
	return o
}

// items are the first n of the ten thousand objects.
func items(b *testing.B, n int) []map[string]any {
	b.Helper()
	dir := manifests(b, func(_ int, text string) string { return text })
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	var all []map[string]any
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		objects, findings := object.Parse(file, text)
		if findings.Failed() {
			b.Fatal(findings)
		}
		for _, o := range objects {
			if all = append(all, o.Object); len(all) == n {
				return all
			}
		}
	}
	b.Fatalf("there are %d objects", len(all))
	return nil
}

func stream(b *testing.B, config map[string]any, items []map[string]any) []byte {
	b.Helper()
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": config, "items": items,
	})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// fed is a command that reads the stream.
func fed(in []byte, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Stdin = bytes.NewReader(in)
	return cmd
}

// images is the docker or podman that has the functions' images; empty: none has.
func images() string {
	for _, program := range []string{"docker", "podman"} {
		if exec.Command(program, "image", "inspect", "ghcr.io/otomi/pipeline:dev").Run() == nil {
			return program
		}
	}
	return ""
}

// imageMiB is the size of a function's image.
func imageMiB(b *testing.B, docker, name string) float64 {
	b.Helper()
	out, err := exec.Command(docker, "image", "inspect", "-f", "{{.Size}}", "ghcr.io/otomi/"+name+":dev").Output()
	if err != nil {
		b.Fatal(err)
	}
	size, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	return size / (1 << 20)
}

// runImage are the arguments with which kustomize and kpt run a function.
func runImage(name string) []string {
	return []string{"run", "--rm", "-i", "--network", "none", "--user", "nobody", "--security-opt=no-new-privileges", "ghcr.io/otomi/" + name + ":dev"}
}
