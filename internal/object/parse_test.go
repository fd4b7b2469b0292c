package object_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

func TestParse(t *testing.T) {
	text := `# a comment
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {big: 9007199254740993, no: yes}
---
# nothing here
---

apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Secret, metadata: {name: b, namespace: x}}
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: c}}
--- # the last
{"apiVersion": "example.com/v1", "kind": "Foo", "metadata": {"name": "d"}}
`
	objects, findings := object.Parse("m.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var got []string
	for _, o := range objects {
		got = append(got, o.ID().String()+"@"+o.Source.Position().String())
	}
	want := "ConfigMap/a@m.yaml:3 Secret/x/b@m.yaml:11 Deployment/c@m.yaml:11 Foo.example.com/d@m.yaml:17"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("Parse = %s\nwant    %s", s, want)
	}
	data := objects[0].Object["data"].(map[string]any)
	if data["big"] != int64(9007199254740993) || data["false"] != true && data["no"] != true {
		t.Errorf("data = %#v, want an exact integer and a YAML 1.1 boolean", data)
	}
}

func TestParseBad(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb: [\n":                       "m.yaml:3:1: a value is missing here",
		"- 1\n":                              "m.yaml:1: a manifest holds a map with apiVersion and kind, not a list",
		"kind: Pod\nmetadata: {name: a}\n":   "m.yaml:1: Pod/a: the object has no apiVersion",
		"\n\napiVersion: v1\nkind: Pod\n":    "m.yaml:3: Pod: the object has no metadata.name",
		"apiVersion: v1\nkind: A\nkind: B\n": `m.yaml:3: key "kind" is set twice in one map`,
		"---\napiVersion: v1\n---\n\n\nmetadata:\n  labels: 1\n   x: 2\n": "m.yaml:8:5: a map cannot begin here",
		"apiVersion: v1\nkind: Pod\nmetadata: {generateName: a}\n":        "m.yaml:1: Pod: the object has no metadata.name: generateName makes a new object at every apply, which no inventory can follow",
		"apiVersion: v1\nkind: List\nitems: [1]\n":                        "m.yaml:1: item 0 of the List is no object",
	} {
		_, findings := object.Parse("m.yaml", []byte(text))
		if !strings.Contains(findings.Error(), want) {
			t.Errorf("Parse(%q) = %v\nwant %s", text, findings, want)
		}
	}
}

func TestScopes(t *testing.T) {
	objects, _ := object.Parse("crds.yaml", []byte(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Foo}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: bars.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Bar}}
`))
	scopes := object.BuiltinScopes()
	scopes.AddCRDs(objects)
	for _, c := range []struct {
		group, kind string
		want        bool
	}{
		{"", "Namespace", true},
		{"", "Pod", false},
		{"rbac.authorization.k8s.io", "ClusterRole", true},
		{"rbac.authorization.k8s.io", "Role", false},
		{"example.com", "Foo", true},
		{"example.com", "Bar", false},
		{"other.com", "Baz", false},
	} {
		if got := scopes.ClusterScoped(c.group, c.kind); got != c.want {
			t.Errorf("ClusterScoped(%s, %s) = %v, want %v", c.group, c.kind, got, c.want)
		}
	}
}

// TestParseGiven: what users name may create objects under names that are yet to be made, and configure tools.
func TestParseGiven(t *testing.T) {
	objects, findings := object.ParseGiven("m.yaml", []byte(`apiVersion: batch/v1
kind: Job
metadata: {generateName: a-}
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
---
apiVersion: kpt.dev/v1
kind: Kptfile
metadata: {name: a}
---
apiVersion: example.com/v1
kind: Settings
metadata:
  annotations: {config.kubernetes.io/local-config: "true"}
---
apiVersion: v1
kind: Pod
`))
	if len(objects) != 1 || objects[0].GetGenerateName() != "a-" {
		t.Errorf("ParseGiven = %v, want the Job", objects)
	}
	if got, want := findings.Error(), "m.yaml:17: Pod: the object has no metadata.name"; got != want {
		t.Errorf("findings = %q, want %q", got, want)
	}
}
