package policy

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/object"
)

func objects(t *testing.T, text string) []object.Object {
	t.Helper()
	list, findings := object.Parse("m.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return list
}

// onePolicy is a core with one policy for every kind of object.
func onePolicy(t *testing.T, rego string) *Set {
	t.Helper()
	return load(t, fstest.MapFS{"policies/a/policy.rego": {Data: []byte("# METADATA\n# title: A\npackage a\n\n" + rego)}})
}

const workloads = `# Three objects
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team-blue}
spec:
  replicas: 5
  template:
    spec:
      containers:
        - name: web
          image: web:latest
        - {name: side, image: side:1.2}
---

apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: kube-system
spec:
  containers:
    - name: web
      image: web:latest
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: team-blue}
`

const (
	latestDeployment = "[no-latest] m.yaml:11:18: Deployment/team-blue/web: spec.template.spec.containers[0].image: container web: the tag of web:latest moves (name a version)"
	latestPod        = "[no-latest] m.yaml:23:14: Pod/kube-system/web: spec.containers[0].image: container web: the tag of web:latest moves (name a version)"
	replicas         = "[max-replicas] m.yaml:6:13: Deployment/team-blue/web: spec.replicas: 5 replicas, more than 3 (ask for fewer replicas)"
)

func TestCheck(t *testing.T) {
	named := func(s Setting) map[string]Setting { return map[string]Setting{"no-latest": s} }
	for name, test := range map[string]struct {
		settings Settings
		want     []string
	}{
		"as they come": {Settings{}, []string{"warning " + replicas, "error " + latestDeployment, "error " + latestPod}},
		"actions": {
			Settings{Policies: map[string]Setting{"no-latest": {Action: Warn}, "max-replicas": {Action: Deny}}},
			[]string{"error " + replicas, "warning " + latestDeployment, "warning " + latestPod},
		},
		"dryrun":     {Settings{Policies: named(Setting{Action: Dryrun})}, []string{"warning " + replicas, "info " + latestDeployment, "info " + latestPod}},
		"privileged": {Settings{Preset: Privileged}, nil},
		"privileged but one": {
			Settings{Preset: Privileged, Policies: map[string]Setting{"no-latest": {Named: true}, "max-replicas": {}}},
			[]string{"error " + latestDeployment, "error " + latestPod},
		},
		"off, with an exemption that nothing can need": {
			Settings{Policies: named(Setting{Named: true, Off: true, Action: Deny, Exempt: []Exemption{{Release: "web", Reason: "x"}}})},
			[]string{"warning " + replicas},
		},
		"parameters": {
			Settings{Policies: map[string]Setting{
				"no-latest":    {Parameters: map[string]any{"tags": []any{"1.2"}}},
				"max-replicas": {Parameters: map[string]any{"max": int64(5)}},
			}},
			[]string{"error [no-latest] m.yaml:12:31: Deployment/team-blue/web: spec.template.spec.containers[1].image: container side: the tag of side:1.2 moves (name a version)"},
		},
		"excluded by prefix":   {Settings{Policies: named(Setting{ExcludedNamespaces: []string{"kube-*"}})}, []string{"warning " + replicas, "error " + latestDeployment}},
		"excluded by suffix":   {Settings{Policies: named(Setting{ExcludedNamespaces: []string{"*-system"}})}, []string{"warning " + replicas, "error " + latestDeployment}},
		"excluded by part":     {Settings{Policies: named(Setting{ExcludedNamespaces: []string{"*-*"}})}, []string{"warning " + replicas}},
		"excluded by name":     {Settings{Policies: named(Setting{ExcludedNamespaces: []string{"team-blue"}})}, []string{"warning " + replicas, "error " + latestPod}},
		"a part is not a name": {Settings{Policies: named(Setting{ExcludedNamespaces: []string{"team", "blue"}})}, []string{"warning " + replicas, "error " + latestDeployment, "error " + latestPod}},
	} {
		t.Run(name, func(t *testing.T) {
			got := load(t, testCore()).Check(t.Context(), objects(t, workloads), test.settings, time.Time{})
			wantFindings(t, "Check", got.Findings, test.want...)
			wantFindings(t, "Check, exempted", got.Exempted)
		})
	}
}

// The Set's review, as the policy sees it, against what Gatekeeper makes of an object.
func TestReview(t *testing.T) {
	list := objects(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: blue}
spec: {big: 9007199254740993, half: 0.5}
---
apiVersion: v1
kind: Namespace
metadata: {name: blue, labels: {team: blue}}
`)
	c, err := load(t, testCore()).prepare(t.Context(), list, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.run.Close()
	for i, want := range []string{
		`{
			"uid": "", "kind": {"group": "apps", "version": "v1", "kind": "Deployment"}, "resource": {"group": "", "version": "", "resource": ""},
			"name": "web", "namespace": "blue", "operation": "CREATE", "userInfo": {}, "oldObject": null, "options": null,
			"object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "blue"}, "spec": {"big": 9007199254740993, "half": 0.5}},
			"namespaceObject": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue", "labels": {"team": "blue"}}}
		}`,
		`{
			"uid": "", "kind": {"group": "", "version": "v1", "kind": "Namespace"}, "resource": {"group": "", "version": "", "resource": ""},
			"name": "blue", "operation": "CREATE", "userInfo": {}, "oldObject": null, "options": null,
			"object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue", "labels": {"team": "blue"}}},
			"namespaceObject": {}
		}`,
	} {
		review, err := c.reviewed(&subject{Object: list[i], index: i})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := review.Term(), ast.MustParseTerm(want); !got.Equal(want) {
			t.Errorf("review(%s) = %v, want %v", list[i].ID(), got, want)
		}
	}
}

func TestCheckInventory(t *testing.T) {
	got := load(t, testCore()).Check(t.Context(), objects(t, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: one, namespace: blue}
spec: {rules: [{host: a.acme.io}, {host: b.acme.io}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: two, namespace: green}
spec: {rules: [{host: b.acme.io}]}
`), Settings{}, time.Time{})
	wantFindings(t, "Check", got.Findings,
		"error [unique-hosts] m.yaml:5:42: Ingress/blue/one: spec.rules[1].host: Ingress two has the host b.acme.io too",
		"error [unique-hosts] m.yaml:10:23: Ingress/green/two: spec.rules[0].host: Ingress one has the host b.acme.io too")
}

