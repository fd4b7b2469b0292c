package mergevalues_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/mergevalues"
)

// merge runs the function on items and a spec, both YAML.
func merge(t *testing.T, items, spec string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items +
		"functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: MergeValues\n  metadata: {name: test}\n  spec: " + spec + "\n"
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), mergevalues.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func values(name, spec, more string) string {
	return `- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: ` + name + `, annotations: {config.kubernetes.io/local-config: "true"` + more + `}}, spec: ` + spec + "}\n"
}

// files is a ConfigMap named files; each text is a key and its value.
func files(texts ...string) string {
	item := "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: files}\n  data:\n"
	for i := 0; i < len(texts); i += 2 {
		item += "    " + texts[i] + ": |\n      " + strings.ReplaceAll(strings.TrimSuffix(texts[i+1], "\n"), "\n", "\n      ") + "\n"
	}
	return item
}

const encrypted = "password: ENC[AES256_GCM,data:x,type:str]\nsops: {lastmodified: x, mac: x, version: 3.9.0}\n"

// TestOrder checks what counts over what: entries, within an entry path order, byte order, and secret files last.
func TestOrder(t *testing.T) {
	path := func(p, index string) string {
		return ", config.kubernetes.io/path: " + p + ", config.kubernetes.io/index: '" + index + "'"
	}
	for name, c := range map[string]struct{ items, layers, want string }{
		"entries":        {values("a", "{x: a}", "") + values("b", "{x: b}", ""), "[{name: b}, {name: a}]", "a"},
		"stream order":   {values("b", "{x: b}, metadata2: {}", "") + values("a", "{x: a}", ""), "[{selector: {}}]", "a"},
		"path order":     {values("b", "{x: b}", path("2.yaml", "0")) + values("a", "{x: a}", path("1.yaml", "0")), "[{selector: {}}]", "b"},
		"index order":    {values("b", "{x: b}", path("1.yaml", "10")) + values("a", "{x: a}", path("1.yaml", "9")), "[{selector: {}}]", "b"},
		"byte order":     {files("b.yaml", "x: b", "a.yaml", "x: a", "B.yaml", "x: B"), "[{configMap: files}]", "b"},
		"secrets last":   {files("secrets.a.yaml", "x: a", "z.yaml", "x: z"), "[{configMap: files}]", "a"},
		"globs in order": {files("a.yaml", "x: a", "b.yaml", "x: b"), `[{configMap: files, keys: ["b*", "a*"]}]`, "a"},
		"first glob":     {files("a.yaml", "x: a", "b.yaml", "x: b"), `[{configMap: files, keys: ["a*", "*"]}]`, "b"},
		"one folder":     {files("env__a.yaml", "x: a", "env__x__b.yaml", "x: b"), `[{configMap: files, keys: ["env/*"]}]`, "a"},
		"all folders":    {files("env__a.yaml", "x: a", "env__x__b.yaml", "x: b"), `[{configMap: files, keys: ["env/**/*"]}]`, "b"},
		"placeholder":    {files("env__dev__a.yaml", "x: a", "env__prod__a.yaml", "x: b"), `[{configMap: files, keys: ["env/{cluster}/*"]}]`, "a"},
	} {
		code, out, stderr := merge(t, c.items, `{cluster: {name: dev}, layers: `+c.layers+`}`)
		_, merged, _ := strings.Cut(out, "name: merged\n")
		if code != 0 || !strings.Contains(merged, "\n    x: "+c.want+"\n") {
			t.Errorf("%s: exit code %d, %s, want x: %s in\n%s", name, code, stderr, c.want, merged)
		}
	}
}

