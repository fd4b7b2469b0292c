package apply

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// base is a values repo with one release of each thing that the tests need; NAME keeps tests apart.
func base(name string) string {
	definition, err := os.ReadFile("../../../internal/cluster/testdata/things.yaml")
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer("NAME", name, "DEFINITION", strings.ReplaceAll(string(definition), "NAME", name)).Replace(`
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: NAME}
spec:
  core: [{source: .}]
  clusters:
    - {name: NAME, contexts: [e2e]}
-- env/values.yaml --
replicas: 1
extra: true
-- platform/runlevels/10-definitions.yaml --
releases:
  - {name: things, namespace: NAME, manifests: things}
-- platform/runlevels/20-web.yaml --
releases:
  - {name: web, namespace: NAME, manifests: web}
  - {name: extra, namespace: NAME-extra, manifests: extra, enabled: {{ .Values.extra }}}
-- platform/things/crd.yaml --
DEFINITION-- platform/things/thing.yaml --
apiVersion: NAME.example.com/v1
kind: Thing
metadata: {name: first}
spec: {size: 3}
-- platform/web/web.yaml.gotmpl --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          resources: {requests: {cpu: 10m}, limits: {memory: 32Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {pods: "10"}}
-- platform/extra/config.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {a: "1"}
`)
}

func TestApply(t *testing.T) {
	e := newEnv(t, base("first"))
	r := e.otomi(6, "apply")
	if !strings.Contains(r.stderr, "first apply to the cluster") || !strings.Contains(r.stderr, "--yes") || !e.gone("ns", "first") {
		t.Errorf("the first apply without agreement: %s", r.stderr)
	}

	e.otomi(1, "diff") // there are differences
	e.otomi(0, "apply", "--yes")
	if got := e.kubectl("-n", "first", "get", "things.first.example.com", "first", "-o", "jsonpath={.spec.size}"); got != "3" {
		t.Errorf("a resource of a CRD of the same apply has size %s, want 3", got)
	}
	if got := e.kubectl("-n", "first", "get", "deployment", "web", "-o", "jsonpath={.status.availableReplicas}"); got != "1" {
		t.Errorf("apply ended before its Deployment was ready: %s replicas available", got)
	}

	var status struct {
		State   string
		Objects []struct{ State, Release, Runlevel string }
	}
	if err := json.Unmarshal([]byte(e.otomi(0, "status", "-o", "json").stdout), &status); err != nil {
		t.Fatal(err)
	}
	if status.State != "Ready" || len(status.Objects) != 8 {
		t.Errorf("status: %+v, want 8 objects, all ready", status)
	}
	for _, o := range status.Objects {
		if o.State != "Ready" || o.Release == "" || o.Runlevel == "" {
			t.Errorf("status of an object: %+v", o)
		}
	}
	e.otomi(0, "diff") // and now there are none

	// A release that is disabled is pruned, its namespace too; off a terminal that needs agreement.
	e.write("-- env/values.yaml --\nreplicas: 1\nextra: false\n")
	r = e.otomi(6, "apply")
	if !strings.Contains(r.stderr, "ConfigMap/first-extra/extra") || !strings.Contains(r.stderr, "--yes") {
		t.Errorf("a prune without agreement: %s", r.stderr)
	}
	e.otomi(0, "apply", "--yes")
	if !e.gone("ns", "first-extra") {
		t.Error("the namespace of a pruned release is still there")
	}

	e.otomi(0, "destroy", "--yes")
	for _, o := range [][]string{{"ns", "first"}, {"crd", "things.first.example.com"}, {"-n", "otomi-system", "secret", "-l", "applyset.kubernetes.io/id", "first"}} {
		if len(o) == 2 && !e.gone(o...) {
			t.Errorf("%v is still there after destroy", o)
		}
	}
	if left := e.kubectl("-n", "otomi-system", "get", "secrets", "-o", "name"); strings.Contains(left, "first") {
		t.Errorf("destroy left %s", left)
	}
	if r := e.otomi(0, "destroy", "--yes"); !strings.Contains(r.stderr, "nothing was applied") {
		t.Errorf("destroy of nothing: %s", r.stderr)
	}
}

