package kustomize

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestScalars sends strings from one function to the next that YAML reads as something else when they are not quoted. kustomize
// decodes every item and encodes it anew in between, in its own way.
func TestScalars(t *testing.T) {
	need(t, "kustomize", "merge-values", "render-platform")
	want := map[string]string{
		"merge": "<<", "line separator": "a\u2028b", "line separator first": "\u2028b", "line separator only": "\u2028", "paragraph separator": "a\u2029b",
		"several lines": "a\u2028b\nc", "byte order mark": "\ufeffa", "no-break space": "a\u00a0b", "escape": "\x1b[0m", "bell": "\a",
		"boolean of 1.1": "yes", "date": "2026-01-01", "octal": "017", "null": "~", "empty": "", "list": "- x", "blank": " a ", "line feeds": "\n\na\n\n",
	}
	values, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"values.yaml": "texts: " + string(values) + "\n",
		"level.yaml":  "releases: [{name: a, namespace: a, manifests: a}]\n",
		"a.gotmpl":    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {texts: {{ .Values.texts | toJson | quote }}}\n",
		"kustomization.yaml": `configMapGenerator:
  - {name: layers, files: [values.yaml]}
  - {name: core, files: [platform__runlevels__10-a.yaml=level.yaml, platform__a__a.yaml.gotmpl=a.gotmpl]}
generatorOptions: {disableNameSuffixHash: true, annotations: {config.kubernetes.io/local-config: "true"}}
transformers: [merge.yaml, render.yaml]
`,
		"merge.yaml": "apiVersion: otomi.io/v1alpha1\nkind: MergeValues\nmetadata: {name: m, annotations: {config.kubernetes.io/function: 'exec: {path: ./merge-values}'}}\n" +
			"spec: {layers: [{configMap: layers}]}\n",
		"render.yaml": "apiVersion: otomi.io/v1alpha1\nkind: RenderPlatform\nmetadata: {name: r, annotations: {config.kubernetes.io/function: 'exec: {path: ./render-platform}'}}\n" +
			"spec: {values: {name: merged}, core: [{configMap: core}]}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"merge-values", "render-platform"} {
		if err := os.Symlink(filepath.Join(root(t), "bin", f), filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	built := run(t, dir, "", filepath.Join(root(t), "bin", "kustomize"), "build", ".", "--enable-alpha-plugins", "--enable-exec")
	if built.code != 0 {
		t.Fatalf("kustomize build: exit code %d\n%s", built.code, built.stderr)
	}
	rendered := objects(t, built.stdout)["ConfigMap/a/a"]
	data, _ := rendered["data"].(map[string]any)
	texts, _ := data["texts"].(string)
	var got map[string]string
	if err := json.Unmarshal([]byte(texts), &got); err != nil {
		t.Fatalf("%v in\n%s", err, built.stdout)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: the template sees %q, want %q", name, got[name], text)
		}
	}
}