func TestFindings(t *testing.T) {
	a := values("a", "{x: 1}", "")
	for name, c := range map[string]struct {
		items, spec string
		code        int
		want        string
	}{
		"nothing":          {"- {apiVersion: v1, kind: A}\n", "{}", 0, ""},
		"unknown field":    {a, "{layer: []}", 1, `MergeValues.otomi.io/test: error: spec.layer: unknown field "layer" [unknown-field]` + "\n    " + `did you mean "layers"?`},
		"two sources":      {a, "{layers: [{name: a, configMap: b}]}", 1, "MergeValues.otomi.io/test: error: spec.layers[0]: an entry has one of name, selector and configMap [layer-source]"},
		"no source":        {a, "{layers: [{}]}", 1, "MergeValues.otomi.io/test: error: spec.layers[0]: an entry has one of name, selector and configMap [layer-source]"},
		"keys of a name":   {a, "{layers: [{name: a, keys: [x]}]}", 1, "MergeValues.otomi.io/test: error: spec.layers[0].keys: keys are those of a configMap [layer-source]"},
		"no such item":     {a, "{layers: [{name: aa}]}", 1, `MergeValues.otomi.io/test: error: the stream has no Values "aa" [missing-item]` + "\n    " + `did you mean "a"?`},
		"twice":            {a + a, "{layers: [{name: a}]}", 1, `MergeValues.otomi.io/test: error: the stream has Values "a" 2 times [ambiguous-item]`},
		"its own output":   {a, "{layers: [{name: a}], output: {name: a}}", 1, `MergeValues.otomi.io/test: error: the layer is the function's own output [missing-item]`},
		"foreign output":   {a + values("b", "{}", ""), "{layers: [{name: b}], output: {name: a}}", 1, "error: Values.otomi.io/a: the function renders an item of this identity, and the one in the stream has another origin [foreign-item]"},
		"empty selector":   {a, "{layers: [{selector: {matchLabels: {x: v}}}]}", 0, "MergeValues.otomi.io/test: warning: the selector matches no Values of the stream [empty-selector]"},
		"empty glob":       {files("a.yaml", "x: 1"), `{layers: [{configMap: files, keys: ["b*"]}]}`, 0, "MergeValues.otomi.io/test: warning: b* matches no key of the ConfigMap files [empty-glob]"},
		"missing key":      {files("a.yaml", "x: 1"), `{layers: [{configMap: files, keys: [b.yaml]}]}`, 1, "MergeValues.otomi.io/test: error: the layer b.yaml does not exist [missing-layer]"},
		"not local":        {strings.Replace(a, `"true"`, `"false"`, 1), "{layers: [{name: a}]}", 0, "warning: Values.otomi.io/a: metadata.annotations[\"config.kubernetes.io/local-config\"]: the Values go on to the cluster, which does not know them [not-local-config]"},
		"secrets":          {a, "{secrets: decrypt}", 1, "MergeValues.otomi.io/test: error: spec.secrets: want placeholder, have \"decrypt\" [field-value]"},
		"output name":      {a, "{output: {name: a/b}}", 1, `MergeValues.otomi.io/test: error: spec.output.name: "a/b" is no name: want lower-case letters, digits, '-' and '.' [name-syntax]`},
		"cluster":          {a, "{cluster: {cloud: aws}}", 1, "MergeValues.otomi.io/test: error: spec.cluster.name: the value is missing [required]"},
		"cluster field":    {a, "{cluster: {name: a, clod: aws}}", 1, `MergeValues.otomi.io/test: error: spec.cluster.clod: unknown field "clod" [unknown-field]`},
		"syntax of a key":  {files("env__a.yaml", "x: 1\ny: [\n"), "{layers: [{configMap: files}]}", 1, "env/a.yaml:"},
		"ambiguous scalar": {files("env__a.yaml", "x: 1\nv: no\n"), "{layers: [{configMap: files}]}", 1, "env/a.yaml:2:4: error: no is a string in YAML 1.2 and a boolean in YAML 1.1 [ambiguous-scalar]\n    2 | v: no\n      |    ^\n"},
		"type change":      {files("a.yaml", "x: {v: 1}", "b.yaml", "x: 2"), "{layers: [{configMap: files}]}", 1, "b.yaml:1:4: error: x: this layer makes a map into an integer [type-change]\n    1 | x: 2\n      |    ^\n    a.yaml:1:4: the map is set here\n"},
		"encrypted":        {files("secrets.a.yaml", encrypted), "{layers: [{configMap: files}]}", 1, "secrets.a.yaml: error: the layer is encrypted, and a function emits no decrypted value [decrypt]\n    set spec.secrets: placeholder\n"},
		"encrypted item":   {values("a", "{password: 'ENC[AES256_GCM,data:x,type:str]'}, sops: {lastmodified: x, mac: x, encrypted_regex: ^spec$, version: 1}", ""), "{layers: [{name: a}]}", 1, "Values.otomi.io/a: error: the layer is encrypted, and a function emits no decrypted value [decrypt]\n    set spec.secrets: placeholder\n"},
		"plain in it":      {files("a.yaml", encrypted+"pin: 4711\n"), "{layers: [{configMap: files}], secrets: placeholder}", 1, "a.yaml:3:6: error: pin: this value stands in plain text in an encrypted file [plain-in-encrypted]\n    restore it from git, and put the value in with sops\n"},
		"encrypted spec":   {values("a", "{password: 'ENC[AES256_GCM,data:x,type:str]', sops: {lastmodified: x, mac: x, version: 1}}", ""), "{layers: [{name: a}], secrets: placeholder}", 1, "Values.otomi.io/a: error: spec: the values are encrypted, and a function decrypts none [decrypt]\n    give the encrypted file as a key of a ConfigMap to merge-values, with spec.secrets: placeholder\n"},
		"plain secret":     {files("secrets.a.yaml", "x: 1"), "{layers: [{configMap: files}]}", 0, "secrets.a.yaml: warning: this file is not encrypted [plain-secret]\n    encrypt it with sops\n"},
		"schema key":       {files("a.yaml", "x: 1"), "{schema: {configMap: files, key: b.yaml}}", 1, "MergeValues.otomi.io/test: error: the ConfigMap files has no key b.yaml [missing-item]"},
		"schema":           {files("a.yaml", "{x: one}", "schema__s.yaml", "properties: {x: {type: integer}}"), "{layers: [{configMap: files, keys: [a.yaml]}], schema: {configMap: files, key: schema__s.yaml}}", 1, `a.yaml:1:5: error: x: want an integer, have the string "one" [schema-type]`},
		"core":             {files("a.yaml", "apps: {hello: {replcas: 1}}\n"), "{core: [embedded], cluster: {name: a, domain: b.c}, layers: [{configMap: files}]}", 1, `a.yaml:1:16: error: apps.hello.replcas: unknown value "replcas" [unknown-value]`},
	} {
		code, out, stderr := merge(t, c.items, c.spec)
		if code != c.code || !strings.HasPrefix(stderr, c.want) || (stderr == "") != (c.want == "") {
			t.Errorf("%s: exit code %d, stderr %s\nwant %d, %s", name, code, stderr, c.code, c.want)
		}
		if code != 0 && strings.Contains(out, "name: merged\n") {
			t.Errorf("%s: the function failed and wrote Values", name)
		}
	}
}