// TestUnchanged: controllers have written to the objects since, and a second apply sends nothing that writes but its lock and
// its record.
func TestUnchanged(t *testing.T) {
	e := newEnv(t, base("same"))
	e.write(`
-- platform/web/hpa.yaml --
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
`)
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	// What an autoscaler does: through the scale subresource.
	e.kubectl("-n", "same", "scale", "deployment", "web", "--replicas=3")
	e.kubectl("-n", "same", "patch", "service", "web", "--subresource=status", "--type=merge", "-p", `{"status":{"conditions":[{"type":"Tested","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"x","message":"y"}]}}`)
	e.kubectl("patch", "namespace", "same", "--subresource=status", "--type=merge", "-p",
		`{"status":{"conditions":[{"type":"Tested","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"x","message":"y"}]}}`)
	e.eventually("the quota counts the Pods", func() bool {
		return e.kubectl("-n", "same", "get", "quota", "quota", "-o", "jsonpath={.status.used.pods}") == "3"
	})
	e.eventually("the Pods are ready", func() bool {
		return e.kubectl("-n", "same", "get", "deployment", "web", "-o", "jsonpath={.status.availableReplicas}") == "3"
	})

	// The first run may record what it found; no object is touched.
	for range 2 {
		sent := e.requests(func() { e.otomi(0, "apply") })
		if len(sent) == 0 {
			t.Fatal("the audit log does not show the plugin's requests")
		}
		for _, r := range sent {
			if r.writes() && !strings.Contains(r.RequestURI, "/namespaces/otomi-system/") {
				t.Errorf("an unchanged apply sent %s %s", r.Verb, r.RequestURI)
			}
		}
	}
	if got := e.kubectl("-n", "same", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"); got != "3" {
		t.Errorf("the autoscaled Deployment has %s replicas, want 3", got)
	}
}

// TestSelection: a narrowed run changes and prunes only what it names.
func TestSelection(t *testing.T) {
	e := newEnv(t, base("narrow"))
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	e.write("-- env/values.yaml --\nreplicas: 2\nextra: false\n")
	e.otomi(0, "apply", "--yes", "--release", "things")
	if got := e.kubectl("-n", "narrow", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"); got != "1" {
		t.Errorf("--release things changed the Deployment of another release: %s replicas", got)
	}
	if e.gone("-n", "narrow-extra", "configmap", "extra") {
		t.Error("--release things pruned another release")
	}
	e.otomi(0, "apply", "--yes", "--runlevel", "20")
	if got := e.kubectl("-n", "narrow", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"); got != "2" {
		t.Errorf("--runlevel 20 did not change the Deployment: %s replicas", got)
	}
	if !e.gone("-n", "narrow-extra", "configmap", "extra") {
		t.Error("--runlevel 20 did not prune a disabled release of its own")
	}
}

// TestTasks: a Job runs again when it changes, and not because it was cleaned up.
func TestTasks(t *testing.T) {
	e := newEnv(t, base("tasks"))
	job := `
-- platform/web/job.yaml.gotmpl --
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {otomi.io/task: on-change}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: x, image: "registry.example.com/migrate:TAG"}]
`
	uid := func() string {
		return e.kubectl("-n", "tasks", "get", "job", "migrate", "-o", "jsonpath={.metadata.uid}")
	}
	e.write(strings.ReplaceAll(job, "TAG", "1"))
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	if got := e.kubectl("-n", "tasks", "get", "job", "migrate", "-o", "jsonpath={.status.succeeded}"); got != "1" {
		t.Errorf("apply did not wait for the task: %q succeeded", got)
	}
	first := uid()
	e.otomi(0, "apply")
	if uid() != first {
		t.Error("an unchanged task ran again")
	}
	e.write(strings.ReplaceAll(job, "TAG", "2"))
	e.otomi(0, "apply", "--yes")
	if uid() == first {
		t.Error("a changed task did not run again")
	}
	e.kubectl("-n", "tasks", "delete", "job", "migrate")
	e.otomi(0, "apply")
	if !e.gone("-n", "tasks", "job", "migrate") {
		t.Error("a task ran again because its finished Job was cleaned up")
	}
}
