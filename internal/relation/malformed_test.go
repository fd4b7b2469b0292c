package relation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/relation"
)

// TestMalformed puts values of every kind in the place of each field. What is wrong with such objects the schema says; here
// they must only do no harm.
func TestMalformed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "objects.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases (%v)", err)
	}
	tried := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects := parse(t, string(text))
		for _, o := range objects {
			everywhere(o.Object, func() { _, tried = relation.Check(objects), tried+1 })
		}
	}
	if tried < 1000 {
		t.Errorf("only %d objects were tried", tried)
	}
}

// everywhere calls f with each field of a map or list replaced in turn.
func everywhere(v any, f func()) {
	others := []any{nil, "x", int64(1), true, map[string]any{"a": map[string]any{}}, []any{[]any{}}, []any{map[string]any{}}}
	switch v := v.(type) {
	case map[string]any:
		for key, was := range v {
			if key == "kind" || key == "apiVersion" {
				continue
			}
			for _, other := range others {
				v[key] = other
				f()
			}
			v[key] = was
			everywhere(was, f)
		}
	case []any:
		for i, was := range v {
			for _, other := range others {
				v[i] = other
				f()
			}
			v[i] = was
			everywhere(was, f)
		}
	}
}

// TestMalformedAlike compares what cannot be compared: maps on both sides.
func TestMalformedAlike(t *testing.T) {
	_ = relation.Check(parse(t, `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: x}
spec: {selector: {a: {b: c}, d: e}, ports: [{port: {b: c}, name: [b]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {a: {b: c}, f: g}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: x}
spec: {defaultBackend: {service: {name: a, port: {b: c}}}, rules: [{http: {paths: [{backend: {service: {name: a, port: [b]}}}]}}]}
`))
}