// TestFences: what a layer sets outside of its fence is an error where it stands, as the plugin's.
func TestFences(t *testing.T) {
	teams := files("env__teams__blue.yaml", "teams:\n  blue: {x: 1}\n", "env__teams__secrets.blue.yaml", "teams: {blue: {z: 2}}")
	const fenced = `{configMap: files, keys: ["env/teams/*"], only: "teams.{file}"}`
	const at = "MergeValues.otomi.io/test: error: "
	for name, c := range map[string]struct{ items, spec, want string }{
		"inside":         {teams, "{layers: [" + fenced + "]}", ""},
		"another team":   {files("env__teams__blue.yaml", "teams:\n  red: {x: 1}\n"), "{layers: [" + fenced + "]}", "env/teams/blue.yaml:2:3: error: teams.red: this file may set only teams.blue [outside-fence]"},
		"another's path": {files("env__teams__blue.yaml", "apps: {}"), "{layers: [" + fenced + "]}", "env/teams/blue.yaml:1:1: error: apps: this file may set only teams.blue [outside-fence]"},
		"null above":     {files("env__teams__blue.yaml", "teams: null"), "{layers: [" + fenced + "]}", "env/teams/blue.yaml:1:8: error: teams: null would take away what other layers set here; this file may set only teams.blue [outside-fence]"},
		"encrypted":      {files("env__teams__secrets.blue.yaml", encrypted), "{secrets: placeholder, layers: [" + fenced + "]}", "env/teams/secrets.blue.yaml:1:1: error: password: this file may set only teams.blue [outside-fence]"},
		"an item":        {values("a", "{x: 1}", ""), "{layers: [{name: a, only: x}]}", ""},
		"outside, item":  {values("a", "{x: 1}", ""), "{layers: [{name: a, only: w}]}", "Values.otomi.io/a: error: x: this file may set only w [outside-fence]"},
		"selected":       {values("a", "{x: 1}", ""), `{cluster: {name: dev}, layers: [{selector: {}, only: "w.{cluster}"}]}`, "Values.otomi.io/a: error: x: this file may set only w.dev [outside-fence]"},
		"file of items":  {values("a", "{x: 1}", ""), `{layers: [{selector: {}, only: "{file}"}]}`, at + "spec.layers[0].only: only keys of a configMap have a {file}: an item names itself [fence-path]"},
		"placeholder":    {teams, `{cluster: {name: dev, cloud: aws}, layers: [{configMap: files, only: "teams.{clod}"}]}`, at + "spec.layers[0].only: no cluster has {clod} [unknown-placeholder]\n    did you mean {cloud}?"},
		"no path":        {teams, `{layers: [{configMap: files, only: "teams..x"}]}`, at + `spec.layers[0].only: "teams..x" is no path: `},
		"no string":      {teams, `{layers: [{configMap: files, only: [x]}]}`, at + "spec.layers[0].only: want a string, have the list [field-type]"},
		"typo":           {teams, `{layers: [{configMap: files, onyl: x}]}`, at + `spec.layers[0].onyl: unknown field "onyl" [unknown-field]` + "\n    did you mean \"only\"?"},
	} {
		code, _, stderr := merge(t, c.items, c.spec)
		stderr = strings.TrimPrefix(stderr, "env/teams/secrets.blue.yaml: warning: this file is not encrypted [plain-secret]\n    encrypt it with sops\n")
		if code != min(1, len(c.want)) || !strings.HasPrefix(stderr, c.want) || (stderr == "") != (c.want == "") {
			t.Errorf("%s: exit code %d, stderr %s\nwant %s", name, code, stderr, c.want)
		}
	}
}

