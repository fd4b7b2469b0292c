package renderplatform_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/renderplatform"
)

// render runs the function on Values and a core, whose texts are keys and values, and on more items.
func render(t *testing.T, values, spec, items string, texts ...string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items +
		"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: \"true\"}}, " + values + "}\n" +
		"- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: core}\n  data:\n    note: \"\"\n"
	for i := 0; i < len(texts); i += 2 {
		in += "    " + texts[i] + ": |\n      " + strings.ReplaceAll(texts[i+1], "\n", "\n      ") + "\n"
	}
	in += "functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: RenderPlatform\n  metadata: {name: test}\n  spec: " + spec + "\n"
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), renderplatform.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

const (
	spec  = "{values: {name: merged}, core: [{configMap: core}]}"
	level = "platform__runlevels__50-a.yaml"
	web   = "releases:\n  - name: web\n    namespace: web\n    manifests: web"
	key   = "platform__web__cm.yaml.gotmpl"
	cm    = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  big: \"{{ .Values.big }}\""
)

func TestRender(t *testing.T) {
	code, out, stderr := render(t, "spec: {big: 9007199254740993}", spec, "", level, web, key, cm)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		"    big: \"9007199254740993\"\n", "      otomi.io/rendered-by: test\n", "      otomi.io/release: web\n", "      otomi.io/runlevel: \"50\"\n",
		"internal.config.kubernetes.io/path: 50/web/configmap_web_a.yaml\n", "internal.config.kubernetes.io/path: 50/web/namespace_web.yaml\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
}

// TestPatches checks that the patches of releases and of values are applied, as by the plugin.
func TestPatches(t *testing.T) {
	patched := web + "\n    patches:\n      - target: {kind: ConfigMap}\n        patch: '[{\"op\": \"add\", \"path\": \"/data/x\", \"value\": \"from core\"}]'"
	values := `spec: {big: 1, apps: {web: {patches: [{patch: '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"z": "from values"}}'}]}}}`
	code, out, stderr := render(t, values, spec, "", level, patched, key, cm)
	if code != 0 || !strings.Contains(out, "    x: from core\n") || !strings.Contains(out, "    z: from values\n") {
		t.Errorf("exit code %d, %s:\n%s", code, stderr, out)
	}
}

// TestImages: what a cluster in otomi.yaml says of images, the functionConfig says here.
func TestImages(t *testing.T) {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: nginx:1.29}]}"
	rewrite := "{values: {name: merged}, core: [{configMap: core}], images: {rewrite: [{from: docker.io, to: registry.example.com/mirror}]}}"
	code, out, stderr := render(t, "spec: {}", rewrite, "", level, web, key, pod)
	if code != 0 || !strings.Contains(out, "image: registry.example.com/mirror/library/nginx:1.29\n") {
		t.Errorf("exit code %d, %s:\n%s", code, stderr, out)
	}
}

// TestSecretOfTheSchema: a template that fails over a secret does not tell it.
func TestSecretOfTheSchema(t *testing.T) {
	schema := "properties: {db: {properties: {password: {type: string, x-secret: true}}}}"
	code, out, stderr := render(t, "spec: {db: {password: hunter22}}", spec, "", "platform__schema.yaml", schema, level, web, key,
		`{{ fail (printf "the password %s is weak" .Values.db.password) }}`)
	_, results, _ := strings.Cut(out, "\nresults:\n")
	if code != 1 || !strings.Contains(stderr, "the password <redacted> is weak") || !strings.Contains(results, "<redacted>") {
		t.Errorf("exit code %d, %s\nwant 1, and the reason in the results:\n%s", code, stderr, results)
	}
	if strings.Contains(stderr+results, "hunter22") {
		t.Errorf("the secret is told: %s\n%s", stderr, results)
	}
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		values, spec, items string
		core                []string
		want                string
	}{
		"no values": {"spec: {}", "{}", "", nil, "RenderPlatform.otomi.io/test: error: spec.values: the value is missing [required]\n"},
		"no name":   {"spec: {}", "{values: {}}", "", nil, "RenderPlatform.otomi.io/test: error: spec.values.name: the value is missing [required]\n"},
		"missing":   {"spec: {}", "{values: {name: merge}}", "", nil, "RenderPlatform.otomi.io/test: error: the stream has no Values \"merge\" [missing-item]\n    did you mean \"merged\"?\n"},
		"core":      {"spec: {}", "{values: {name: merged}, core: [embed]}", "", nil, `RenderPlatform.otomi.io/test: error: there is no core "embed"; want embedded or {configMap: NAME} [core-source]`},
		"template": {
			"spec: {}", spec, "",
			[]string{level, web, key, cm},
			"core/platform/web/cm.yaml.gotmpl:6:",
		},
		"place of a value": {
			`spec: {apps: {web: {enabled: "yes"}}}, status: {sources: {/apps/web/enabled: "env/apps/web.yaml:3:5"}}`, spec, "",
			[]string{level, web, key, cm},
			`env/apps/web.yaml:3:5: error: apps.web.enabled: want true or false, have the string "yes" [field-type]`,
		},
		"foreign item": {
			"spec: {big: 1}", spec, "- {apiVersion: v1, kind: Namespace, metadata: {name: web, annotations: {config.kubernetes.io/path: ns.yaml}}}\n",
			[]string{level, web, key, cm},
			"ns.yaml: error: Namespace/web: the function renders an item of this identity, and the one in the stream has another origin [foreign-item]\n    remove one of the two\n",
		},
	} {
		code, out, stderr := render(t, c.values, c.spec, c.items, c.core...)
		if code != 1 || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %s\nwant 1, %s", name, code, stderr, c.want)
		}
		if strings.Contains(out, "otomi.io/rendered-by") {
			t.Errorf("%s: the function failed and wrote items", name)
		}
	}
}
