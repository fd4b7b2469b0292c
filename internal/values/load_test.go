package values_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

const encrypted = `# a comment
web:
    password: ENC[AES256_GCM,data:abc=,type:str]
    list:
        - ENC[AES256_GCM,data:abc=,type:str]
    user_unencrypted: admin
sops:
    lastmodified: "2026-11-20T12:00:00Z"
    mac: ENC[AES256_GCM,data:abc=,type:str]
    version: 3.13.0
`

func decrypt(string, []byte) ([]byte, error) {
	return []byte("web:\n  list: [l1st-s3cret]\n  password: hunter2\n  user_unencrypted: admin\n"), nil
}

func TestSecretLayers(t *testing.T) {
	fsys := fstest.MapFS{
		"web.yaml":           {Data: []byte("web: {replicas: 1}\n")},
		"any.yaml":           {Data: []byte(encrypted)},
		"secrets.plain.yaml": {Data: []byte("token: t0ps3cret\n")},
	}
	files := []repo.LayerFile{{Path: "web.yaml"}, {Path: "any.yaml"}, {Path: "secrets.plain.yaml", Secret: true}}
	l := values.Loader{FS: fsys, Decrypt: decrypt}
	layers, findings := l.Load(files)
	if findings.Failed() || len(findings) != 1 || findings[0].Rule != "plain-secret" {
		t.Errorf("findings = %v, want a warning about the plain file", findings)
	}
	tree, _ := values.Merge(layers, nil)
	if got := tree.At("web", "password"); got.Text != "hunter2" || got.At().String() != "any.yaml:3:15" {
		t.Errorf("web.password = %q at %s, want the decrypted value at the encrypted one's place", got.Text, got.At())
	}
	if !tree.Secret("web") || !tree.Secret("token") || tree.Secret("web", "replicas") {
		t.Error("secret values are not marked, or others are")
	}
	if tree.Secret("web", "user_unencrypted") {
		t.Error("what SOPS left in plain text for all to read counts as a secret")
	}
	secrets, _ := tree.Secrets()
	if diff := cmp.Diff([]string{"hunter2", "l1st-s3cret", "t0ps3cret"}, secrets); diff != "" {
		t.Errorf("Secrets (-want +got):\n%s", diff)
	}
	for _, print := range []values.Print{{}, {Origin: true}} {
		js, err1 := print.JSON(tree.Root)
		text, err2 := print.YAML(tree.Root)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		for _, s := range secrets {
			if bytes.Contains(js, []byte(s)) || bytes.Contains(text, []byte(s)) {
				t.Errorf("%+v shows the secret %s:\n%s\n%s", print, s, js, text)
			}
		}
	}
	if text, _ := (values.Print{Secrets: true}).YAML(tree.Root); !bytes.Contains(text, []byte("password: hunter2")) {
		t.Errorf("--show-secrets shows\n%s", text)
	}

	strict := values.Loader{FS: fsys, Decrypt: decrypt, Strict: true}
	if _, findings := strict.Load(files); !findings.Failed() {
		t.Error("a plain secret file in a repo with .sops.yaml is no error")
	}
	keyless := values.Loader{FS: fsys}
	layers, _ = keyless.Load(files[:2])
	tree, _ = values.Merge(layers, nil)
	if got := tree.At("web", "password").Text; got != values.Placeholder {
		t.Errorf("without a key web.password = %q", got)
	}
	if got := tree.At("web", "user_unencrypted").Text; got != "admin" {
		t.Errorf("without a key web.user_unencrypted = %q", got)
	}
}

func TestPlainInEncrypted(t *testing.T) {
	fsys := fstest.MapFS{"any.yaml": {Data: []byte(strings.Replace(encrypted, "    list:\n", "    pin: 4711\n    list:\n        - pl41n\n", 1))}}
	for what, l := range map[string]*values.Loader{"with a key": {FS: fsys, Decrypt: decrypt}, "without": {FS: fsys}} {
		layers, findings := l.Load([]repo.LayerFile{{Path: "any.yaml"}})
		var got []string
		for _, f := range findings {
			got = append(got, f.At.String()+" "+f.Path+" "+f.Rule)
		}
		if diff := cmp.Diff([]string{"any.yaml:6:11 web.list[0] plain-in-encrypted", "any.yaml:4:10 web.pin plain-in-encrypted"}, got); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", what, diff)
		}
		tree, _ := values.Merge(layers, nil)
		text, err := values.Print{Secrets: true}.YAML(tree.Root)
		if err != nil || bytes.Contains(text, []byte("4711")) || bytes.Contains(text, []byte("pl41n")) || !bytes.Contains(text, []byte("user_unencrypted: admin")) {
			t.Errorf("%s: the layer is %v\n%s", what, err, text)
		}
		if !tree.Placeholders() {
			t.Errorf("%s: no placeholder stands for the values", what)
		}
	}
}

