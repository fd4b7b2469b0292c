package functions_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/catalog"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const catalogFile = "catalog.yaml"

// TestCatalog fails when catalog.yaml is not what the code says; `make generate/catalog` writes it.
func TestCatalog(t *testing.T) {
	want, err := catalog.Definitions(catalog.All(os.DirFS), func(name string) (string, []string, error) {
		text, err := os.ReadFile(filepath.Join(name, "README.md"))
		cases, _ := filepath.Glob(filepath.Join(name, "examples", "*"))
		for i, c := range cases {
			cases[i] = filepath.Base(c)
		}
		return string(text), cases, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(catalogFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(catalogFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale, run make generate/catalog (-want +got):\n%s", catalogFile, diff)
	}
}

// TestCatalogReads holds the catalog to what kyaml reads it as, and the folders to the catalog.
func TestCatalogReads(t *testing.T) {
	text, err := os.ReadFile(catalogFile)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, document := range bytes.Split(text, []byte("---\n"))[1:] {
		var d framework.KRMFunctionDefinition
		if err := yaml.UnmarshalStrict(document, &d); err != nil {
			t.Fatal(err)
		}
		names = append(names, d.ObjectMeta.Name)
		if _, err := framework.SchemaFromFunctionDefinition(resid.NewGvk("otomi.io", "v1alpha1", d.Spec.Names.Kind), string(document)); err != nil {
			t.Errorf("kyaml finds no schema of %s: %v", d.ObjectMeta.Name, err)
		}
		if d.Spec.Description == "" || d.Spec.Versions[0].Runtime.Container.Image != "ghcr.io/otomi/"+d.ObjectMeta.Name {
			t.Errorf("%s: description %q, image %q", d.ObjectMeta.Name, d.Spec.Description, d.Spec.Versions[0].Runtime.Container.Image)
		}
	}
	mains, _ := filepath.Glob("*/main.go")
	for i, m := range mains {
		mains[i] = filepath.Dir(m)
	}
	slices.Sort(names)
	if diff := cmp.Diff(mains, names); diff != "" {
		t.Errorf("functions in %s (-folders +catalog):\n%s", catalogFile, diff)
	}
}

// TestSchemas holds the functionConfigs of all examples to what `--schema` prints, and changes each into one that it must refuse.
func TestSchemas(t *testing.T) {
	for name, f := range functions() {
		var out bytes.Buffer
		if code := krm.Run(t.Context(), f, krm.Process{Args: []string{"--schema"}, Out: &out}); code != 0 {
			t.Fatalf("%s --schema = %d", name, code)
		}
		schema := compiled(t, out.Bytes())
		cases, _ := filepath.Glob(filepath.Join(name, "examples", "*", "in.yaml"))
		for _, file := range cases {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			list, findings := source.Parse(file, text)
			if findings.Failed() {
				t.Fatal(findings)
			}
			config, _ := list.Get("functionConfig").Value().(map[string]any)
			if config["kind"] != f.Kind { // a ConfigMap has no schema, and some have no functionConfig
				continue
			}
			if err := schema.Validate(config); err != nil {
				t.Errorf("%s: the schema refuses its functionConfig: %v", file, err)
			}
			config["spec"].(map[string]any)["nope"] = true
			if schema.Validate(config) == nil {
				t.Errorf("%s: the schema accepts an unknown field", file)
			}
			config["spec"] = []any{}
			if schema.Validate(config) == nil {
				t.Errorf("%s: the schema accepts a spec that is a list", file)
			}
		}
	}
}

func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
