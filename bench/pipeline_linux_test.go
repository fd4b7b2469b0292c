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

	"github.com/otomi/kubectl-otomi/internal/object"
)

// What the pipeline may take for a platform of five hundred objects: seconds in a container, its start included, and its time
// in relation to the plugin's.
const (
	mostSeconds = 1.0
	mostPlugin  = 1.5
)

// BenchmarkPipeline renders and checks a platform of five hundred objects: by the function in one container, by the same
// function as a program, and by the plugin, which has less to do since it need not print the objects (x-plugin is the program's
// time in relation to it, x-plugin-cpu the processor's, which tells more on a busy machine). kpt and kustomize, where they are
// on PATH, run the steps as functions of their own and as one. What is beyond a limit is said.
func BenchmarkPipeline(b *testing.B) {
	dir := installation(b, smallReleases(167))
	in := stream(b, pipelineConfig(), packed(b, dir))
	docker := images()
	all := map[string]*runs{}
	run := func(name string, cmd *exec.Cmd) []byte {
		if all[name] == nil {
			all[name] = &runs{}
		}
		return all[name].run(b, cmd)
	}
	native := func() []byte { return run("", fed(in, program(b, "pipeline"))) }
	out := native()
	objects := checked(out)
	if objects < 500 {
		b.Fatalf("the platform has %d objects", objects)
	}
	peers := orchestrators(b, dir)
	for b.Loop() {
		native()
		b.StopTimer()
		run("plugin-", exec.Command(program(b, "kubectl-otomi"), "validate", "-C", dir))
		if docker != "" && !bytes.Equal(run("container-", fed(in, docker, runImage("pipeline")...)), out) {
			b.Fatal("the container returns something else than the program")
		}
		for name, args := range peers {
			if got := run(name, exec.Command(args[0], args[1:]...)); checked(got) != objects {
				b.Fatalf("%v makes other objects", args)
			}
		}
		b.StartTimer()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(objects), "objects")
	for name, r := range all {
		b.ReportMetric(r.wall(), name+"s")
	}
	own, plugin := all[""], all["plugin-"]
	b.ReportMetric(own.mib(), "MiB")
	b.ReportMetric(own.cpu(), "cpu-s")
	b.ReportMetric(plugin.cpu(), "plugin-cpu-s")
	b.ReportMetric(own.cpu()/plugin.cpu(), "x-plugin-cpu")
	limited(b, "x-plugin", own.wall()/plugin.wall(), mostPlugin)
	if docker != "" {
		limited(b, "container-s", all["container-"].wall(), mostSeconds)
	}
}

// checked counts the objects that the last step has marked.
func checked(list []byte) int { return bytes.Count(list, []byte(object.LabelChecked+": ")) }

// limited reports a metric, and says so where it is beyond what it may be.
func limited(b *testing.B, name string, value, most float64) {
	b.Helper()
	b.ReportMetric(value, name)
	if value > most {
		b.Logf("%s is %.2f, more than the limit of %.1f", name, value, most)
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

// orchestrators are the commands, by the names of their metrics, with which kpt and kustomize run an installation's steps: as
// functions of their own, and as one.
func orchestrators(b *testing.B, installed string) map[string][]string {
	b.Helper()
	dir := b.TempDir()
	configs := map[string]map[string]any{"pipeline": pipelineConfig()}
	separate := []string{"merge-values", "render-platform", "validate-manifests", "check-policies"}
	for i, s := range pipelineSteps([]any{map[string]any{"configMap": "core"}}) {
		s := s.(map[string]any)
		configs[separate[i]] = config(s["kind"].(string), s["spec"].(map[string]any))
	}
	commands := map[string][]string{}
	for how, functions := range map[string][]string{"steps": separate, "pipeline": {"pipeline"}} {
		items := ""
		for i, item := range packed(b, installed) {
			items += fmt.Sprintf("\n- item%d.yaml", i)
			for _, tool := range []string{"kpt", "kustomize"} {
				put(b, dir, fmt.Sprintf("%s-%s/item%d.yaml", tool, how, i), encoded(b, item))
			}
		}
		kptfile := "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: bench}\npipeline:\n  mutators:"
		kustomization := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsortOptions: {order: fifo}\nresources:" + items + "\ntransformers:"
		for _, name := range functions {
			kptfile += fmt.Sprintf("\n  - {exec: %s, configPath: %s.yaml}", program(b, name), name)
			kustomization += "\n- " + name + ".yaml"
			put(b, dir, "kpt-"+how+"/"+name+".yaml", encoded(b, local(configs[name])))
			configs[name]["metadata"].(map[string]any)["annotations"] = map[string]any{"config.kubernetes.io/function": "exec: {path: " + program(b, name) + "}"}
			put(b, dir, "kustomize-"+how+"/"+name+".yaml", encoded(b, configs[name]))
		}
		put(b, dir, "kpt-"+how+"/Kptfile", kptfile+"\n")
		put(b, dir, "kustomize-"+how+"/kustomization.yaml", kustomization+"\n")
		if onPath("kpt") == "" {
			commands["kpt-"+how+"-"] = []string{"kpt", "fn", "render", filepath.Join(dir, "kpt-"+how), "--allow-exec", "-o", "unwrap"}
		}
		if onPath("kustomize") == "" {
			commands["kustomize-"+how+"-"] = []string{"kustomize", "build", "--enable-alpha-plugins", "--enable-exec", filepath.Join(dir, "kustomize-"+how)}
		}
	}
	return commands
}
