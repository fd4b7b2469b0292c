package inputs_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

func list(t *testing.T, items string) *krm.List {
	t.Helper()
	l, findings := krm.Read([]byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items))
	if findings.Failed() {
		t.Fatal(findings)
	}
	return l
}

func at() diag.Position { return diag.Position{File: "config"} }

func TestFindConfigMap(t *testing.T) {
	l := list(t, `- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
  data: {env__teams__blue.yaml: x, templates___helpers.tpl: v, plain.txt: "z", real/slash: s}
  binaryData: {chart.tgz: "AAEC\n/w=="}
`)
	c, findings := inputs.FindConfigMap(l, "a", at())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	want := map[string][]byte{
		"env/teams/blue.yaml": []byte("x"), "templates/_helpers.tpl": []byte("v"), "plain.txt": []byte("z"), "real/slash": []byte("s"),
		"chart.tgz": {0, 1, 2, 255},
	}
	if diff := cmp.Diff(want, c.Texts); diff != "" {
		t.Errorf("FindConfigMap (-want +got):\n%s", diff)
	}
}

func TestFindConfigMapBad(t *testing.T) {
	item := func(name, rest string) string {
		return "- {apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}, " + rest + "}\n"
	}
	for name, c := range map[string]struct{ items, want string }{
		"missing":      {item("acme-cores", "data: {}"), `config: the stream has no ConfigMap "acme-core" (did you mean "acme-cores"?)`},
		"others":       {item("z", "data: {}") + item("b", "data: {}"), `config: the stream has no ConfigMap "acme-core" (there are b, z)`},
		"none":         {"- {apiVersion: v1, kind: Secret, metadata: {name: acme-core}}\n", `config: the stream has no ConfigMap "acme-core"`},
		"two":          {item("acme-core", "data: {}") + item("acme-core", "data: {}"), `config: the stream has ConfigMap "acme-core" 2 times`},
		"out of it":    {item("acme-core", "data: {..__x: a}"), `ConfigMap/acme-core:1:78: data["..__x"]: the key stands for "../x", which is no path`},
		"absolute":     {item("acme-core", "data: {__x: a}"), `ConfigMap/acme-core:1:76: data.__x: the key stands for "/x", which is no path`},
		"same path":    {item("acme-core", "data: {a__b: x, a/b: z}"), `ConfigMap/acme-core:1:77: data.a__b: two keys stand for the path "a/b"`},
		"number":       {item("acme-core", "data: {a: 1}"), `ConfigMap/acme-core:1:74: data.a: want a string, have the integer`},
		"not base64":   {item("acme-core", "binaryData: {a: '*'}"), `ConfigMap/acme-core:1:80: binaryData.a: the value is not base64`},
		"YAML 1.1":     {item("acme-core", "data: {a: no}"), "ConfigMap/acme-core:1:74: no is a string in YAML 1.2 and a boolean in YAML 1.1"},
		"data no map":  {item("acme-core", "data: [a]"), "ConfigMap/acme-core:1:70: data: want a map, have the list"},
		"data nothing": {item("acme-core", "data: "), ""},
	} {
		_, findings := inputs.FindConfigMap(list(t, c.items), "acme-core", at())
		if got := findings.Error(); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: FindConfigMap = %s\nwant %s", name, got, c.want)
		}
	}
}

