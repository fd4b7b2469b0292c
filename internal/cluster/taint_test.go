package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// TestTaint: what came out otherwise without secrets is hidden on both sides, wherever the cluster has it, and nothing else.
func TestTaint(t *testing.T) {
	read := func(text string) map[string]any {
		var m map[string]any
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	made := func(secret string) map[string]any {
		return read(strings.ReplaceAll(`
kind: X
metadata: {name: x, annotations: {sum: sum-of-SECRET, plain: plain}}
data:
  one: say SECRET
  conf: "user: admin\npassword: SECRET\nport: 1\n"
spec:
  containers:
  - {name: app, image: app:1, args: [serve, --password=SECRET]}
  - {name: side, env: [{name: WORD, value: SECRET}]}
  rules: [{host: SECRET.example.com, port: 80}]
`, "SECRET", secret))
	}
	live := read(`
kind: X
metadata: {name: x, annotations: {sum: sum-of-OLD, plain: other}}
data:
  one: say OLD
  conf: "user: root\npassword: OLD\nport: 1\n"
spec:
  containers:
  - {name: injected, args: [--run]}
  - {name: side, env: [{name: FIRST, value: "1"}, {name: WORD, value: NEW}]}
  - {name: app, image: app:0, args: [--password=OLD, serve]}
  rules: [{host: OLD.example.com, port: 8080}]
`)
	var texts []string
	taint := NewTaint(any(made("NEW")), any(made("otherwise")), func(text string) { texts = append(texts, text) })
	before, after := &unstructured.Unstructured{Object: live}, &unstructured.Unstructured{Object: made("NEW")}
	newMasker(nil).pair(before, after, taint)
	want := `
kind: X
metadata: {name: x, annotations: {sum: "<redacted:4>", plain: other}}
data:
  one: <redacted:3>
  conf: "<redacted:1>\n<redacted:2>\nport: 1\n"
spec:
  containers:
  - {name: injected, args: [--run]}
  - {name: side, env: [{name: FIRST, value: "1"}, {name: WORD, value: "<redacted:6>"}]}
  - {name: app, image: app:0, args: ["<redacted:5>", serve]}
  rules: [{host: "<redacted:7>", port: 8080}]
`
	if diff := cmp.Diff(read(want), before.Object); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	want = `
kind: X
metadata: {name: x, annotations: {sum: "<redacted:10>", plain: plain}}
data:
  one: <redacted:9>
  conf: "user: admin\n<redacted:8>\nport: 1\n"
spec:
  containers:
  - {name: app, image: app:1, args: [serve, "<redacted:11>"]}
  - {name: side, env: [{name: WORD, value: "<redacted:6>"}]}
  rules: [{host: "<redacted:12>", port: 80}]
`
	if diff := cmp.Diff(read(want), after.Object); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if len(texts) != 6 || strings.Contains(strings.Join(texts, " "), "admin") {
		t.Errorf("the texts that secrets went into = %q, want 6", texts)
	}
	if NewTaint(any(made("NEW")), any(made("NEW")), nil) != nil {
		t.Error("what is the same without secrets depends on them")
	}
}
