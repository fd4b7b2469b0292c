package rendertemplates_test

import (
	"bytes"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/rendertemplates"
)

// render runs the function on items, all YAML, beside Values and a ConfigMap tpl of texts, keys and values.
func render(t *testing.T, values, spec, items string, texts ...string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items +
		"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: \"true\"}}, " + values + "}\n" +
		"- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: tpl}\n  data:\n    note.txt: \"\"\n"
	for i := 0; i < len(texts); i += 2 {
		in += "    " + texts[i] + ": |\n      " + strings.ReplaceAll(strings.TrimSuffix(texts[i+1], "\n"), "\n", "\n      ") + "\n"
	}
	in += "functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: RenderTemplates\n  metadata: {name: test}\n  spec: " + spec + "\n"
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), rendertemplates.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// inline is a spec of one template, which writes a ConfigMap a whose only text is the expression.
func inline(expression, more string) string {
	return `{values: {name: merged}, templates: [{inline: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: {{ ` + expression + ` | quote }}\n"}]` + more + `}`
}

// text is what the ConfigMap a of a list holds.
func text(t *testing.T, out string) string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Data     struct{ Text string }
		}
	}
	if err := yaml.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if item.Metadata.Name == "a" {
			return item.Data.Text
		}
	}
	return "(no item)"
}

func TestWhatTemplatesSee(t *testing.T) {
	values := "spec: {big: 9007199254740993, cluster: {name: dev, kubeVersion: '1.34'}}"
	for _, c := range [][3]string{
		{".Values.big", "", "9007199254740993"},
		{".Cluster.name", "", "dev"},
		{".Capabilities.KubeVersion.Minor", "", "34"},
		{".Capabilities.KubeVersion.Version", `, kubeVersion: "1.31.2"`, "v1.31.2"},
		{".Capabilities.APIVersions.Has `foo.example.com/v1`", "", "false"},
		{".Capabilities.APIVersions.Has `foo.example.com/v1`", ", apiVersions: [foo.example.com/v1]", "true"},
		{"tpl `{{ .Values.big }}` .", "", "9007199254740993"},
		{"include `x` 7", ", partials: [{inline: '{{ define `x` }}<{{ . }}>{{ end }}'}]", "<7>"},
		{"include `x` 7", ", partials: [{configMap: tpl, keys: [x.tpl]}]", "file 7"},
		{"dict `b` 1 `a` 2 | keys | join `,`", "", "a,b"},
	} {
		code, out, stderr := render(t, values, inline(c[0], c[1]), "", "x.tpl", "{{ define `x` }}file {{ . }}{{ end }}")
		if got := text(t, out); code != 0 || got != c[2] {
			t.Errorf("%s%s: exit code %d, %s, the text is %q, want %q", c[0], c[1], code, stderr, got, c[2])
		}
	}
}

