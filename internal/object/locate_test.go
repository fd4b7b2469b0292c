package object

import (
	"slices"
	"sync"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func objects(t *testing.T, file, text string) []Object {
	t.Helper()
	list, findings := Parse(file, []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return list
}

func TestParsePath(t *testing.T) {
	for path, want := range map[string][]string{
		"":                nil,
		"spec":            {"spec"},
		"spec.a[0].b":     {"spec", "a", "0", "b"},
		"a[1][2]":         {"a", "1", "2"},
		`m["x.y/z"].b`:    {"m", "x.y/z", "b"},
		`m["a]\"b"]`:      {"m", `a]"b`},
		"m[bare].b":       {"m", "bare", "b"},
		"spec.a[0":        {"spec", "a"},
		"spec.a[\"open].": {"spec", "a", "\"open"},
	} {
		if got := parsePath(path); !slices.Equal(got, want) {
			t.Errorf("parsePath(%s) = %q, want %q", path, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	const manifest = `apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
# A comment, and an empty line

apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    acme.io/on: yes
    acme.io/team: blue
spec:
  hostNetwork: no
  containers:
    - name: web
      image: "web:1"
      resources:
        limits:
          cpu: 1
    - name: empty
      image:
`
	for path, want := range map[string]string{
		"":                             "m.yaml:7",
		"spec.containers[0].image":     "m.yaml:18:14",
		"spec.containers[0].resources": "m.yaml:19:7",
		"spec.containers[0].resources.limits.memory":    "m.yaml:20:9",
		"spec.containers[1]":                            "m.yaml:22:7",
		"spec.containers[1].image":                      "m.yaml:23:7",
		"spec.containers[1].securityContext.privileged": "m.yaml:22:7",
		"spec.containers[7].image":                      "m.yaml:16:3",
		"spec.hostNetwork":                              "m.yaml:15:3",
		"spec.hostNetwork.deeper":                       "m.yaml:15:3",
		"status":                                        "m.yaml:7:1",
		`metadata.annotations["acme.io/team"]`:          "m.yaml:13:19",
		"metadata.annotations.acme.io/team":             "m.yaml:13:19",
	} {
		o := objects(t, "m.yaml", manifest)[1]
		l := NewLocator(o, &sync.Map{})
		if got := l.Place(path).String(); got != want {
			t.Errorf("place(%s) = %s, want %s", path, got, want)
		}
	}
}

func TestPlaceInLists(t *testing.T) {
	list := objects(t, "m.yaml", `# items
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {name: a}
    spec: {hostPID: true}
  - apiVersion: v1
    kind: PodList
    items:
      - apiVersion: v1
        kind: Pod
        metadata: {name: b, namespace: n}
        spec: {hostPID: true}
`)
	list[0].SetNamespace("filled-in")
	lists := &sync.Map{}
	for i, want := range []string{"m.yaml:8:21", "m.yaml:15:25"} {
		l := NewLocator(list[i], lists)
		if got := l.Place("spec.hostPID").String(); got != want {
			t.Errorf("place(%s spec.hostPID) = %s, want %s", list[i].ID(), got, want)
		}
	}
	stranger := list[0]
	stranger.Unstructured = list[1].DeepCopy()
	stranger.SetName("c")
	if got := NewLocator(stranger, lists).Place("spec.hostPID").String(); got != "m.yaml:2" {
		t.Errorf("place of an object that the list does not have = %s, want the list's place", got)
	}
}

func TestPlaceInJSON(t *testing.T) {
	o := objects(t, "m.json", "{\n  \"apiVersion\": \"v1\", \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"a\"},\n  \"spec\": {\"hostPID\": true}\n}\n")[0]
	if got := NewLocator(o, &sync.Map{}).Place("spec.hostPID").String(); got != "m.json:4:23" {
		t.Errorf("place = %s, want m.json:4:23", got)
	}
}

// What a template or kustomize wrote is not what the user edits: its lines would mislead.
func TestPlaceElsewhere(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true}\n"
	for file, refined := range map[string]bool{
		"manifests/pod.yaml": true, "-": true, "pod.yml": true, "templates.yaml": true, "charts/x/crds/crd.yaml": true,
		"charts/x/templates/pod.yaml": false, "embedded:templates/pod.yaml": false, "platform/site/pod.yaml.gotmpl": false,
		"base/kustomization.yaml": false, "base/Kustomization": false, "": false,
	} {
		o := objects(t, file, manifest)[0]
		want := Source{File: file, Line: 1}.Position()
		if refined {
			want.Line, want.Col = 4, 17
		}
		if got := NewLocator(o, &sync.Map{}).Place("spec.hostPID"); got != want {
			t.Errorf("place in %q = %v, want %v", file, got, want)
		}
	}
	patched := objects(t, "m.yaml", manifest)[0]
	patched.Source.Text = nil
	if got := NewLocator(patched, &sync.Map{}).Place("spec.hostPID").String(); got != "m.yaml:1" {
		t.Errorf("place without a text = %s, want m.yaml:1", got)
	}
}

// What a template rendered is placed by the template, and what a patch changed by the patch, the last one that did.
func TestPlaceTraced(t *testing.T) {
	o := objects(t, "charts/x/templates/a.yaml", "---\n# first\n---\n# second\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {a: 1, b: 1, c: 1}\n")[0]
	o.Source = o.Source.Traced(func(line, col int) diag.Position {
		return diag.Position{File: "template", Line: line + 100, Col: col}
	})
	spec := func(a, b int64) map[string]any {
		return map[string]any{"spec": map[string]any{"a": a, "b": b, "c": int64(1)}}
	}
	o.Edits = []Edit{
		{At: diag.Position{File: "patch1"}, Before: spec(1, 1), After: spec(2, 2)},
		{At: diag.Position{File: "patch2"}, Before: spec(2, 2), After: spec(2, 3)},
	}
	for field, want := range map[string]string{
		"": "template:105:1", "spec.a": "patch1", "spec.b": "patch2", "spec.c": "template:108:23", "spec.d": "template:108:1", "spec": "patch2",
	} {
		if got := NewLocator(o, &sync.Map{}).Place(field).String(); got != want {
			t.Errorf("Place(%s) = %s, want %s", field, got, want)
		}
	}
	o.Source = o.Source.Traced(func(int, int) diag.Position { return diag.Position{} }) // nothing is known
	if got := NewLocator(o, &sync.Map{}).Place("spec.c").String(); got != "charts/x/templates/a.yaml:5" {
		t.Errorf("Place without a trace = %s, want the object's place", got)
	}
}