// TestCore checks that the tree is the plugin's: a core's defaults, and what it derives of the cluster.
func TestCore(t *testing.T) {
	code, out, stderr := merge(t, files("a.yaml", "teams: {blue: {services: [{name: web, image: {repository: r, tag: v1}, ingress: {enabled: true}}]}}\n"),
		"{core: [embedded], cluster: {name: dev, domain: example.com}, layers: [{configMap: files}]}")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		"            web: web.blue.example.com\n", // derived
		"      \"/derived/teams/blue/hosts/web\": \"embedded:platform/derived.gotmpl",
		"      \"/cluster/domain\": \"MergeValues.otomi.io/test\"\n",
		"      \"/teams/blue/services/0/name\": \"a.yaml:1:34\"\n",
		"      \"/teams/blue/enabled\": \"embedded:platform/schema.yaml:", // a default
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the Values lack %q:\n%s", want, out)
		}
	}
}

// TestSecretOfTheSchema: what the schema calls a secret is in no finding and no result, whatever is wrong with it.
func TestSecretOfTheSchema(t *testing.T) {
	schema := "properties: {db: {properties: {password: {type: string, x-secret: true}, port: {type: integer}}}}"
	for name, c := range map[string]struct{ items, layers, want string }{
		"item":            {values("a", "{db: {password: hunter22}}", ""), "[{name: a}]", "[plain-secret-value]"},
		"key":             {files("a.yaml", "db: {password: hunter22}", "schema.yaml", schema), "[{configMap: files, keys: [a.yaml]}]", "[plain-secret-value]"},
		"short":           {files("a.yaml", "l: [{name: x, pin: 717}, {name: x, pin: 717}]", "schema.yaml", "properties: {l: {x-merge: byKey, items: {properties: {pin: {x-secret: true}}}}}"), "[{configMap: files, keys: [a.yaml]}]", "[duplicate-item]"},
		"excerpt":         {files("a.yaml", "db: {password: hunter22, port: no-number}", "schema.yaml", schema), "[{configMap: files, keys: [a.yaml]}]", "[schema-type]"},
		"type change":     {values("a", "{db: {password: hunter22}}", "") + files("b.yaml", "db: {password: {x: hunter22}}", "schema.yaml", schema), "[{name: a}, {configMap: files, keys: [b.yaml]}]", "[type-change]"},
		"wrong type":      {values("a", "{db: {password: 22334455}}", ""), "[{name: a}]", "[plain-secret-value]"},
		"encrypted layer": {files("secrets.a.yaml", "db: {password: hunter22, port: hunter22}", "schema.yaml", schema), "[{configMap: files, keys: [secrets.a.yaml]}]", "[schema-type]"},
	} {
		if !strings.Contains(c.items, "name: files}") {
			c.items += files("schema.yaml", schema)
		}
		code, out, stderr := merge(t, c.items, "{layers: "+c.layers+", schema: {configMap: files, key: schema.yaml}}")
		_, results, _ := strings.Cut(out, "\nresults:\n")
		if code != 1 || !strings.Contains(stderr, c.want) || results == "" {
			t.Errorf("%s: exit code %d, %s\nwant 1, %s, and results:\n%s", name, code, stderr, c.want, out)
		}
		if said := stderr + results; strings.Contains(said, "hunter22") || strings.Contains(said, "22334455") || strings.Contains(said, "717") {
			t.Errorf("%s: the secret is told:\n%s", name, said)
		}
	}
}

// TestPlaceholder checks that nothing of an encrypted layer comes out but its shape.
func TestPlaceholder(t *testing.T) {
	items := files("secrets.a.yaml", encrypted) + values("b", "{token: 'ENC[AES256_GCM,data:y,type:str]'}, sops: {lastmodified: x, mac: x, encrypted_regex: ^spec$, version: 1}", "")
	code, out, stderr := merge(t, items, "{layers: [{configMap: files}, {name: b}], secrets: placeholder}")
	_, merged, _ := strings.Cut(out, "name: merged\n")
	if code != 0 || strings.Contains(merged, "ENC[") || strings.Contains(merged, "sops") ||
		!strings.Contains(merged, "password: otomi-secret-placeholder\n") || !strings.Contains(merged, "token: otomi-secret-placeholder\n") {
		t.Errorf("exit code %d, %s:\n%s", code, stderr, merged)
	}
}