// TestFiles: keys choose what is rendered, once and in order; the others are files, and _*.tpl are seen without being named.
func TestFiles(t *testing.T) {
	cm := "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {text: {{ include `own` . | quote }}}"
	texts := []string{
		"a.gotmpl", strings.Replace(cm, "%s", "a", 1), "d__b.gotmpl", strings.Replace(cm, "%s", "b", 1),
		"d___own.tpl", "{{ define `own` }}{{ .Files.Get `d/c.txt` | trim }}{{ end }}", "d__c.txt", "from a file",
	}
	code, out, stderr := render(t, "spec: {}", `{templates: [{configMap: tpl, keys: ["**/*.gotmpl", a.gotmpl, "d/*.tpl"]}]}`, "", texts...)
	if code != 0 || text(t, out) != "from a file" || strings.Count(out, "otomi.io/rendered-by: test\n") != 2 ||
		!strings.Contains(out, "otomi.io/source: tpl/d/b.gotmpl\n") || !strings.Contains(out, "config.kubernetes.io/path: test/configmap_b.yaml\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
	// Without keys everything is a template, and text that is no manifest is wrong.
	code, _, stderr = render(t, "spec: {}", `{templates: [{configMap: tpl}]}`, "", texts...)
	if code != 1 || !strings.HasPrefix(stderr, "tpl/d/c.txt:1:1: error: a manifest holds a map") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestList: a template may write a List, JSON and nothing.
func TestList(t *testing.T) {
	list := `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}]}`
	code, out, stderr := render(t, "spec: {}", "{templates: [{configMap: tpl, keys: ['*.gotmpl']}]}", "", "list.gotmpl", list, "none.gotmpl", "{{ if false }}x{{ end }}")
	if code != 0 || strings.Count(out, "otomi.io/rendered-by: test\n") != 2 {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
}

func TestImages(t *testing.T) {
	pod := "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx:1.29}]}}"
	code, out, stderr := render(t, "spec: {}", "{templates: [{inline: '"+pod+"'}], images: {rewrite: [{from: docker.io, to: registry.example.com/mirror}]}}", "")
	if code != 0 || !strings.Contains(out, "image: registry.example.com/mirror/library/nginx:1.29\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
}

// TestSecret: what merge-values calls a secret is in no message, and neither is the line of the item that holds it.
func TestSecret(t *testing.T) {
	values := "spec: {db: {password: hunter22}}, status: {sources: {}, secrets: [/db/password]}"
	code, out, stderr := render(t, values, inline("fail (printf `weak: %s` .Values.db.password)", ""), "")
	_, results, _ := strings.Cut(out, "\nresults:\n")
	if code != 1 || !strings.Contains(stderr, "weak: <redacted>") || !strings.Contains(results, "weak: <redacted>") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, results)
	}
	if strings.Contains(stderr+results, "hunter22") {
		t.Errorf("the secret is told: %s\n%s", stderr, results)
	}
}

func TestFindings(t *testing.T) {
	config := "RenderTemplates.otomi.io/test: error: "
	cm := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	for name, c := range map[string]struct{ spec, items, file, want string }{
		"no templates":    {"{values: {name: merged}}", "", "", config + "spec.templates: the value is missing [required]\n"},
		"typo":            {"{templates: [{inlin: x}]}", "", "", config + "spec.templates[0].inlin: unknown field \"inlin\" [unknown-field]\n    did you mean \"inline\"?\n"},
		"neither":         {"{templates: [{}]}", "", "", config + "spec.templates[0]: an entry has one of inline and configMap [template-source]\n"},
		"both":            {"{partials: [{inline: x, configMap: tpl}], templates: []}", "", "", config + "spec.partials[0]: an entry has one of inline and configMap [template-source]\n"},
		"keys of none":    {"{templates: [{inline: x, keys: [a]}]}", "", "", config + "spec.templates[0].keys: keys are those of a configMap [template-source]\n"},
		"no ConfigMap":    {"{templates: [{configMap: tlp}]}", "", "", config + "the stream has no ConfigMap \"tlp\" [missing-item]\n    did you mean \"tpl\"?\n"},
		"no key":          {"{templates: [{configMap: tpl, keys: [b.gotmpl]}]}", "", cm, config + "the ConfigMap tpl has no key for b.gotmpl [missing-key]\n    did you mean \"a.gotmpl\"?\n"},
		"bad glob":        {"{templates: [{configMap: tpl, keys: ['[']}]}", "", cm, config + `"[" is no pattern of paths: syntax error in pattern [glob-syntax]` + "\n"},
		"no Values":       {"{values: {name: merge}, templates: []}", "", "", config + "the stream has no Values \"merge\" [missing-item]\n    did you mean \"merged\"?\n"},
		"kube version":    {"{kubeVersion: 1.33, templates: []}", "", "", config + "spec.kubeVersion: want a string, have the number 1.33 [field-type]\n    write it in quotes\n"},
		"no kube version": {"{kubeVersion: new, templates: []}", "", "", config + `spec.kubeVersion: "new" is no version of Kubernetes: write it as 1.33 or 1.33.2 [kube-version]` + "\n"},
		"missing value": {
			"{values: {name: merged}, templates: [{configMap: tpl, keys: [a.gotmpl]}]}", "", cm + "data: {a: {{ .Values.replica }}}",
			"tpl/a.gotmpl:4:14: error: .Values.replica is not set [template]\n    4 | data: {a: {{ .Values.replica }}}\n      |              ^\n    did you mean \"replicas\"?\n",
		},
		"random":   {"{templates: [{inline: 'a: {{ uuidv4 }}'}]}", "", "", "test/templates[0]:1:7: error: uuidv4 "},
		"no kind":  {"{templates: [{inline: 'apiVersion: v1'}]}", "", "", "test/templates[0]:1:1: error: the object has no kind"},
		"twice":    {"{templates: [{configMap: tpl, keys: [a.gotmpl]}]}", "", "# one\n" + cm + "{{- if true }}\n---\n" + cm + "{{ end }}", "tpl/a.gotmpl:7: error: ConfigMap/a: the templates render the object twice [duplicate-object]\n"},
		"function": {"{templates: [{inline: '{apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: a}}'}]}", "", "", "test/templates[0]:1: error: Values.otomi.io/a: otomi.io/v1alpha1 Values is for functions, and objects for a cluster are rendered here [function-item]\n"},
		"foreign": {
			"{templates: [{inline: '{apiVersion: v1, kind: Namespace, metadata: {name: web}}'}]}",
			"- {apiVersion: v1, kind: Namespace, metadata: {name: web, annotations: {config.kubernetes.io/path: ns.yaml}}}\n", "",
			"ns.yaml: error: Namespace/web: the function renders an item of this identity, and the one in the stream has another origin [foreign-item]\n",
		},
	} {
		var texts []string
		if c.file != "" {
			texts = []string{"a.gotmpl", c.file}
		}
		code, out, stderr := render(t, "spec: {replicas: 2}", c.spec, c.items, texts...)
		if code != 1 || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %s\nwant 1, %s", name, code, stderr, c.want)
		}
		if strings.Contains(out, "otomi.io/rendered-by") {
			t.Errorf("%s: the function failed and wrote items", name)
		}
	}
}
