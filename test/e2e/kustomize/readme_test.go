package kustomize

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// TestReadmes runs every function in the ways that its README shows, the program and the container under kustomize and kpt, with an
// example of the functionConfig that the README begins with: the objects are those of the example, or the build fails as it does.
func TestReadmes(t *testing.T) {
	need(t, append(functions(), "kustomize")...)
	running, err := os.ReadFile(filepath.Join("testdata", "running.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(root(t), "bin")+":"+os.Getenv("PATH"))
	for _, name := range functions() {
		readme, err := os.ReadFile(filepath.Join(root(t), "krm-functions", name, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.ReplaceAll(string(running), "NAME", name)
		if !strings.Contains(string(readme), shown) {
			t.Errorf("%s/README.md does not have testdata/running.md:\n%s", name, shown)
			continue
		}
		example := regexp.MustCompile(`\(examples/([a-z-]+)\) holds the ResourceList`).FindStringSubmatch(string(readme))
		if example == nil {
			t.Errorf("%s/README.md names no example", name)
			continue
		}
		commands := strings.Split(strings.TrimSpace(regexp.MustCompile("(?s)```sh\n(.*?)```").FindStringSubmatch(shown)[1]), "\n")
		for i, command := range commands {
			t.Run(fmt.Sprintf("%s/%d %s", name, i+1, strings.Fields(command)[0]), func(t *testing.T) {
				runsExample(t, name, example[1], command)
			})
		}
	}
}

// runsExample runs one command of a README on an example.
func runsExample(t *testing.T, name, example, command string) {
	t.Helper()
	dir := filepath.Join(root(t), "krm-functions", name, "examples", example)
	in, out := list(t, filepath.Join(dir, "in.yaml")), list(t, filepath.Join(dir, "out.yaml"))
	container := !strings.Contains(command, "exec")
	if container {
		engine(t)
	}
	pkg := t.TempDir()
	args := strings.Fields(strings.NewReplacer("DIR", pkg, "config.yaml", filepath.Join(pkg, "config.yaml"), "ghcr.io/otomi/"+name, "ghcr.io/otomi/"+name+":dev").Replace(command))
	lay(t, pkg, name, in, container, args[0] == "kustomize")
	if args[0] == "kpt" {
		kptVersion(t)
		args = append(args, "-o", "unwrap")
		if container {
			args = append(args, "--image-pull-policy", "never")
		}
	}
	got := run(t, pkg, "", args[0], args[1:]...)
	if slices.ContainsFunc(out.results, func(r *kyaml.RNode) bool { return r.Field("severity").Value.YNode().Value == "error" }) {
		if got.code == 0 || !strings.Contains(got.stderr, "error: ") {
			t.Errorf("exit code %d, %s; the example fails", got.code, got.stderr)
		}
		return
	}
	want, have := applied(t, out.text()), applied(t, got.stdout)
	sorted(want)
	sorted(have)
	if diff := cmp.Diff(want, have); got.code != 0 || diff != "" {
		t.Errorf("exit code %d\n%s\nobjects of the example and of %s (-want +got):\n%s", got.code, got.stderr, command, diff)
	}
}

// resourceList is an example's.
type resourceList struct {
	items, results []*kyaml.RNode
	config         *kyaml.RNode
}

func list(t *testing.T, file string) resourceList {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := kio.ByteReader{Reader: bytes.NewReader(data), OmitReaderAnnotations: true}
	items, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	l := resourceList{items: items, config: r.FunctionConfig}
	if r.Results != nil {
		if l.results, err = r.Results.Elements(); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l resourceList) text() string {
	var texts []string
	for _, item := range l.items {
		texts = append(texts, item.MustString())
	}
	return strings.Join(texts, "---\n")
}

// lay writes a list into a folder: the items a file each, the functionConfig as config.yaml, and what runs it on them.
func lay(t *testing.T, dir, name string, l resourceList, container, kustomize bool) {
	t.Helper()
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil { //nolint:gosec // for any user to read
			t.Fatal(err)
		}
	}
	var resources []string
	for i, item := range l.items {
		for _, key := range []string{"internal.config.kubernetes.io/path", "internal.config.kubernetes.io/index", "config.kubernetes.io/path", "config.kubernetes.io/index"} {
			if err := item.PipeE(kyaml.ClearAnnotation(key)); err != nil {
				t.Fatal(err)
			}
		}
		resources = append(resources, fmt.Sprintf("item-%02d.yaml", i))
		write(resources[i], item.MustString())
	}
	runtime, mutator := "exec: {path: "+name+"}", "exec: "+name
	if container {
		runtime, mutator = "container: {image: ghcr.io/otomi/"+name+":dev}", "image: ghcr.io/otomi/"+name+":dev"
	}
	annotations := map[string]string{"config.kubernetes.io/local-config": "true"}
	if kustomize {
		annotations["config.kubernetes.io/function"] = runtime
		write("kustomization.yaml", "resources: ["+strings.Join(resources, ", ")+"]\ntransformers: [config.yaml]\n")
	} else {
		write("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: example}\npipeline: {mutators: [{"+mutator+", configPath: config.yaml}]}\n")
	}
	if err := l.config.SetAnnotations(annotations); err != nil {
		t.Fatal(err)
	}
	write("config.yaml", l.config.MustString())
}
