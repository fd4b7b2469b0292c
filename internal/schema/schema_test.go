package schema_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestCheck runs the folders of testdata/check: schema*.yaml are united, values*.yaml and secrets*.yaml merged by the
// schema's rules and checked, each in byte order; want.txt is what users see. UPDATE=1 writes it.
func TestCheck(t *testing.T) {
	eachFolder(t, "testdata/check", func(t *testing.T, dir string) diag.Findings {
		s, findings := schema.Unite(files(t, dir, "schema")...)
		tree, more := values.Merge(layers(t, dir), s.Rules())
		findings = append(findings, more...)
		return append(findings, s.Check(tree)...)
	})
}

// TestUnite runs the folders of testdata/unite: findings about schemas themselves.
func TestUnite(t *testing.T) {
	eachFolder(t, "testdata/unite", func(t *testing.T, dir string) diag.Findings {
		_, findings := schema.Unite(files(t, dir, "schema")...)
		findings.Sort()
		return findings
	})
}

func eachFolder(t *testing.T, parent string, run func(*testing.T, string) diag.Findings) {
	t.Helper()
	folders, err := os.ReadDir(parent)
	if err != nil || len(folders) == 0 {
		t.Fatalf("ReadDir(%s) = %v, %v, want folders", parent, folders, err)
	}
	for _, f := range folders {
		t.Run(f.Name(), func(t *testing.T) {
			dir := filepath.Join(parent, f.Name())
			var got bytes.Buffer
			if err := (diag.Text{}).Print(&got, run(t, dir)); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(dir, "want.txt")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func files(t *testing.T, dir, prefix string) []*source.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, prefix+"*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*source.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &source.File{Name: filepath.Base(name), Data: data, Secret: prefix == "secrets"})
	}
	return out
}

func layers(t *testing.T, dir string) []values.Layer {
	t.Helper()
	var out []values.Layer
	for _, f := range append(files(t, dir, "values"), files(t, dir, "secrets")...) {
		root, findings := source.ParseFile(f, f.Data)
		if findings.Failed() {
			t.Fatalf("parse %s: %v", f.Name, findings)
		}
		out = append(out, values.Layer{File: f, Root: root})
	}
	return out
}

func schemaOf(texts ...string) (*schema.Schema, diag.Findings) {
	var files []*source.File
	for _, text := range texts {
		files = append(files, &source.File{Name: "schema.yaml", Data: []byte(text)})
	}
	return schema.Unite(files...)
}

func unite(t *testing.T, texts ...string) *schema.Schema {
	t.Helper()
	s, findings := schemaOf(texts...)
	if len(findings) > 0 {
		t.Fatalf("Unite = %v, want no findings", findings)
	}
	return s
}

func merge(t *testing.T, s *schema.Schema, texts ...string) *values.Tree {
	t.Helper()
	var layers []values.Layer
	for _, text := range texts {
		root, findings := source.Parse("values.yaml", []byte(text))
		if findings.Failed() {
			t.Fatalf("Parse = %v", findings)
		}
		layers = append(layers, values.Layer{Root: root})
	}
	tree, findings := values.Merge(layers, s.Rules())
	if len(findings) > 0 {
		t.Fatalf("Merge = %v, want no findings", findings)
	}
	return tree
}

func document(t *testing.T, s *schema.Schema) string {
	t.Helper()
	text, err := values.Print{Secrets: true}.JSON(s.Document())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLoad(t *testing.T) {
	stack := core.Stack{
		{Name: "embedded", FS: fstest.MapFS{"platform/schema.yaml": {Data: []byte(`{properties: {a: {type: string}}, additionalProperties: false}`)}}},
		{Name: "oci", FS: fstest.MapFS{"charts/x/Chart.yaml": {Data: []byte(`name: x`)}}},
		{Name: ".", FS: fstest.MapFS{"platform/schema.yaml": {Data: []byte(`{properties: {b: {type: strin}}}`)}}},
	}
	if _, findings := schema.Load(stack[:2]); len(findings) > 0 {
		t.Errorf("Load(embedded) = %v, want no findings", findings)
	}
	_, findings := schema.Load(stack)
	want := `platform/schema.yaml:1:25: properties.b.type: want one of "array", "boolean", "integer", "null", "number", "object", "string", ` +
		`have the string "strin" (did you mean "string"?)`
	if got := findings.Error(); got != want {
		t.Errorf("Load(stack) = %s, want %s", got, want)
	}
}

func TestNoSchemaAcceptsAll(t *testing.T) {
	s, findings := schema.Load(core.Stack{{Name: "embedded", FS: fstest.MapFS{}}})
	if len(findings) > 0 {
		t.Fatalf("Load = %v, want no findings", findings)
	}
	tree := merge(t, s, `{any: [1], apps: {web: {rawValues: {gone: null}, other: null}}}`)
	if findings := s.Check(tree); len(findings) > 0 {
		t.Errorf("Check = %v, want no findings", findings)
	}
	want := map[string]any{
		"any":  []any{int64(1)},
		"apps": map[string]any{"web": map[string]any{"rawValues": map[string]any{"gone": nil}}},
	}
	if diff := cmp.Diff(want, tree.Value()); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if got := document(t, s); got != "{}\n" {
		t.Errorf("Document() = %q, want {}", got)
	}
	if s.DescribesApp("web") {
		t.Error("DescribesApp(web) = true, want false")
	}
}

// TestNameless: an item that cannot be joined because its key is encrypted need not be complete, one with a name must.
func TestNameless(t *testing.T) {
	s := unite(t, `{properties: {users: {type: array, x-merge: byKey, items: {type: object, required: [mail]}}, other: {type: array, items: {required: [mail]}}}}`)
	item := func(name string) string { return `{name: ` + name + `, role: x}` }
	for text, want := range map[string]int{
		`{users: [` + item(values.Placeholder) + `]}`: 0,
		`{users: [` + item("ada") + `]}`:              1,
		`{other: [` + item(values.Placeholder) + `]}`: 1,
	} {
		if got := s.Check(merge(t, s, text)); len(got) != want {
			t.Errorf("Check(%s) = %v, want %d findings", text, got, want)
		}
	}
}

// TestSecretLeftReadable: what the schema calls a secret and SOPS was told to leave in plain text is found.
func TestSecretLeftReadable(t *testing.T) {
	s := unite(t, `{properties: {name: {x-secret: true}, token: {x-secret: true}}}`)
	text := "name: open\ntoken: ENC[AES256_GCM,data:abc=,type:str]\nsops:\n  lastmodified: x\n  mac: x\n  unencrypted_regex: ^name$\n  version: x\n"
	loader := values.Loader{FS: fstest.MapFS{"secrets.yaml": {Data: []byte(text)}}}
	layers, findings := loader.Load([]repo.LayerFile{{Path: "secrets.yaml", Secret: true}})
	tree, more := values.Merge(layers, s.Rules())
	if len(findings)+len(more) > 0 {
		t.Fatal(findings, more)
	}
	got := s.Check(tree)
	if len(got) != 1 || got[0].Rule != "plain-secret-value" || got[0].Path != "name" || !strings.Contains(got[0].Hint, ".sops.yaml") {
		t.Errorf("Check = %v, want a finding about name alone", got)
	}
}

func TestDescribesApp(t *testing.T) {
	s := unite(t, `
additionalProperties: false
properties: {apps: {$ref: '#/definitions/apps'}}
definitions:
  apps:
    additionalProperties: false
    properties: {hello: {type: object}}
    patternProperties: {'^ingress-': {type: object}}
`)
	for name, want := range map[string]bool{"hello": true, "ingress-blue": true, "other": false} {
		if got := s.DescribesApp(name); got != want {
			t.Errorf("DescribesApp(%s) = %v, want %v", name, got, want)
		}
	}
}

func TestDocument(t *testing.T) {
	low := `{properties: {b: {type: integer, minimum: 1}, a: {type: string}}, required: [a]}`
	high := `{properties: {c: {type: boolean, description: "a < b"}}, required: [c, a], additionalProperties: false}`
	s := unite(t, low, high)
	got := document(t, s)
	if got != document(t, unite(t, low, high)) {
		t.Error("Document() differs between two runs")
	}
	for _, want := range []string{`"minimum": 1`, `"a < b"`, `"rawValues"`, "\"required\": [\n    \"a\",\n    \"c\"\n  ]"} {
		if !strings.Contains(got, want) {
			t.Errorf("Document() = %s, want it to contain %s", got, want)
		}
	}
	// What is printed is a schema that means the same.
	again := document(t, unite(t, got))
	if again != got {
		t.Errorf("Document() of Document() = %s, want %s", again, got)
	}
}

// fixtureTypos are the mistakes of the real schema, which nobody had found.
func fixtureTypos() []string {
	const nothing, quote, move = "means nothing, so nothing is checked by it", `did you mean "minimum"?`, "move it below properties if it is the name of a value"
	const user, group = "definitions.podSecurityContext.properties.runAsUser", "definitions.podSecurityContext.properties.runAsGroup"
	const harbor = "properties.charts.properties.harbor.properties"
	max := strings.ReplaceAll(quote, "min", "max")
	return []string{
		fmt.Sprintf(`schema.yaml:347:9: %s.maximum": the keyword "maximum\"" %s (%s)`, group, nothing, max),
		fmt.Sprintf(`schema.yaml:346:9: %s.minimum": the keyword "minimum\"" %s (%s)`, group, nothing, quote),
		fmt.Sprintf(`schema.yaml:342:9: %s.maximum": the keyword "maximum\"" %s (%s)`, user, nothing, max),
		fmt.Sprintf(`schema.yaml:341:9: %s.minimum": the keyword "minimum\"" %s (%s)`, user, nothing, quote),
		fmt.Sprintf(`schema.yaml:1055:13: %s.jobservice.secret: the keyword "secret" %s (%s)`, harbor, nothing, move),
		fmt.Sprintf(`schema.yaml:1118:13: %s.registry.secret: the keyword "secret" %s (%s)`, harbor, nothing, move),
	}
}

// TestFixture checks a real schema of 2,061 lines and the values of four real clusters.
func TestFixture(t *testing.T) {
	const fixture = "../../../shared/fixtures/otomi-demo/" // beside the repository
	data, err := os.ReadFile(fixture + "core/platform/schema.yaml")
	if err != nil {
		t.Skipf("SKIPPED: the fixture otomi-demo is not beside the repository: %v", err)
	}
	s, findings := schema.Unite(&source.File{Name: "schema.yaml", Data: data})
	var typos []string
	for _, f := range findings {
		typos = append(typos, f.String())
	}
	if diff := cmp.Diff(fixtureTypos(), typos); diff != "" {
		t.Fatalf("Unite (-want +got):\n%s", diff)
	}
	goldens, err := filepath.Glob(fixture + "golden/*.json")
	if err != nil || len(goldens) == 0 {
		t.Fatalf("Glob = %v, %v, want the fixture's clusters", goldens, err)
	}
	for _, name := range goldens {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := &source.File{Name: filepath.Base(name)}
		root, findings := source.ParseFile(f, data)
		if findings.Failed() {
			t.Fatal(findings)
		}
		cluster := source.Node{Kind: source.Map, File: f, Keys: []source.Key{{Name: "cluster"}}, Items: []*source.Node{{File: f}}}
		for _, rules := range []*values.Rules{nil, s.Rules()} {
			tree, findings := values.Merge([]values.Layer{{Root: root}, {Root: &cluster}}, rules)
			findings = append(findings, s.Check(tree)...)
			if len(findings) > 0 {
				t.Errorf("Check(%s) = %v, want no findings", f.Name, findings)
			}
		}
	}
	bad := merge(t, s, `{charts: {loki: {persistance: {size: 1Gi}}}, otomi: {mode: pro}, oidc: {apiUrl: "ftp://x"}}`)
	want := []string{
		`charts.loki.persistance: unknown value "persistance" (did you mean "persistence"?)`,
		`otomi.mode: want one of "ce", "ee", have the string "pro"`,
	}
	got := s.Check(bad).Error()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("Check = %s, want it to contain %s", got, w)
		}
	}
}