func TestLoadBad(t *testing.T) {
	fsys := fstest.MapFS{"folder.yaml/x": {}, "large.yaml": {Data: make([]byte, 33<<20)}, "empty.yaml": {}}
	l := values.Loader{FS: fsys}
	layers, findings := l.Load([]repo.LayerFile{{Path: "folder.yaml"}, {Path: "gone.yaml"}, {Path: "large.yaml"}, {Path: "empty.yaml"}})
	want := "folder.yaml: it is a folder, not a file\ngone.yaml: file does not exist\nlarge.yaml: the file has 34603008 bytes, more than the 8388608 a layer may have"
	if diff := cmp.Diff(want, findings.Error()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if layers[3].Root != nil {
		t.Error("an empty file is no empty layer")
	}
}

func TestFlags(t *testing.T) {
	layers, findings := values.Set([]string{"a.b=1,a.c={x,y}", "d=null", "e=0012", "f=true"})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	file, findings := values.File("more.yaml", []byte("d: 5\ng: 6\n"))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	tree, _ := values.Merge(append([]values.Layer{file}, layers...), nil)
	want := map[string]any{"a": map[string]any{"b": int64(1), "c": []any{"x", "y"}}, "e": "0012", "f": true, "g": int64(6)}
	if diff := cmp.Diff(want, tree.Value()); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
	if _, findings := values.Set([]string{"a[x=1"}); !strings.Contains(findings.Error(), "--set: ") {
		t.Errorf("bad --set = %v", findings)
	}
	if _, findings := values.File("more.yaml", []byte(encrypted)); !findings.Failed() {
		t.Error("an encrypted --values file is no error")
	}
}

func TestPrint(t *testing.T) {
	tree, _ := values.Merge([]values.Layer{layer(t, "l.yaml", `{a: "yes", b: "0644", c: "1e3", d: "", e: [], f: {}, g: 1000000, h: 12345678901234567890, i: "a\nb\n", j: "2021-01-01", "on": true, k: 1e6, l: null}`)}, nil)
	text, err := values.Print{}.YAML(tree.Root)
	if err != nil {
		t.Fatal(err)
	}
	again, findings := values.Merge([]values.Layer{layer(t, "again", string(text))}, nil)
	if diff := cmp.Diff(tree.Value(), again.Value()); diff != "" || len(findings) > 0 {
		t.Errorf("printed values do not read back: %v\n%s\n%s", findings, diff, text)
	}
	for _, want := range []string{`a: "yes"`, `b: "0644"`, `"on": true`, "g: 1000000\n", "h: 12345678901234567890\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("printed values lack %s:\n%s", want, text)
		}
	}
}

func TestCoreDefaults(t *testing.T) {
	stack := core.Stack{
		{Name: "embedded", FS: fstest.MapFS{"platform/defaults.yaml": {Data: []byte("a: 1\nb: 1\n")}}},
		{Name: "none", FS: fstest.MapFS{}},
		{Name: ".", FS: fstest.MapFS{"platform/defaults.yaml": {Data: []byte("b: 2\n")}}},
	}
	layers, findings := values.Defaults(stack)
	tree, _ := values.Merge(layers, nil)
	if diff := cmp.Diff(map[string]any{"a": int64(1), "b": int64(2)}, tree.Value()); diff != "" || len(findings) > 0 {
		t.Errorf("Defaults: %v (-want +got):\n%s", findings, diff)
	}
	if got := tree.At("a").At().String(); got != "embedded:platform/defaults.yaml:1:4" {
		t.Errorf("a default of the embedded core is at %s", got)
	}
}
