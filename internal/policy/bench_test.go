package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// many are 10,000 objects, no two alike: 4,000 Deployments, 4,000 Services and 2,000 ConfigMaps.
func many(tb testing.TB) []object.Object {
	tb.Helper()
	var text strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&text, `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-%[1]d, namespace: team-%[2]d, labels: {app: app-%[1]d}}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: app-%[1]d}}
  template:
    metadata: {labels: {app: app-%[1]d}}
    spec:
      containers:
        - name: web
          image: docker.io/acme/app-%[1]d:1.%[2]d
          ports: [{containerPort: 8080, name: http}]
          env: [{name: A, value: "%[1]d"}, {name: B, value: b}]
          resources: {limits: {cpu: 500m, memory: %[1]dMi}, requests: {cpu: 100m, memory: 10Mi}}
          securityContext: {privileged: false, allowPrivilegeEscalation: false}
        - name: side
          image: ghcr.io/acme/side:%[1]d
          resources: {limits: {cpu: 100m, memory: 64Mi}}
`, i, i%50)
		fmt.Fprintf(&text, `---
apiVersion: v1
kind: Service
metadata: {name: app-%[1]d, namespace: team-%[2]d, labels: {app: app-%[1]d}}
spec: {selector: {app: app-%[1]d}, ports: [{port: 80, targetPort: http, name: http}]}
`, i, i%50)
		if i%2 == 0 {
			fmt.Fprintf(&text, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: app-%[1]d, namespace: team-%[2]d}\ndata: {a: \"%[1]d\", b: two}\n", i, i%50)
		}
	}
	list, findings := object.Parse("m.yaml", []byte(text.String()))
	if len(findings) > 0 || len(list) != 10000 {
		tb.Fatalf("%d objects, %v", len(list), findings)
	}
	return list
}

// five are the names of five rules, each as conftest has it and as Gatekeeper has it.
func five() map[string]string {
	const containers = "c := %sspec.template.spec.containers[_]; "
	return map[string]string{
		"latest":     containers + `endswith(c.image, ":latest"); msg := sprintf("%%s: %%s", [c.name, c.image])`,
		"privileged": containers + `c.securityContext.privileged == true; msg := sprintf("%%s is privileged", [c.name])`,
		"limits":     containers + `not c.resources.limits.memory; msg := sprintf("%%s has no limit", [c.name])`,
		"registry":   containers + `not startswith(c.image, "docker.io/"); not startswith(c.image, "ghcr.io/"); msg := c.image`,
		"network":    `%sspec.template.spec.hostNetwork == true; msg := "host network"`,
	}
}

func conftestRules(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n / 5 {
		for name, body := range five() {
			text := fmt.Sprintf("package main\ndeny_%s_%d[msg] { input.kind == \"Deployment\"; "+body+" }\n", name, i, "input.")
			files[fmt.Sprintf("%s-%d.rego", name, i)] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

func constraints(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n / 5 {
		for name, body := range five() {
			kind := fmt.Sprintf("K%s%d", name, i)
			text := fmt.Sprintf("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: %s}\nspec:\n  crd: {spec: {names: {kind: %s}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package x\n        violation[{\"msg\": msg}] { "+body+" }\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: %s\nmetadata: {name: all}\nspec: {match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}}\n",
				strings.ToLower(kind), kind, "input.review.object.", kind)
			files[kind+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

func BenchmarkCheck(b *testing.B) {
	objects := many(b)
	ours, findings := policy.Load(otomi.Core, nil)
	if findings.Failed() {
		b.Fatal(findings)
	}
	named := map[string]policy.Setting{
		"allowed-repos":     {Named: true, Parameters: map[string]any{"repos": []any{"docker.io", "ghcr.io"}}},
		"banned-image-tags": {Named: true}, "container-limits": {Named: true}, "host-namespaces": {Named: true}, "privileged": {Named: true},
	}
	all := map[string]policy.Setting{}
	for _, id := range ours.IDs() {
		all[id] = policy.Setting{Named: true}
	}
	for _, c := range []struct {
		name     string
		set      *policy.Set
		settings policy.Settings
	}{
		{"ours/5", ours, policy.Settings{Preset: policy.Privileged, Policies: named}},
		{fmt.Sprintf("ours/%d", len(all)), ours, policy.Settings{Preset: policy.Privileged, Policies: all}},
		{"conftest/5", dir(b, conftestRules(5)), policy.Settings{}},
		{"conftest/50", dir(b, conftestRules(50)), policy.Settings{}},
		{"gatekeeper/5", dir(b, constraints(5)), policy.Settings{}},
		{"gatekeeper/50", dir(b, constraints(50)), policy.Settings{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				found := c.set.Check(b.Context(), objects, c.settings, time.Time{}).Findings
				b.ReportMetric(float64(len(found)), "findings")
			}
		})
	}
}

func dir(tb testing.TB, fsys fstest.MapFS) *policy.Set {
	tb.Helper()
	set, findings := policy.LoadDir(fsys, nil)
	if len(findings) > 0 {
		tb.Fatal(findings)
	}
	return set
}
