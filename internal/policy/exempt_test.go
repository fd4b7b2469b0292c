package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestAnnotations(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {%ANNOTATION%}\nspec: {containers: [{name: web, image: 'web:latest'}, {name: side, image: 'side:latest'}]}\n"
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    metadata: {annotations: {%ANNOTATION%}}\n    spec: {containers: [{name: web, image: 'web:latest'}, {name: side, image: 'side:latest'}]}\n"
	const unusedReplicas = `warning [unused-exemption] m.yaml:5:41: Pod/web: metadata.annotations["otomi.io/policy-ignore"]: nothing needs this exemption from policy max-replicas (remove it)`
	for name, test := range map[string]struct {
		manifest, annotation string
		exempted             []string // containers
		findings             []string
	}{
		"none":        {pod, "", nil, nil},
		"id":          {pod, "otomi.io/policy-ignore: no-latest", []string{"side", "web"}, nil},
		"several ids": {pod, "otomi.io/policy-ignore: 'max-replicas, no-latest,'", []string{"side", "web"}, []string{unusedReplicas}},
		"another id":  {pod, "otomi.io/policy-ignore: max-replicas", nil, []string{unusedReplicas}},
		"alias":       {pod, "policy.otomi.io/ignore: no-latest", []string{"side", "web"}, nil},
		"container":   {pod, "policy.otomi.io/ignore.side: no-latest", []string{"side"}, nil},
		"sidecar":     {pod, "policy.otomi.io/ignore.istio-proxy: no-latest", nil, nil},
		"not ours":    {pod, "policy.otomi.io/ignored: no-latest", nil, nil},
		"no container": {
			pod, "policy.otomi.io/ignore.: no-latest", nil,
			[]string{`error [exemption-container] m.yaml:5:42: Pod/web: metadata.annotations["policy.otomi.io/ignore."]: the annotation names no container, and exempts nothing (write policy.otomi.io/ignore.CONTAINER for one container, or policy.otomi.io/ignore for the whole object)`},
		},
		"pod template": {deployment, "otomi.io/policy-ignore: no-latest", []string{"side", "web"}, nil},
		"unknown id": {
			pod, "otomi.io/policy-ignore: 'no-lates, no-latest'",
			[]string{"side", "web"},
			[]string{`error [unknown-policy] m.yaml:5:41: Pod/web: metadata.annotations["otomi.io/policy-ignore"]: there is no policy "no-lates" (did you mean "no-latest"?)`},
		},
		"unknown id on the template": {
			deployment, "policy.otomi.io/ignore.web: all", nil,
			[]string{`error [unknown-policy] m.yaml:6:58: Deployment/web: spec.template.metadata.annotations["policy.otomi.io/ignore.web"]: there is no policy "all"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			list := objects(t, strings.ReplaceAll(test.manifest, "%ANNOTATION%", test.annotation))
			got := load(t, testCore()).Check(t.Context(), list, Settings{}, time.Time{})
			var others diag.Findings
			violations := 0
			for _, f := range got.Findings {
				if f.Rule == "no-latest" {
					violations++
				} else {
					others = append(others, f)
				}
			}
			wantFindings(t, "Check", others, test.findings...)
			var exempted []string
			for _, f := range got.Exempted {
				name, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "container "), ":")
				exempted = append(exempted, name)
			}
			slices.Sort(exempted)
			if !slices.Equal(exempted, test.exempted) || violations != 2-len(test.exempted) {
				t.Errorf("Check exempted %q, left %d violations; want %q exempted of 2", exempted, violations, test.exempted)
			}
		})
	}
}

func TestAnnotationOfCronJob(t *testing.T) {
	set := onePolicy(t, "violation contains {\"msg\": \"no\"} if input.review.object.kind == \"CronJob\"\n")
	got := set.Check(t.Context(), objects(t, `apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {metadata: {annotations: {otomi.io/policy-ignore: a}}}}}}
`), Settings{}, time.Time{})
	wantFindings(t, "Check", got.Findings)
	wantFindings(t, "Check, exempted", got.Exempted,
		`error [a] m.yaml:1: CronJob/c: no | m.yaml:1: exempted by the annotation spec.jobTemplate.spec.template.metadata.annotations["otomi.io/policy-ignore"]`)
}

// TestAnnotationOfJobTemplate needs an annotation between those that count to exempt nothing, and to be reported.
func TestAnnotationOfJobTemplate(t *testing.T) {
	set := onePolicy(t, "violation contains {\"msg\": \"no\"} if input.review.object.kind == \"CronJob\"\n")
	got := set.Check(t.Context(), objects(t, `apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec:
  jobTemplate:
    metadata: {annotations: {otomi.io/policy-ignore: "a,b"}}
`), Settings{}, time.Time{})
	const where = `CronJob/c: spec.jobTemplate.metadata.annotations["otomi.io/policy-ignore"]: `
	wantFindings(t, "Check", got.Findings,
		`error [a] m.yaml:1: CronJob/c: no`,
		`error [unknown-policy] m.yaml:6:54: `+where+`there is no policy "b"`,
		`warning [unused-exemption] m.yaml:6:54: `+where+`an annotation of a Job's template exempts nothing (write it on the CronJob, or on its Pod template)`)
	wantFindings(t, "Check, exempted", got.Exempted)
}

