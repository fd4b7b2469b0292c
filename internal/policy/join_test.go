package policy

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

const labels = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8srequiredlabels}
spec:
  crd:
    spec:
      names: {kind: K8sRequiredLabels}
      validation:
        openAPIV3Schema:
          type: object
          properties:
            labels: {type: array, items: {type: string}, default: [owner]}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package labels
        violation[{"msg": msg, "details": {"path": "metadata.labels"}}] {
          wanted := input.parameters.labels[_]
          not input.review.object.metadata.labels[wanted]
          msg := sprintf("the label %v is missing", [wanted])
        }
`

const owner = `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata: {name: owner}
spec:
  match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}
  parameters: {}
`

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b}
`

func fromStream(t *testing.T, text string) ([]object.Object, *Set) {
	t.Helper()
	list := objects(t, text)
	set, findings := FromStream(list)
	wantFindings(t, "FromStream", findings)
	return list, set
}

func checked(t *testing.T, list []object.Object, sets ...*Set) diag.Findings {
	t.Helper()
	set, findings := Join(sets...)
	wantFindings(t, "Join", findings)
	return set.Check(t.Context(), list, Settings{}, time.Time{}).Findings
}

func TestFromStream(t *testing.T) {
	list, set := fromStream(t, labels+"---\n"+owner+"---\n"+configMap)
	wantFindings(t, "Check", checked(t, list, load(t, testCore()), set),
		"error [K8sRequiredLabels/owner] m.yaml:32:1: ConfigMap/b/a: metadata.labels: the label owner is missing")
}

// A constraint finds its template wherever it is, and is not silently left out without one.
func TestJoinTemplates(t *testing.T) {
	_, templates := fromStream(t, labels)
	list, constraints := fromStream(t, configMap+"---\n"+owner)
	wantFindings(t, "Check", checked(t, list, constraints, templates),
		"error [K8sRequiredLabels/owner] m.yaml:3:1: ConfigMap/b/a: metadata.labels: the label owner is missing")
	wantFindings(t, "Check", checked(t, list, constraints),
		"error [gatekeeper-constraint] m.yaml:6:7: K8sRequiredLabels.constraints.gatekeeper.sh/owner: kind: "+
			"no ConstraintTemplate makes the kind K8sRequiredLabels, so the constraint was not judged by (put its ConstraintTemplate beside it)")
}

func TestJoinTwice(t *testing.T) {
	set, again := load(t, testCore()), load(t, testCore())
	if joined, findings := Join(set, again); joined != nil || !findings.Failed() {
		t.Errorf("Join = %v, %v, want findings about policies of one id", joined, findings)
	}
	if joined, findings := Join(set, nil); joined != nil || findings != nil {
		t.Errorf("Join with a Set that could not be loaded = %v, %v", joined, findings)
	}
	if joined, _ := Join(); joined == nil || len(joined.Policies()) > 0 {
		t.Errorf("Join of nothing = %v, want no policies", joined)
	}
}

func TestLoadDir(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	ours := file("# METADATA\n# title: A\npackage no_maps\n\nviolation contains {\"msg\": \"ours\"} if input.review.object.kind == \"ConfigMap\"\n")
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  []string
	}{
		"a core":           {fstest.MapFS{"policies/no-maps/policy.rego": ours}, []string{"error [no-maps] m.yaml:1: ConfigMap/b/a: ours"}},
		"a policies/":      {fstest.MapFS{"no-maps/policy.rego": ours, "lib/x.rego": file("package lib.x\n")}, []string{"error [no-maps] m.yaml:1: ConfigMap/b/a: ours"}},
		"gatekeeper":       {fstest.MapFS{"a/template.yaml": file(labels), "b/c.yml": file(owner), "suite.yaml": file("kind: Suite\napiVersion: test.gatekeeper.sh/v1alpha1\n"), "kustomization.yaml": file("resources: [a, b]")}, []string{"error [K8sRequiredLabels/owner] m.yaml:3:1: ConfigMap/b/a: metadata.labels: the label owner is missing"}},
		"conftest v0":      {fstest.MapFS{"policy.rego": file("package main\ndeny[msg] { input.kind == \"ConfigMap\"; msg := \"v0\" }\n")}, []string{"error [deny] m.yaml:1: ConfigMap/b/a: v0"}},
		"conftest v1":      {fstest.MapFS{"x/policy.rego": file("package main\nwarn_maps contains msg if { input.kind == \"ConfigMap\"; msg := \"v1\" }\n")}, []string{"warning [warn_maps] m.yaml:1: ConfigMap/b/a: v1"}},
		"conftest package": {fstest.MapFS{"x.rego": file("package k8s.maps\nviolation contains {\"msg\": \"x\", \"details\": {\"path\": \"metadata.name\"}} if input.kind == \"ConfigMap\"\n")}, []string{"error [k8s.maps.violation] m.yaml:3:18: ConfigMap/b/a: metadata.name: x"}},
	} {
		t.Run(name, func(t *testing.T) {
			set, findings := LoadDir(test.files, nil)
			wantFindings(t, "LoadDir", findings)
			wantFindings(t, "Check", set.Check(t.Context(), objects(t, configMap), Settings{}, time.Time{}).Findings, test.want...)
		})
	}
}
