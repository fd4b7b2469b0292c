package export

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

const kinds = `kinds: [{apiGroups: ["*"], kinds: ["*"]}]`

// containers finds every container bad, and the object itself.
const containers = `violation contains {"msg": "an object"} if input.review.object

violation contains {"msg": c.name, "details": {"container": c.name}} if some c in input.review.object.spec.template.spec.containers

violation contains {"msg": sprintf("sees the parameter %s", [name])} if some name, _ in input.parameters`

// TestExemptions holds the exemptions as they are exported against those of the static check: what lets a violation pass is
// the same, whichever way it is written.
func TestExemptions(t *testing.T) {
	set := one(t, kinds, containers)
	objects := parse(t, `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {otomi.io/release: web}}
spec: {template: {spec: {containers: [{name: a}, {name: b}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: noted, namespace: a, annotations: {otomi.io/policy-ignore: "other, some-policy"}}
spec: {template: {spec: {containers: [{name: a}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: alias, namespace: a, annotations: {policy.otomi.io/ignore: "some-policy"}}
spec: {template: {spec: {containers: [{name: a}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one-container, namespace: a, annotations: {policy.otomi.io/ignore.a: "x some-policy"}}
spec: {template: {metadata: {annotations: {policy.otomi.io/ignore.b: "some"}}, spec: {containers: [{name: a}, {name: b}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: below, namespace: a}
spec: {jobTemplate: {spec: {template: {metadata: {annotations: {otomi.io/policy-ignore: some-policy}}}}}}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: below, namespace: a}
template: {metadata: {annotations: {otomi.io/policy-ignore: "some-policy,"}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: wide}
---
apiVersion: example.com/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: null}
`)
	for i := range objects {
		objects[i].Release = objects[i].GetLabels()[object.LabelRelease]
	}
	seen := map[string]bool{}
	for _, x := range [][]policy.Exemption{
		nil,
		{{Object: "Deployment/shop/web"}},
		{{Object: "Deployment.apps/shop/web"}},
		{{Object: "Deployment.example.com/shop/web"}},
		{{Object: "Deployment/web"}, {Object: "Deployment/other/web"}, {Object: "Pod/shop/web"}},
		{{Object: "ClusterRole/wide"}},
		{{Object: "Namespace/shop"}},
		{{Namespace: "shop"}},
		{{Namespace: "sho"}, {Release: "we"}},
		{{Release: "web"}},
		{{Namespace: "a"}, {Object: "ClusterRole/wide"}},
	} {
		settings := policy.Settings{Policies: map[string]policy.Setting{"some-policy": {Exempt: x}}}
		exported, findings := Objects(set, settings, Options{})
		if findings.Failed() {
			t.Fatal(findings)
		}
		onCluster, findings := policy.FromStream(exported)
		if findings.Failed() {
			t.Fatal(findings)
		}
		want, got := verdicts(t, set, settings, objects), verdicts(t, onCluster, policy.Settings{}, objects)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exempt %+v: static check (-), exported (+):\n%s", x, diff)
		}
		seen[strings.Join(want, "\n")] = true
	}
	if len(seen) < 7 {
		t.Errorf("the exemptions led to %d different verdicts, want at least 7: the test proves little", len(seen))
	}
}

// verdicts are the errors about objects.
func verdicts(t *testing.T, set *policy.Set, settings policy.Settings, objects []object.Object) []string {
	t.Helper()
	var list []string
	for _, f := range set.Check(t.Context(), objects, settings, time.Time{}).Findings {
		if f.Severity == diag.Error && f.Rule != "unknown-policy" {
			list = append(list, fmt.Sprintf("%s: %s", f.Object, f.Message))
		}
	}
	slices.Sort(list)
	return list
}

func parse(t *testing.T, text string) []object.Object {
	t.Helper()
	objects, findings := object.Parse("test.yaml", []byte(text))
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	return objects
}

func TestExempt(t *testing.T) {
	objects := parse(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a, annotations: {otomi.io/policy-ignore: "one, two", policy.otomi.io/ignore.c: three}}
spec: {template: {metadata: {annotations: {otomi.io/policy-ignore: two}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: job, namespace: a}
spec: {jobTemplate: {spec: {template: {spec: {}}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: a, annotations: {otomi.io/policy-ignore: one}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: plain, namespace: a, annotations: {note: this}}
spec: {template: {}}
`)
	before := make([]object.Object, len(objects))
	for i, o := range objects {
		before[i] = o
		before[i].Unstructured = o.DeepCopy()
	}
	got := Exempt(objects, []policy.Active{
		{Policy: policy.Policy{ID: "five"}, Exempt: []policy.Exemption{{Object: "CronJob/a/job"}, {Namespace: "a"}}},
		{Policy: policy.Policy{ID: "four"}, Exempt: []policy.Exemption{{Object: "CronJob/a/job"}, {Object: "Deployment/a/web"}}},
	})
	want := [][]string{
		{"otomi.io/policy-ignore: two,one,four", "policy.otomi.io/ignore.c: three"},
		{"otomi.io/policy-ignore: five,four"},
		{"otomi.io/policy-ignore: one"},
		nil,
	}
	for i, o := range got {
		template, _ := o.PodTemplate()
		var list []string
		for key, value := range annotationsOf(template) {
			list = append(list, fmt.Sprintf("%s: %v", key, value))
		}
		slices.Sort(list)
		if diff := cmp.Diff(want[i], list); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.ID(), diff)
		}
		if diff := cmp.Diff(before[i].Object, objects[i].Object); diff != "" {
			t.Errorf("%s itself was changed:\n%s", o.ID(), diff)
		}
	}
}