func TestExemptions(t *testing.T) {
	at := diag.Position{File: "env/policies.yaml", Line: 7, Col: 9}
	exempt := func(e Exemption) Exemption {
		e.At, e.Path, e.Reason = at, "policies.no-latest.exempt[0]", "no versions yet"
		return e
	}
	const note = " | env/policies.yaml:7:9: exempted: no versions yet"
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d.Add(23 * time.Hour)
	}
	const deploymentID = "Deployment/team-blue/web"
	const messageDeployment = "m.yaml:11:18: container web: the tag of web:latest moves"
	for name, test := range map[string]struct {
		exemption Exemption
		today     time.Time
		findings  []string // beside replicas
		exempted  []string
	}{
		"object":       {Exemption{Object: deploymentID}, day("2026-11-20"), []string{"error " + latestPod}, []string{"error " + latestDeployment + note}},
		"object+group": {Exemption{Object: "Deployment.apps/team-blue/web"}, day("2026-11-20"), []string{"error " + latestPod}, []string{"error " + latestDeployment + note}},
		"release":      {Exemption{Release: "r1"}, day("2026-11-20"), []string{"error " + latestDeployment}, []string{"error " + latestPod + note}},
		"namespace":    {Exemption{Namespace: "kube-system"}, day("2026-11-20"), []string{"error " + latestDeployment}, []string{"error " + latestPod + note}},
		"last day": {
			Exemption{Object: deploymentID, Until: "2026-11-20"},
			day("2026-11-20"),
			[]string{"error " + latestPod},
			[]string{"error " + latestDeployment + " | env/policies.yaml:7:9: exempted until 2026-11-20: no versions yet"},
		},
		"expired": {
			Exemption{Object: deploymentID, Until: "2026-11-19"},
			day("2026-11-20"),
			[]string{
				"error [expired-exemption] env/policies.yaml:7:9: Deployment/team-blue/web: policies.no-latest.exempt[0]: the exemption from policy no-latest (no versions yet) expired on 2026-11-19 (comply with the policy, or set a later day) | " + messageDeployment,
				"error " + latestPod,
			},
			[]string{"error " + latestDeployment + " | env/policies.yaml:7:9: exempted until 2026-11-19: no versions yet"},
		},
		"expired and unused": {
			Exemption{Release: "gone", Until: "2026-01-01"},
			day("2026-11-20"),
			[]string{
				"error [expired-exemption] env/policies.yaml:7:9: policies.no-latest.exempt[0]: the exemption from policy no-latest (no versions yet) expired on 2026-01-01 (nothing needs it: remove it)",
				"error " + latestDeployment, "error " + latestPod,
			},
			nil,
		},
		"without a date": {
			Exemption{Object: deploymentID, Until: "2020-01-01"},
			time.Time{},
			[]string{
				"info [exemption-date] env/policies.yaml:7:9: policies.no-latest.exempt[0]: the exemption from policy no-latest lasts until 2020-01-01; without today's date that is not checked",
				"error " + latestPod,
			},
			[]string{"error " + latestDeployment + " | env/policies.yaml:7:9: exempted until 2020-01-01: no versions yet"},
		},
		"unused": {
			Exemption{Object: "ConfigMap/team-blue/web"},
			day("2026-11-20"),
			[]string{
				"warning [unused-exemption] env/policies.yaml:7:9: policies.no-latest.exempt[0]: no object needs this exemption from policy no-latest (remove it)",
				"error " + latestDeployment, "error " + latestPod,
			},
			nil,
		},
		"misspelt": {
			Exemption{Object: "Deployment/team-blue/wep"},
			day("2026-11-20"),
			[]string{
				`warning [unused-exemption] env/policies.yaml:7:9: policies.no-latest.exempt[0]: no object needs this exemption from policy no-latest (did you mean "Deployment/team-blue/web"?)`,
				"error " + latestDeployment, "error " + latestPod,
			},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			list := objects(t, workloads)
			list[1].Release = "r1"
			settings := Settings{Policies: map[string]Setting{"no-latest": {Exempt: []Exemption{exempt(test.exemption)}}}}
			got := load(t, testCore()).Check(t.Context(), list, settings, test.today)
			var findings diag.Findings
			for _, f := range got.Findings {
				if f.Rule != "max-replicas" {
					findings = append(findings, f)
				}
			}
			wantFindings(t, "Check", findings, test.findings...)
			wantFindings(t, "Check, exempted", got.Exempted, test.exempted...)
		})
	}
}