// Whatever goes wrong in a policy is an error, even where its violations would be warnings.
func TestCheckFailsClosed(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {size: x}\n" +
		"---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
	for name, test := range map[string]struct {
		rego string
		want []string
	}{
		"a function fails": {
			"violation contains {\"msg\": \"no\"} if to_number(input.review.object.spec.size) > 1\n",
			[]string{"error [policy-error] policies/a/policy.rego:5:37: Pod/web: policy a gave no verdict: to_number: strconv.ParseFloat: parsing \"x\": invalid syntax"},
		},
		"a function fails beside a violation": {
			"violation contains {\"msg\": \"no\"} if not to_number(input.review.object.spec.size)\n",
			[]string{
				"error [a] m.yaml:1: Pod/web: no",
				"error [policy-error] policies/a/policy.rego:5:37: Pod/web: policy a gave no verdict: to_number: strconv.ParseFloat: parsing \"x\": invalid syntax",
			},
		},
		"a function fails on a Secret": {
			"violation contains {\"msg\": \"no\"} if to_number(input.review.object.stringData.password)\n",
			[]string{"error [policy-error] policies/a/policy.rego:5:37: Secret/s: policy a gave no verdict: to_number failed"},
		},
		"two values of one rule": {
			"x := 1 if input.review.object.kind\n\nx := 2 if input.review.object.spec\n\nviolation contains {\"msg\": \"no\"} if x == 3\n",
			[]string{"error [policy-error] policies/a/policy.rego:7:1: Pod/web: policy a gave no verdict: rule data.a.x produced conflicting values: 1 at policies/a/policy.rego:5 2 at policies/a/policy.rego:7"},
		},
		"no message": {
			"violation contains {\"message\": \"no\"} if input.review.object.spec\n",
			[]string{`error [policy-error] policies/a/policy.rego: Pod/web: policy a gave no verdict: a violation has no string msg`},
		},
		"a number as message": {
			"violation contains {\"msg\": 1} if input.review.object.spec\n",
			[]string{`error [policy-error] policies/a/policy.rego: Pod/web: policy a gave no verdict: a violation has no string msg`},
		},
		"a string": {
			"violation contains \"no\" if input.review.object.spec\n",
			[]string{`error [policy-error] policies/a/policy.rego: Pod/web: policy a gave no verdict: a violation is an object with msg, not string`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			settings := Settings{Policies: map[string]Setting{"a": {Action: Deny}}}
			got := onePolicy(t, test.rego).Check(t.Context(), objects(t, pod), settings, time.Time{})
			wantFindings(t, "Check", got.Findings, test.want...)
		})
	}
	got := (*Set)(nil).Check(t.Context(), nil, Settings{}, time.Time{})
	wantFindings(t, "Check on a nil Set", got.Findings, "error [policy-error] the policies could not be loaded, so nothing was checked")
}

const endless = "violation contains {\"msg\": \"no\"} if {\n\tinput.review.object.spec\n\tcount([x | some x in numbers.range(1, 1000000000); x < 0]) > 0\n}\n"

// A policy without end is stopped, named once, and does not cost its limit for every object.
func TestCheckEndless(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%02d}\nspec: {}\n", i)
	}
	set := onePolicy(t, endless)
	began := time.Now()
	got := set.Check(t.Context(), objects(t, text.String()), Settings{Timeout: 100 * time.Millisecond}, time.Time{})
	wantFindings(t, "Check", got.Findings, "error [policy-error] policies/a/policy.rego: Pod/p00: policy a gave no verdict: it was stopped after 100ms and not tried on other objects")
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Check took %s for 50 objects with a limit of 100 ms", took)
	}
}

func TestCheckContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	got := onePolicy(t, endless).Check(ctx, objects(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {}\n"), Settings{}, time.Time{})
	wantFindings(t, "Check", got.Findings, "error [policy-error] check policies: context deadline exceeded before every object was judged")
}

// Results are the same whatever the workers do.
func TestCheckDeterministic(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d, namespace: n}\nspec: {replicas: %d, template: {spec: {containers: [{name: c, image: 'c:latest'}]}}}\n", i, i%7)
	}
	list := objects(t, text.String())
	set := load(t, testCore())
	var first []string
	for range 5 {
		got := show(set.Check(t.Context(), list, Settings{}, time.Time{}).Findings)
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatalf("Check differs from run to run:\n%s", diff)
		}
	}
	if want := 200 + 200/7*3; len(first) != want { // replicas 4, 5 and 6 of every seven; 200 ends with 0…3
		t.Errorf("Check gave %d findings, want %d", len(first), want)
	}
}

func BenchmarkCheck(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d, namespace: n}\nspec: {replicas: 1, template: {spec: {containers: [{name: c, image: 'c:1.%d'}]}}}\n", i, i)
	}
	list, _ := object.Parse("m.yaml", []byte(text.String()))
	set, findings := Load(testCore(), nil)
	if findings.Failed() {
		b.Fatal(findings)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := set.Check(context.Background(), list, Settings{}, time.Time{}); len(got.Findings) > 0 {
			b.Fatal(got.Findings)
		}
	}
}