func TestStack(t *testing.T) {
	l := list(t, `- apiVersion: v1
  kind: ConfigMap
  metadata: {name: mine}
  data:
    platform__runlevels__50-apps.yaml: "releases: []"
    platform__platform.yaml: |
      apiVersion: otomi.io/v1alpha1
      kind: Core
      metadata: {name: mine}
      spec: {version: 1.2.3, kubeVersion: ">=1.30"}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: embedded}, data: {charts__x__Chart.yaml: "name: x"}}
`)
	stack, findings := inputs.Stack(l, []inputs.Ref{{Word: "embedded"}, {ConfigMap: "mine"}, {ConfigMap: "embedded"}}, "1.33")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if len(stack) != 3 || stack[1].Version != "1.2.3" {
		t.Errorf("Stack = %v", stack)
	}
	for name, want := range map[string]string{
		"platform/runlevels/50-apps.yaml":  "mine/platform/runlevels/50-apps.yaml",
		"platform/runlevels/60-teams.yaml": "embedded:platform/runlevels/60-teams.yaml",
	} {
		if got := stack.Display(name); got != want {
			t.Errorf("Display(%s) = %s, want %s", name, got, want)
		}
	}
	if text, err := fs.ReadFile(stack, "charts/x/Chart.yaml"); err != nil || string(text) != "name: x" {
		t.Errorf("the ConfigMap named embedded is not there: %s, %v", text, err)
	}
	if text := l.Text("embedded:platform/schema.yaml"); len(text) == 0 {
		t.Error("the embedded core's files cannot be shown")
	}

	for _, c := range []struct {
		ref  inputs.Ref
		kube string
		want string
	}{
		{inputs.Ref{Word: "embeded", At: at()}, "", `config: there is no core "embeded"; want embedded or {configMap: NAME} (did you mean "embedded"?)`},
		{inputs.Ref{ConfigMap: "other", At: at()}, "", `config: the stream has no ConfigMap "other" (there are embedded, mine)`},
		{inputs.Ref{ConfigMap: "mine", At: at()}, "1.20", "config: core ./mine needs Kubernetes >=1.30, the cluster has 1.20 (take a version of the core for it, or upgrade the cluster)"},
	} {
		if _, findings := inputs.Stack(l, []inputs.Ref{c.ref}, c.kube); findings.Error() != c.want {
			t.Errorf("Stack(%+v) = %s\nwant %s", c.ref, findings.Error(), c.want)
		}
	}
}

func TestTree(t *testing.T) {
	l := list(t, `- apiVersion: otomi.io/v1alpha1
  kind: Values
  metadata: {name: merged, annotations: {config.kubernetes.io/local-config: "true", config.kubernetes.io/path: merged.yaml}}
  spec:
    apps: {web/x: {replicas: 2, list: [a, {b: c}]}}
    empty: {}
    token: secret-token
    unknown: 1
  status:
    sources:
      /apps/web~1x/replicas: env/apps/web.yaml:3:13
      /apps/web~1x/list/0: embedded:platform/schema.yaml:7:1
      /apps/web~1x/list/1/b: env/x.yaml:4
      /empty: --set
      /token: env/secrets.web.yaml:1:8
`)
	tree, findings := inputs.Tree(l, inputs.ValuesRef{Name: "merged"})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for path, want := range map[string]string{
		"apps/web~x/replicas": "", "empty": "--set", "token": "env/secrets.web.yaml:1:8", "unknown": "merged.yaml:8:12",
		"apps": "embedded:platform/schema.yaml:7:1",
	} {
		if got := tree.At(strings.Split(path, "/")...).At().String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	web := tree.At("apps", "web/x")
	if got := web.Get("replicas").At().String() + " " + web.Lookup("list", "0").At().String() + " " + web.Lookup("list", "1", "b").At().String(); got != "env/apps/web.yaml:3:13 embedded:platform/schema.yaml:7:1 env/x.yaml:4:0" && got != "env/apps/web.yaml:3:13 embedded:platform/schema.yaml:7:1 env/x.yaml:4" {
		t.Errorf("places below apps: %s", got)
	}
	if !tree.Secret("token") || tree.Secret("unknown") {
		t.Error("a value of a secrets file is not secret any more, or another is")
	}
}

func TestTreeBad(t *testing.T) {
	for name, c := range map[string]struct{ items, want string }{
		"missing":   {"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merge}}\n", `the stream has no Values "merged" (did you mean "merge"?)`},
		"no spec":   {"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged}}\n", "Values.otomi.io/merged:1:1: spec: the Values have no map"},
		"a list":    {"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged}, spec: []}\n", "Values.otomi.io/merged:1:1: spec: the Values have no map"},
		"encrypted": {"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged}, spec: {a: 'ENC[AES256_GCM,data:x,type:str]', sops: {mac: x}}}\n", "Values.otomi.io/merged:1:79: spec: the values are encrypted, and a function decrypts none (give the encrypted file as a key of a ConfigMap to merge-values"},
		"YAML 1.1":  {"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged}, spec: {a: on}}\n", "Values.otomi.io/merged:1:83: on is a string in YAML 1.2"},
	} {
		_, findings := inputs.Tree(list(t, c.items), inputs.ValuesRef{Name: "merged"})
		if got := findings.Error(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: Tree = %s\nwant %s", name, got, c.want)
		}
	}
}
