package manifest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

func TestSize(t *testing.T) {
	large := func(kind, field string, n int) object.Object {
		return object.Object{Unstructured: &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "a", "namespace": "b"},
			field: map[string]any{"a": strings.Repeat("AAAA", n/4)},
		}}}
	}
	for name, c := range map[string]struct {
		object object.Object
		want   string
	}{
		"a mebibyte":           {object: large("ConfigMap", "data", 1<<20)},
		"more":                 {large("ConfigMap", "data", 1<<20+4), "the values take 1048580 bytes"},
		"a secret in base64":   {object: large("Secret", "data", 1<<20/3*4)},
		"a larger secret":      {large("Secret", "data", 1<<20/3*4+8), "the values take 1048581 bytes"},
		"fifty mebibytes":      {large("ConfigMap", "data", 50<<20), "the values take 52428800 bytes"},
		"what etcd refuses":    {large("ServiceAccount", "metadata", 1<<21), "more than the 1572864 that etcd takes"},
		"what nobody reads":    {large("ServiceAccount", "metadata", 1<<22), "more than the 3145728 that the API server reads"},
		"stringData of a kind": {large("Secret", "stringData", 1<<20+4), "the values take 1048580 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, f := range manifest.Check(context.Background(), []object.Object{c.object}, manifest.Options{}) {
				if f.Rule == "too-large" {
					got += f.Message
				}
			}
			if got == "" != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("Check says %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnnotationsSize(t *testing.T) {
	for n, want := range map[int]int{256<<10 - 3: 0, 256<<10 - 2: 1} {
		o := parse(t, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations: {big: "+strings.Repeat("x", n)+"}\n")
		if got := manifest.Check(context.Background(), o, manifest.Options{}); len(got) != want || want > 0 && got[0].Rule != "annotations-size" {
			t.Errorf("Check of %d bytes = %v", n, got)
		}
	}
}

// TestSecretLines: the line that a finding shows may hold the value.
func TestSecretLines(t *testing.T) {
	for kind, want := range map[string]bool{"Secret": true, "ConfigMap": false} {
		for _, f := range manifest.Check(context.Background(), parse(t, "apiVersion: v1\nkind: "+kind+"\nmetadata: {name: a, namespace: b}\ndata: {a: 5}\n"), manifest.Options{}) {
			if f.Quiet != want {
				t.Errorf("%s: a finding with Quiet %v: %v", kind, f.Quiet, f)
			}
		}
	}
}

func TestNamespace(t *testing.T) {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec: {}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: c}\n"
	got := manifest.Check(context.Background(), parse(t, text), manifest.Options{})
	want := "m.yaml:3:1: ConfigMap/a: metadata.namespace: 2 objects have no namespace (they go to the namespace that is current when they are applied)"
	if len(got) != 1 || got[0].Rule != "no-namespace" || got[0].String() != want {
		t.Errorf("Check = %v, want %s", got, want)
	}
}

const fooDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Foo, plural: foos}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {FIELD: {type: string}}}}}]
`

// TestCRDs checks resources by definitions that are not among the objects, unless one is.
func TestCRDs(t *testing.T) {
	foo := "---\napiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\nmine: 1\n"
	others := manifest.Options{CRDs: parse(t, strings.ReplaceAll(fooDefinition, "FIELD", "others"))}
	for text, want := range map[string]string{
		foo: "unknown-field mine",
		strings.ReplaceAll(fooDefinition, "FIELD", "mine") + foo: "field-type mine",
	} {
		got := manifest.Check(context.Background(), parse(t, text), others)
		if len(got) != 1 || got[0].Rule+" "+got[0].Path != want {
			t.Errorf("Check = %v, want %s", got, want)
		}
	}
}

// TestPlaces looks for findings in the template that wrote a field and in the patch that changed it.
func TestPlaces(t *testing.T) {
	o := parse(t, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  a: 1\n")[0]
	o.Source = o.Source.Traced(func(line, _ int) diag.Position { return diag.Position{File: "t.yaml", Line: 10 * line, Col: 1} })
	before := o.DeepCopy().Object
	o.Object["immutable"] = "yes"
	o.Edits = []object.Edit{{At: diag.Position{File: "patch.yaml", Line: 3}, Before: before, After: o.Object}}
	var got []string
	for _, f := range manifest.Check(context.Background(), []object.Object{o}, manifest.Options{}) {
		got = append(got, f.At.String()+" "+f.Path)
	}
	slices.Sort(got)
	if want := []string{"patch.yaml:3 immutable", "t.yaml:70:1 data.a"}; !slices.Equal(got, want) {
		t.Errorf("Check finds %v, want %v", got, want)
	}
}

// TestScopes holds the table of package object to what Kubernetes publishes.
func TestScopes(t *testing.T) {
	scopes := object.BuiltinScopes()
	for minor := 30; minor < 40; minor++ {
		set, err := openapi.Load(minor)
		if err != nil {
			t.Fatal(err)
		}
		for _, gvk := range set.Kinds() {
			if got := scopes.ClusterScoped(gvk.Group, gvk.Kind); got == set.Kind(gvk).Namespaced {
				t.Errorf("1.%d: ClusterScoped(%v) = %v", set.Minor, gvk, got)
			}
		}
	}
}

func TestOrderIsThatOfObjects(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-%d, namespace: b}\ndate: {}\ndta: {}\n", i)
	}
	got := manifest.Check(context.Background(), parse(t, b.String()), manifest.Options{})
	if len(got) != 200 {
		t.Fatalf("%d findings", len(got))
	}
	for i, f := range got {
		if want := fmt.Sprintf("ConfigMap/b/a-%d", i/2); f.Object != want {
			t.Fatalf("finding %d is about %s, want %s", i, f.Object, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range many()[:1] {
		f.Add(text)
	}
	f.Add("apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: [], annotations: 5}\ndata: {a: []}\nstatus: null\n")
	f.Add("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {names: 1, versions: [{schema: {openAPIV3Schema: {type: object, properties: {a: {items: {}}}}}}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		objects, _ := object.Parse("m.yaml", []byte(text))
		for _, f := range manifest.Check(context.Background(), objects, manifest.Options{}) {
			if f.Rule == "" || f.Message == "" {
				t.Errorf("a finding without words: %+v", f)
			}
		}
	})
}

// TestAnythingAnywhere puts values of every type in the place of others, several at a time.
func TestAnythingAnywhere(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/check.txtar")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var objects []object.Object
		for _, f := range archive.Files {
			for _, o := range parse(t, string(f.Data)) {
				o.Object = garbled(random, o.Object).(map[string]any)
				if _, err := o.MarshalJSON(); err == nil {
					objects = append(objects, o)
				}
			}
		}
		if got := manifest.Check(context.Background(), objects, manifest.Options{}); len(got) == 0 {
			t.Error("nothing is found")
		}
	}
}

// garbled replaces one value in twenty, but for those at the top that say what the object is.
func garbled(random *rand.Rand, v any) any {
	pick := []any{nil, "", "x", int64(-1), 1.5, true, []any{}, []any{nil}, map[string]any{}, map[string]any{"a": nil}, []any{map[string]any{"name": nil}}}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			if out[name] = garbled(random, item); random.IntN(20) == 0 && name != "apiVersion" && name != "kind" {
				out[name] = pick[random.IntN(len(pick))]
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			if out[i] = garbled(random, item); random.IntN(20) == 0 {
				out[i] = pick[random.IntN(len(pick))]
			}
		}
		return out
	default:
		return v
	}
}
