package kustomize

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/kio"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestSixWays is the guard of the functions: however examples/acme is rendered for its cluster dev, the same objects come out,
// and in the same order where the tool that runs the functions keeps one. kpt sorts by kind; there the runlevels on the objects
// say the order.
func TestSixWays(t *testing.T) {
	need(t, "kubectl-otomi", "pipeline", "kustomize", "merge-values", "render-platform", "validate-manifests", "check-policies")
	template := []string{"bin/kubectl-otomi", "template", "-C", "examples/acme", "--cluster", "dev"}
	want := applied(t, command(t, template...))
	if len(want) < 20 {
		t.Fatalf("kubectl otomi template prints %d objects; the comparison would prove little", len(want))
	}
	for _, way := range []struct {
		name   string
		sorts  bool
		render func(t *testing.T) string
	}{
		{"1 the plugin", false, func(t *testing.T) string { return command(t, template...) }},
		{"2 the pipeline function", false, byPipeline},
		{"3 programs under kustomize", false, func(t *testing.T) string {
			return command(t, "bin/kustomize", "build", "examples/kustomize-pipeline", "--enable-alpha-plugins", "--enable-exec", "--load-restrictor", "LoadRestrictionsNone")
		}},
		{"4 a container under kustomize", false, func(t *testing.T) string {
			engine(t)
			return command(t, "bin/kustomize", "build", "examples/kustomize-pipeline/container", "--enable-alpha-plugins", "--load-restrictor", "LoadRestrictionsNone")
		}},
		{"5 programs under kpt", true, func(t *testing.T) string {
			kptVersion(t)
			return command(t, "kpt", "fn", "render", packages+"/exec", "--allow-exec", "-o", "unwrap")
		}},
		{"6 a container under kpt", true, func(t *testing.T) string {
			kptVersion(t)
			engine(t)
			return command(t, "kpt", "fn", "render", packages+"/container", "--image-pull-policy", "never", "-o", "unwrap")
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			want, got := slices.Clone(want), applied(t, way.render(t))
			if way.sorts {
				sorted(want)
				sorted(got)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects of the plugin and of %s (-want +got):\n%s", way.name, diff)
			}
		})
	}
}

// command runs a program of the repository at its root, and returns what it prints.
func command(t *testing.T, args ...string) string {
	t.Helper()
	program := args[0]
	if strings.HasPrefix(program, "bin/") {
		program = filepath.Join(root(t), filepath.FromSlash(program))
	}
	got := run(t, root(t), "", program, args[1:]...)
	if got.code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got.stdout
}

// byPipeline sends the files of a package through the function alone, and returns the items that come back.
func byPipeline(t *testing.T) string {
	t.Helper()
	read := func(file string) string {
		text, err := os.ReadFile(filepath.Join(root(t), packages, "container", file))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(strings.TrimSuffix(string(text), "\n"), "\n", "\n  ")
	}
	got := function(t, "pipeline", head+"items:\n- "+read("acme-values.yaml")+"\n- "+read("acme-core.yaml")+"\nfunctionConfig:\n  "+read("pipeline.yaml")+"\n")
	if got.code != 0 {
		t.Fatalf("pipeline: exit code %d\n%s", got.code, got.stderr)
	}
	items, err := (&kio.ByteReader{Reader: strings.NewReader(got.stdout), OmitReaderAnnotations: true}).Read()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, item := range items {
		texts = append(texts, item.MustString())
	}
	return strings.Join(texts, "---\n")
}

// rendering is an object as apply takes it.
type rendering struct {
	ID      object.ID
	Content map[string]any
}

// applied are the objects that apply takes of a stream, in its order.
func applied(t *testing.T, text string) []rendering {
	t.Helper()
	all, findings := object.ParseGiven("stdout", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	contents := objects(t, text)
	var taken []rendering
	for _, o := range all {
		if o.ID().Group != "otomi.io" {
			taken = append(taken, rendering{o.ID(), contents[o.ID().String()]})
		}
	}
	return taken
}

func sorted(objects []rendering) {
	slices.SortFunc(objects, func(a, b rendering) int { return a.ID.Compare(b.ID) })
}
