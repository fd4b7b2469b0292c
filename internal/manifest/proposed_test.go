package manifest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/manifest"
)

// TestProposed: a finding says what its field has to hold where that is certain, and is silent where it only guesses.
func TestProposed(t *testing.T) {
	text := `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: b}
spec:
  restartPolicy: always
  containers:
    - {name: a, image: a, imagePullPolicy: Alway, env: [{name: A, value: 1}, {name: B, value: no}, {name: C, value: 010}, {name: D, value: 0x1F}, {name: E, value: 1.10}]}
---
apiVersion: storage.k8s.io/v1beta1
kind: VolumeAttributesClass
metadata: {name: a}
driverName: a
---
apiVersion: v1
kind: Endpoints
metadata: {name: a, namespace: b}
---
` + foos + `---
apiVersion: example.com/v1alpha1
kind: Foo
metadata: {name: old, namespace: b}
---
apiVersion: example.com/v1beta1
kind: Foo
metadata: {name: other, namespace: b}
`
	got := map[string]string{}
	for _, f := range manifest.Check(context.Background(), parse(t, text), manifest.Options{KubeVersion: "1.36"}) {
		got[f.Object+" "+f.Path] = f.Rule + ": " + f.Proposed
	}
	want := map[string]string{
		"Pod/b/a spec.restartPolicy":                 "unknown-value: Always",
		"Pod/b/a spec.containers[0].imagePullPolicy": "unknown-value: ", // a guess
		"Pod/b/a spec.containers[0].env[0].value":    "field-type: 1",
		"Pod/b/a spec.containers[0].env[1].value":    "field-type: no",
		"Pod/b/a spec.containers[0].env[2].value":    "field-type: 010",
		"Pod/b/a spec.containers[0].env[3].value":    "field-type: 0x1F",
		"Pod/b/a spec.containers[0].env[4].value":    "field-type: 1.10",
		"VolumeAttributesClass/a apiVersion":         "deprecated-api: storage.k8s.io/v1",
		"Endpoints/b/a apiVersion":                   "deprecated-api: ", // another kind takes its place
		"Foo.example.com/b/old apiVersion":           "deprecated-api: example.com/v1",
		"Foo.example.com/b/other apiVersion":         "deprecated-api: ", // of another schema
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("proposed (-want +got):\n%s", diff)
	}
}

// foos defines a kind in three versions, of which two are old, and one of these is of another schema.
const foos = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos}
  scope: Namespaced
  versions:
    - {name: v1alpha1, served: true, storage: false, deprecated: true, schema: {openAPIV3Schema: {type: object, properties: {a: {type: string}}}}}
    - {name: v1beta1, served: true, storage: false, deprecated: true, schema: {openAPIV3Schema: {type: object, properties: {b: {type: string}}}}}
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {a: {type: string}}}}}
`
