package apply

import (
	"encoding/json"
	"strings"
	"testing"
)

// noForbidden is a policy with an object that violates it.
const noForbidden = `
-- policies/no-forbidden/policy.rego --
# METADATA
# title: No such ConfigMap
package no_forbidden

violation contains {"msg": "this name is forbidden", "details": {"path": "metadata.name"}} if {
	input.review.object.metadata.name == "forbidden"
}
-- platform/web/forbidden.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: forbidden}
data: {a: b}
`

// overridden is what JSON shows of overrides.
type overridden struct {
	Policy, Reason string
	Violations     int
	Objects        []string
}

// TestOverride overrides a policy for one run, which the plan shows and the inventory keeps until another run needs none.
func TestOverride(t *testing.T) {
	e := newEnv(t, base("override"))
	e.write(noForbidden)
	e.refused(1, "this name is forbidden", "apply", "--yes")
	allow := []string{"--override", "policy=no-forbidden", "--reason", "the auditors need it tonight"}
	with := func(args ...string) []string { return append(args, allow...) }
	const shown = "policy no-forbidden overridden for 1 violation: the auditors need it tonight\n"

	if r := e.otomi(0, with("apply", "--yes", "--dry-run=server")...); !strings.Contains(r.stdout, "this run: "+shown) {
		t.Errorf("the plan says\n%s\nwant this run: %s", r.stdout, shown)
	}
	if r := e.otomi(1, with("diff")...); !strings.Contains(r.stdout, "this run: "+shown) {
		t.Errorf("diff says\n%s\nwant this run: %s", r.stdout, shown)
	}
	r := e.otomi(0, with("apply", "--yes")...)
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	if !strings.Contains(r.stderr, "    overridden: the auditors need it tonight\n") {
		t.Errorf("apply says\n%s\nwant the reason", r.stderr)
	}
	if got := e.kubectl("-n", "override", "get", "configmap", "forbidden", "-o", "jsonpath={.data.a}"); got != "b" {
		t.Errorf("the ConfigMap has %q, want b", got)
	}
	if r := e.otomi(0, "status"); !strings.Contains(r.stdout, "run 1 by ") || !strings.Contains(r.stdout, shown) {
		t.Errorf("status says\n%s\nwant run 1 by …: %s", r.stdout, shown)
	}
	var status struct {
		LastRun struct{ Overrides []overridden }
	}
	if err := json.Unmarshal([]byte(e.otomi(0, "status", "-o", "json").stdout), &status); err != nil {
		t.Fatal(err)
	}
	if o := status.LastRun.Overrides; len(o) != 1 || o[0].Policy != "no-forbidden" || o[0].Violations != 1 || len(o[0].Objects) != 1 || o[0].Objects[0] != "ConfigMap/override/forbidden" {
		t.Errorf("status -o json has the overrides %+v", o)
	}

	// It was for that run: the next one is stopped again. One that changes nothing is not worth a record of its own.
	e.refused(1, "this name is forbidden", "apply", "--yes")
	e.otomi(0, with("apply", "--yes")...)
	if r := e.otomi(0, "status"); !strings.Contains(r.stdout, "run 1 by ") {
		t.Errorf("status says\n%s\nwant run 1 to be the last", r.stdout)
	}
	e.write("-- platform/web/forbidden.yaml --\n")
	e.otomi(0, "apply", "--yes")
	if r := e.otomi(0, "status"); strings.Contains(r.stdout, "overridden") {
		t.Errorf("status says\n%s\nthough the last run obeyed all policies", r.stdout)
	}
}

// TestExpiredExemption needs an exemption that has expired to stop a run only where it would change what is exempt.
func TestExpiredExemption(t *testing.T) {
	e := newEnv(t, base("expired"))
	e.write(noForbidden)
	until := func(day string) {
		e.write("-- env/exempt.yaml --\npolicies: {no-forbidden: {exempt: [{object: ConfigMap/expired/forbidden, reason: legacy, until: \"" + day + "\"}]}}\n")
	}
	until("2024-02-29")
	e.refused(1, "the exemption from policy no-forbidden (legacy) expired on 2024-02-29", "apply", "--yes")
	until("2999-12-31")
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	until("2024-02-29")
	e.otomi(1, "validate")

	// The object stays as it is, and another one changes.
	e.write("-- env/values.yaml --\nreplicas: 2\nextra: true\n")
	r := e.otomi(0, "apply", "--yes")
	if want := "warning: ConfigMap/expired/forbidden: policies.no-forbidden.exempt[0]: the exemption"; !strings.Contains(r.stderr, want) {
		t.Errorf("apply says\n%s\nwant %s", r.stderr, want)
	}
	if got := e.kubectl("-n", "expired", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"); got != "2" {
		t.Errorf("web has %s replicas, want 2", got)
	}

	// The object changes: it has to comply.
	e.write(strings.Replace(noForbidden, "{a: b}", "{a: c}", 1))
	e.refused(1, "error: ConfigMap/expired/forbidden: policies.no-forbidden.exempt[0]: the exemption", "apply", "--yes")
	e.otomi(0, "apply", "--yes", "--override", "policy=no-forbidden", "--reason", "one last time")
	if got := e.kubectl("-n", "expired", "get", "configmap", "forbidden", "-o", "jsonpath={.data.a}"); got != "c" {
		t.Errorf("the ConfigMap has %q, want c", got)
	}
}
