package plan

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestWaits: what nobody could wait by is found with its place when the plan is made.
func TestWaits(t *testing.T) {
	objects, findings := object.Parse("m.yaml", []byte(`apiVersion: v1
kind: ConfigMap
metadata: {name: fine, namespace: a, annotations: {otomi.io/ready-when: "has(self.data) || object.metadata.name == 'x'", otomi.io/timeout: 1h30m}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: wrong
  namespace: a
  annotations:
    otomi.io/timeout: 5 minutes
    otomi.io/ready-when: |
      self.status.phase == 'Running' &&
        slef.metadata.generation == 1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: number, namespace: a, annotations: {otomi.io/ready-when: 1 + 1, otomi.io/timeout: 0s}}
`))
	if findings.Failed() {
		t.Fatal(findings)
	}
	_, err := Make(Input{Desired: objects})
	var found diag.Findings
	if !errors.As(err, &found) {
		t.Fatalf("Make = %v, want findings", err)
	}
	var got []string
	for _, f := range found {
		got = append(got, f.Rule+" "+f.At.String()+" "+f.Object+" "+f.Message)
	}
	want := []string{
		"invalid-ready-when m.yaml:14:9 ConfigMap/a/wrong otomi.io/ready-when: undeclared reference to 'slef'",
		"invalid-timeout m.yaml:11:23 ConfigMap/a/wrong otomi.io/timeout: want a duration above 0",
		"invalid-ready-when m.yaml:18:75 ConfigMap/a/number otomi.io/ready-when: want a boolean, the expression gives an int",
		"invalid-timeout m.yaml:18:100 ConfigMap/a/number otomi.io/timeout: want a duration above 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Make (-want +got):\n%s", diff)
	}
	if _, err := Make(Input{Desired: objects, Options: Options{Destroy: true}}); err != nil {
		t.Errorf("Make of a destroy = %v, want it to go ahead", err)
	}
}
