package bench

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// BenchmarkFunctions sends a stream of one item and one of ten thousand through each function, as a program and as a container
// where a docker or podman has the images that make images loads. What comes out is compared: a container has to return what the
// program does. The metrics are medians; MiB is the program's peak.
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
				}
			})
		}
	}
}

// BenchmarkPipeline renders and checks a platform of five hundred objects: by the function in one container, by the same
// function as a program, and by the plugin, which has less to do since it need not print the objects (x-plugin is the program's
// time in relation to it). kpt, where it is on PATH, runs the steps as functions of their own and as one.
func BenchmarkPipeline(b *testing.B) {
	dir := installation(b, smallReleases(167))
	plugin := func() *exec.Cmd {
		return exec.Command(program(b, "kubectl-otomi"), "validate", "-C", dir)
	}
	in := stream(b, pipelineConfig(), packed(b, dir))
	own, docker := program(b, "pipeline"), images()
	var native, contained, plain, separate, single runs
	out := native.run(b, fed(in, own))
	rendered := strings.Count(string(out), object.RenderedByKey+": ")
	if rendered < 500 {
		b.Fatalf("the platform has %d objects", rendered)
	}
	pkg := kptPackages(b, dir)
	for b.Loop() {
		native.run(b, fed(in, own))
		b.StopTimer()
		plain.run(b, plugin())
		if docker != "" {
			if got := contained.run(b, fed(in, docker, runImage("pipeline")...)); !bytes.Equal(got, out) {
				b.Fatal("the container returns something else than the program")
			}
		}
		if onPath("kpt") == "" {
			for how, r := range map[string]*runs{"separate": &separate, "single": &single} {
				r.run(b, exec.Command("kpt", "fn", "render", filepath.Join(pkg, how), "--allow-exec", "-o", "unwrap"))
			}
		}
		b.StartTimer()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(rendered), "objects")
	b.ReportMetric(native.wall(), "s")
	b.ReportMetric(native.cpu(), "cpu-s")
	b.ReportMetric(native.mib(), "MiB")
	b.ReportMetric(plain.wall(), "plugin-s")
	b.ReportMetric(plain.cpu(), "plugin-cpu-s")
	b.ReportMetric(native.wall()/plain.wall(), "x-plugin")
	b.ReportMetric(native.cpu()/plain.cpu(), "x-plugin-cpu")
	if docker != "" {
		b.ReportMetric(contained.wall(), "container-s")
	}
	if len(single) > 0 {
		b.ReportMetric(separate.wall(), "kpt-steps-s")
		b.ReportMetric(single.wall(), "kpt-pipeline-s")
	}
}

// smallReleases are releases of the small charts alone.
func smallReleases(n int) []release {
	var all []release
	for _, r := range releases(n * 2) {
		if r.chart != "observe" && len(all) < n {
			all = append(all, r)
		}
	}
	return all
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

func pipelineConfig() map[string]any {
	core := []any{map[string]any{"configMap": "core"}}
	return config("Pipeline", map[string]any{"steps": pipelineSteps(core)})
}

func pipelineSteps(core []any) []any {
	named := map[string]any{"name": "merged"}
	step := func(kind string, spec map[string]any) any { return map[string]any{"kind": kind, "spec": spec} }
	return []any{
		step("MergeValues", map[string]any{
			"core": core, "cluster": map[string]any{"name": "bench", "kubeVersion": kubeVersion}, "layers": []any{map[string]any{"configMap": "values"}},
			"output": named,
		}),
		step("RenderPlatform", map[string]any{"values": named, "core": core}),
		step("ValidateManifests", map[string]any{"kubeVersion": "1.33"}),
		step("CheckPolicies", map[string]any{"policies": core, "values": named}),
	}
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

// packed is an installation as ConfigMaps: the layers, and the core.
func packed(b *testing.B, dir string) []map[string]any {
	b.Helper()
	data := map[string]map[string]any{"values": {}, "core": {}}
	for name, folders := range map[string][]string{"values": {"env"}, "core": {"charts", "platform"}} {
		for _, folder := range folders {
			err := filepath.WalkDir(filepath.Join(dir, folder), func(file string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || strings.Contains(file, "/observe/") {
					return err
				}
				text, err := os.ReadFile(file)
				key := strings.ReplaceAll(strings.TrimPrefix(file, dir+"/"), "/", "__")
				data[name][key] = string(text)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	var all []map[string]any
	for _, name := range []string{"values", "core"} {
		all = append(all, local(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data[name]}))
	}
	return all
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

// runImage are the arguments with which kustomize and kpt run a function.
func runImage(name string) []string {
	return []string{"run", "--rm", "-i", "--network", "none", "--user", "nobody", "--security-opt=no-new-privileges", "ghcr.io/otomi/" + name + ":dev"}
}

// kptPackages are the installation as two packages: with the steps as functions, and with the pipeline.
func kptPackages(b *testing.B, installed string) string {
	b.Helper()
	dir := b.TempDir()
	core := []any{map[string]any{"configMap": "core"}}
	steps := map[string]map[string]any{}
	for i, s := range pipelineSteps(core) {
		s := s.(map[string]any)
		name := []string{"merge-values", "render-platform", "validate-manifests", "check-policies"}[i]
		steps[name] = config(s["kind"].(string), s["spec"].(map[string]any))
	}
	for how, functions := range map[string][]string{"separate": {"merge-values", "render-platform", "validate-manifests", "check-policies"}, "single": {"pipeline"}} {
		kptfile := "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: bench}\npipeline:\n  mutators:\n"
		for _, name := range functions {
			kptfile += fmt.Sprintf("    - {exec: %s, configPath: %s.yaml}\n", program(b, name), name)
			c := steps[name]
			if name == "pipeline" {
				c = pipelineConfig()
			}
			put(b, dir, how+"/"+name+".yaml", encoded(b, local(c)))
		}
		put(b, dir, how+"/Kptfile", kptfile)
		for i, item := range packed(b, installed) {
			put(b, dir, fmt.Sprintf("%s/item%d.yaml", how, i), encoded(b, item))
		}
	}
	return dir
}
