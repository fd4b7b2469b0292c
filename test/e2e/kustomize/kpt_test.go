package kustomize

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the files of examples/acme into the kpt packages anew")

const packages = "examples/kpt-pipeline"

// TestKptPackages holds the files in the packages to those of examples/acme.
func TestKptPackages(t *testing.T) {
	acme := os.DirFS(filepath.Join(root(t), "examples", "acme"))
	for name, folders := range map[string][]string{
		"acme-values": {"env"}, "acme-core": {"charts/website", "platform", "policies"},
	} {
		data := map[string]string{}
		for _, folder := range folders {
			err := fs.WalkDir(acme, folder, func(file string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || strings.HasPrefix(path.Base(file), "secrets.") || strings.HasSuffix(file, "_test.rego") || file == "platform/platform.yaml" {
					return err
				}
				text, err := fs.ReadFile(acme, file)
				data[strings.ReplaceAll(file, "/", "__")] = string(text)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		text, err := yaml.Marshal(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": name, "annotations": map[string]string{"config.kubernetes.io/local-config": "true"}},
			"data":     data,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range []string{"exec", "container"} {
			file := filepath.Join(root(t), packages, pkg, name+".yaml")
			if *update {
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, text) {
				t.Errorf("%s is not what examples/acme holds: go test ./test/e2e/kustomize -run TestKptPackages -update (%v)", file, err)
			}
		}
	}
}

// way is how a package is rendered in place.
type way func(t *testing.T, dir, pkg string)

// TestKptRender renders the packages in place: the same objects as the plugin's, a second run that changes nothing, and files
// that go with the release that is disabled. It runs kpt where there is one, and always what kpt does, as far as it matters here:
// every YAML file of the package is an item, and each step gets what the one before it returned.
func TestKptRender(t *testing.T) {
	ways := map[string]way{"as-kpt-does": asKptDoes, "kpt": kpt}
	for name, render := range ways {
		for _, pkg := range []string{"exec", "container"} {
			t.Run(name+"/"+pkg, func(t *testing.T) {
				if pkg == "container" {
					engine(t)
				}
				dir := copyOf(t)
				at := filepath.Join(dir, packages, pkg)
				before := files(t, at)
				render(t, dir, pkg)
				want := run(t, root(t), "", filepath.Join(root(t), "bin", "kubectl-otomi"), "template", "-C", "examples/acme", "--cluster", "dev")
				first := files(t, at)
				if diff := cmp.Diff(objects(t, want.stdout), objects(t, added(before, first))); want.code != 0 || diff != "" {
					t.Fatalf("objects of the plugin (exit code %d) and of kpt (-plugin +kpt):\n%s", want.code, diff)
				}
				render(t, dir, pkg)
				if diff := cmp.Diff(first, files(t, at)); diff != "" {
					t.Errorf("a second run changes something:\n%s", diff)
				}
				edit(t, filepath.Join(at, "acme-values.yaml"), "      website:\n", "      website:\n        enabled: false\n")
				render(t, dir, pkg)
				if all := added(before, files(t, at)); strings.Contains(all, "otomi.io/release: website") || len(objects(t, all)) < 10 {
					t.Error("the files of a disabled release are still there, or all are gone")
				}
			})
		}
	}
}

// files are the files of a package by their names.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		all[strings.TrimPrefix(file, dir)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// added are the manifests that came to a package, as one stream.
func added(before, after map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, own := before[name]; !own && !strings.Contains(after[name], "\nkind: Values\n") {
			all = append(all, after[name])
		}
	}
	return strings.Join(all, "\n---\n")
}

func kpt(t *testing.T, dir, pkg string) {
	t.Helper()
	kptVersion(t)
	args := map[string][]string{"exec": {"--allow-exec"}, "container": {"--image-pull-policy", "never"}}
	if got := run(t, dir, "", "kpt", append([]string{"fn", "render", filepath.Join(packages, pkg)}, args[pkg]...)...); got.code != 0 {
		t.Fatalf("kpt fn render: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// kptVersion skips a test where there is no kpt, which is no Go module, so that nothing here can build it.
func kptVersion(t *testing.T) {
	t.Helper()
	version, err := exec.Command("kpt", "version").Output()
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: kpt is no Go module and not on PATH")
	}
	t.Logf("kpt %s", version)
}

// asKptDoes takes a package through the steps of its Kptfile.
func asKptDoes(t *testing.T, dir, pkg string) {
	t.Helper()
	at := filepath.Join(dir, packages, pkg)
	text, err := os.ReadFile(filepath.Join(at, "Kptfile"))
	if err != nil {
		t.Fatal(err)
	}
	type step struct{ Exec, Image, ConfigPath string }
	var kptfile struct {
		Pipeline struct{ Mutators, Validators []step }
	}
	if err := yaml.UnmarshalStrict(text, &kptfile, yaml.DisallowUnknownFields); err != nil && len(kptfile.Pipeline.Mutators) == 0 {
		t.Fatal(err)
	}
	store := &kio.LocalPackageReadWriter{PackagePath: at, MatchFilesGlob: append([]string{"Kptfile"}, kio.DefaultMatch...)}
	items, err := store.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range kptfile.Pipeline.Mutators {
		items = take(t, dir, items, s.Exec, s.Image, s.ConfigPath)
	}
	for _, s := range kptfile.Pipeline.Validators {
		take(t, dir, items, s.Exec, s.Image, s.ConfigPath)
	}
	if err := store.Write(items); err != nil {
		t.Fatal(err)
	}
}

// take sends items through one function.
func take(t *testing.T, dir string, items []*kyaml.RNode, program, image, config string) []*kyaml.RNode {
	t.Helper()
	var functionConfig *kyaml.RNode
	for _, item := range items {
		if item.GetAnnotations()[kioutil.PathAnnotation] == config {
			functionConfig = item
		}
	}
	if functionConfig == nil {
		t.Fatalf("the package has no %s", config)
	}
	var in bytes.Buffer
	w := kio.ByteWriter{Writer: &in, KeepReaderAnnotations: true, WrappingAPIVersion: kio.ResourceListAPIVersion, WrappingKind: kio.ResourceListKind, FunctionConfig: functionConfig}
	if err := w.Write(items); err != nil {
		t.Fatal(err)
	}
	var got result
	if image != "" {
		got = contained(t, engine(t), strings.TrimSuffix(strings.TrimPrefix(image, "ghcr.io/otomi/"), ":dev"), in.String())
	} else {
		got = run(t, dir, in.String(), filepath.Join(dir, program))
	}
	if got.code != 0 {
		t.Fatalf("%s%s: exit code %d\n%s", program, image, got.code, got.stderr)
	}
	out, err := (&kio.ByteReader{Reader: strings.NewReader(got.stdout), OmitReaderAnnotations: true}).Read()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