func TestExemptionsListed(t *testing.T) {
	const manifest = `apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {otomi.io/policy-ignore: "no-latest,max-replicas", policy.otomi.io/ignore.side: no-latest}}
spec: {containers: [{name: web, image: 'web:latest'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b, namespace: ns, annotations: {policy.otomi.io/ignore: no-latest}}
spec: {template: {metadata: {annotations: {otomi.io/policy-ignore: no-latest}}, spec: {containers: [{name: web, image: 'web:latest'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: c, namespace: ns, annotations: {policy.otomi.io/ignore.web: no-latest}}
spec: {containers: [{name: web, image: 'web:latest'}]}
`
	settings := Settings{Policies: map[string]Setting{
		"no-latest": {Exempt: []Exemption{
			{Object: "Pod/ns/c", Reason: "values count", Until: "2026-11-19", Path: "policies.no-latest.exempt[0]"},
			{Release: "none", Reason: "gone", Path: "policies.no-latest.exempt[1]"},
		}},
		"max-replicas": {Off: true},
	}}
	got := load(t, testCore()).Check(t.Context(), objects(t, manifest), settings, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	var list []string
	for _, g := range got.Exemptions {
		list = append(list, fmt.Sprintf("%s %s%s %q expired=%v %s needed by %q", g.Policy, g.Object, g.Release, g.Container, g.Expired, g.Path, g.Objects))
	}
	want := []string{
		`no-latest none "" expired=false policies.no-latest.exempt[1] needed by []`,
		`no-latest Deployment/ns/b "" expired=false metadata.annotations["policy.otomi.io/ignore"] needed by ["Deployment/ns/b"]`,
		`no-latest Pod/a "" expired=false metadata.annotations["otomi.io/policy-ignore"] needed by ["Pod/a"]`,
		`no-latest Pod/a "side" expired=false metadata.annotations["policy.otomi.io/ignore.side"] needed by []`,
		`no-latest Pod/ns/c "" expired=true policies.no-latest.exempt[0] needed by ["Pod/ns/c"]`,
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("Check, exemptions (-want +got):\n%s", diff)
	}
	wantFindings(t, "Check", got.Findings,
		"warning [unused-exemption] policies.no-latest.exempt[1]: no object needs this exemption from policy no-latest (remove it)",
		"error [expired-exemption] Pod/ns/c: policies.no-latest.exempt[0]: the exemption from policy no-latest (values count) expired on 2026-11-19 (comply with the policy, or set a later day) | m.yaml:14:40: container web: the tag of web:latest moves")
	if id, ok := ExpiredFor(got.Findings[1]); id != "no-latest" || !ok {
		t.Errorf("ExpiredFor = %q, %v, want no-latest", id, ok)
	}
	if id, ok := ExpiredFor(got.Findings[0]); ok {
		t.Errorf("ExpiredFor = %q of an exemption that has not expired", id)
	}
}
