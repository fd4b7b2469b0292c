package kustomize

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// password is what no function may know.
const password = "correct-horse-battery"

// TestSecrets gives the functions a layer that SOPS has encrypted, and the key to it in the environment, which programs inherit:
// under kustomize and under kpt, in one step and in two, the layer is refused, or placeholders stand for its values.
func TestSecrets(t *testing.T) {
	need(t, "kubectl-otomi", "kustomize", "pipeline", "merge-values", "render-platform")
	data, key := encryptedValues(t)
	t.Setenv("SOPS_AGE_KEY", key)
	if got := run(t, writeLayer(t, data), "", filepath.Join(root(t), "bin", "kubectl-otomi"), "secrets", "decrypt", "secrets.db.yaml"); !strings.Contains(got.stdout, password) {
		t.Fatalf("the key does not open the layer, so that the test proves nothing: %s", got.stderr)
	}
	t.Setenv("PATH", filepath.Join(root(t), "bin")+":"+os.Getenv("PATH"))
	for name, way := range map[string]func(t *testing.T, dir string, functions []string) result{"kustomize": builds, "kpt": renders} {
		for steps, functions := range map[string][]string{"one step": {"pipeline"}, "two steps": {"merge-values", "render-platform"}} {
			t.Run(name+"/"+steps, func(t *testing.T) {
				if name == "kpt" {
					kptVersion(t)
				}
				dir := secretPackage(t, data, "")
				got := way(t, dir, functions)
				if got.code == 0 || !strings.Contains(got.stderr, "secrets.db.yaml: error: the layer is encrypted, and a function emits no decrypted value [decrypt]") {
					t.Errorf("an encrypted layer: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
				}
				hides(t, dir, got)

				dir = secretPackage(t, data, "placeholder")
				got = way(t, dir, functions)
				if got.code != 0 || !strings.Contains(got.stdout, "kind: Secret\n") || !strings.Contains(got.stdout, "otomi.io/secrets: placeholder\n") {
					t.Errorf("placeholders: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
				}
				hides(t, dir, got)
			})
		}
	}
}

func builds(t *testing.T, dir string, functions []string) result {
	t.Helper()
	var steps []string
	for _, f := range functions {
		steps = append(steps, f+".yaml")
	}
	writeYAML(t, dir, "kustomization.yaml", map[string]any{"resources": []string{"values.yaml", "core.yaml"}, "transformers": steps})
	return run(t, dir, "", "kustomize", "build", ".", "--enable-alpha-plugins", "--enable-exec")
}

func renders(t *testing.T, dir string, functions []string) result {
	t.Helper()
	var steps []map[string]string
	for _, f := range functions {
		steps = append(steps, map[string]string{"exec": f, "configPath": f + ".yaml"})
	}
	writeYAML(t, dir, "Kptfile", map[string]any{
		"apiVersion": "kpt.dev/v1", "kind": "Kptfile", "metadata": map[string]any{"name": "db"}, "pipeline": map[string]any{"mutators": steps},
	})
	return run(t, dir, "", "kpt", "fn", "render", ".", "--allow-exec", "--truncate-output=false", "-o", "unwrap")
}

// hides wants the password nowhere: neither in what was printed nor in the files, as it is or encoded.
func hides(t *testing.T, dir string, got result) {
	t.Helper()
	seen := files(t, dir)
	seen["stdout"], seen["stderr"] = got.stdout, got.stderr
	for name, text := range seen {
		for _, word := range []string{password, base64.StdEncoding.EncodeToString([]byte(password))} {
			if strings.Contains(text, word) {
				t.Errorf("%s holds the password:\n%s", name, text)
			}
		}
	}
}

// encryptedValues is an encrypted layer, and the key to it.
func encryptedValues(t *testing.T) (text, key string) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".sops.yaml"), []byte("creation_rules: [{age: "+identity.Recipient().String()+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	encrypted, err := secrets.Config{FS: os.DirFS(dir), Dir: dir}.Encrypt("secrets.db.yaml", []byte("db: {password: "+password+"}\n"), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return string(encrypted), identity.String()
}

// writeLayer is a values repo with the layer alone.
func writeLayer(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"otomi.yaml": "apiVersion: otomi.io/v1alpha1\nkind: ValuesRepo\nmetadata: {name: a}\n", "secrets.db.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// secretPackage is a folder with the layer, a core that makes a Secret of it, and the functions' configurations.
func secretPackage(t *testing.T, layer, mode string) string {
	t.Helper()
	dir := t.TempDir()
	local := map[string]any{"config.kubernetes.io/local-config": "true"}
	configMap := func(name string, data map[string]string) {
		writeYAML(t, dir, name+".yaml", map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "annotations": local}, "data": data})
	}
	configMap("values", map[string]string{"secrets.db.yaml": layer})
	configMap("core", map[string]string{
		"platform__runlevels__10-db.yaml": "releases: [{name: db, namespace: db, manifests: db}]\n",
		"platform__db__db.yaml.gotmpl":    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: {{ .Values.db.password | quote }}}\n",
	})
	merge := map[string]any{"layers": []any{map[string]any{"configMap": "values"}}}
	if mode != "" {
		merge["secrets"] = mode
	}
	render := map[string]any{"values": map[string]any{"name": "merged"}, "core": []any{map[string]any{"configMap": "core"}}}
	step := func(kind string, spec any) map[string]any { return map[string]any{"kind": kind, "spec": spec} }
	for name, config := range map[string]map[string]any{
		"merge-values": step("MergeValues", merge), "render-platform": step("RenderPlatform", render),
		"pipeline": step("Pipeline", map[string]any{"steps": []any{step("MergeValues", merge), step("RenderPlatform", render)}}),
	} {
		config["apiVersion"] = "otomi.io/v1alpha1"
		config["metadata"] = map[string]any{"name": name, "annotations": map[string]any{
			"config.kubernetes.io/local-config": "true", "config.kubernetes.io/function": "exec: {path: " + name + "}",
		}}
		writeYAML(t, dir, name+".yaml", config)
	}
	return dir
}

func writeYAML(t *testing.T, dir, name string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
