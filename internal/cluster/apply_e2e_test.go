package cluster

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

//go:embed testdata/things.yaml
var definition string

var crd = "# release crds level 10\n" + definition

const (
	ns = `apiVersion: v1
kind: Namespace
metadata: {name: NAME, labels: {purpose: test}}
`
	thing = `# release things level 30
apiVersion: NAME.example.com/v1
kind: Thing
metadata: {name: t, namespace: NAME}
spec: {size: 3}
`
	web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAME}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "example.com/web:1", envFrom: [{configMapRef: {name: config}}]}
`
	config = `apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: NAME}
data: {greeting: hello}
`
	service = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: NAME}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
`
	quota = `apiVersion: v1
kind: ResourceQuota
metadata: {name: q, namespace: NAME}
spec: {hard: {configmaps: 20}}
`
	scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: NAME}
spec:
  minReplicas: 5
  maxReplicas: 9
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`
	task = `# release task level 10
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: NAME, annotations: {otomi.io/task: on-change}}
spec:
  template:
    metadata: {annotations: {devcluster.otomi.io/job-duration: 1s}}
    spec: {restartPolicy: Never, containers: [{name: m, image: "example.com/m:1", args: [one]}]}
`
)

// TestWholeLife takes a set from nothing to a second apply that changes nothing, through a prune, to nothing.
func TestWholeLife(t *testing.T) {
	h := e2e(t)
	set := []string{ns, crd, thing, web, config, service, quota, scaler, task}
	result := h.mustApply(set...)
	if result.State != inventory.Ready || result.Counts["created"] != len(set) {
		t.Fatalf("apply = %s %v, want Ready and %d created", result.State, result.Counts, len(set))
	}
	replicas := func() string {
		return h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas}/{.status.readyReplicas}")
	}
	// Controllers write what is none of our business: an autoscaler, the quota's status, the namespace, a Service's status.
	h.eventually("the autoscaler scales to 5", func() bool { return replicas() == "5/5" })
	h.kubectl("patch", "svc", "web", "-n", h.name, "--subresource=status", "--type=merge", "-p",
		`{"status":{"conditions":[{"type":"Seen","status":"True","reason":"Test","message":"","lastTransitionTime":"2026-09-01T00:00:00Z"}]}}`)
	h.eventually("the quota counts", func() bool {
		return strings.Contains(h.kubectl("get", "quota", "q", "-n", h.name, "-o", "jsonpath={.status.used}"), "configmaps")
	})
	h.wire.take()
	result = h.mustApply(set...)
	sent := h.wire.take()
	for _, s := range sent {
		if strings.HasPrefix(s, "PATCH") || strings.HasPrefix(s, "POST") || strings.HasPrefix(s, "DELETE") {
			t.Errorf("the second apply sent %s", s)
		}
	}
	if result.Counts["unchanged"] != len(set) {
		p, _ := h.makePlan(h.objects(set...))
		t.Errorf("the second apply = %v, want all %d unchanged: %v", result.Counts, len(set), reasons(p))
	}
	status, err := h.Status(context.Background(), result.Inventory)
	if err != nil || len(status) != len(set) {
		t.Fatalf("Status = %d objects, %v, want %d", len(status), err, len(set))
	}
	for _, s := range status {
		if s.State != ready.Ready {
			t.Errorf("%s is %s: %s", s.ID, s.State, s.Reason)
		}
	}
	result = h.mustApply(ns, web, config, scaler, crd, thing)
	if result.Counts["pruned"] != 3 || result.Counts["unchanged"] != 6 {
		t.Errorf("after three were taken out: %v, want 3 pruned and 6 unchanged", result.Counts)
	}
	if got := replicas(); got != "5/5" {
		t.Errorf("replicas are %s after two more applies, want 5/5", got)
	}
	h.destroyed()
}

func reasons(p *plan.Plan) (list []string) {
	for _, a := range p.Actions {
		list = append(list, fmt.Sprintf("%s %s: %s", a.Op, a.ID, a.Reason))
	}
	return list
}

// destroyed destroys the set and looks for anything left.
func (h *harness) destroyed() {
	h.Helper()
	result, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true })
	if err != nil {
		h.Fatalf("destroy = %v", err)
	}
	if result.Inventory != nil {
		h.Errorf("destroy left an inventory: %v", result.Inventory.Entries)
	}
	for _, args := range [][]string{
		{"get", "ns,crd", "-o", "name"}, {"get", "secret,lease", "-n", inventory.DefaultNamespace, "-o", "name"},
	} {
		if out := h.kubectl(args...); strings.Contains(out, h.name) {
			h.Errorf("destroy left behind:\n%s", out)
		}
	}
	h.kubectl("get", "ns", inventory.DefaultNamespace)
}

// TestUnchangedRunCostsKindsNotObjects counts requests.
func TestUnchangedRunCostsKindsNotObjects(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	many := func(n int) []object.Object {
		set := []string{ns}
		for i := range n {
			set = append(set, strings.Replace(config, "name: config", fmt.Sprint("name: config-", i), 1))
		}
		return h.objects(set...)
	}
	count := func(n int) int {
		if _, err := h.run(context.Background(), many(n), ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		h.wire.take()
		if _, err := h.run(context.Background(), many(n), ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		return len(h.wire.take())
	}
	few, lots := count(3), count(300)
	if few != lots {
		t.Errorf("an unchanged run takes %d requests for 3 objects and %d for 300", few, lots)
	}
	if few > 20 {
		t.Errorf("an unchanged run of two kinds takes %d requests", few)
	}
}

func TestRefusedObjectStopsBeforeTheFirstWrite(t *testing.T) {
	h := e2e(t)
	bad := strings.Replace(service, "port: 80", "port: 80000", 1)
	unknown := strings.Replace(web, "replicas: 3", "replicas: 3\n  replicsa: 3", 1)
	for name, manifest := range map[string]string{"invalid value": bad, "unknown field": unknown} {
		t.Run(name, func(t *testing.T) {
			_, err := h.run(context.Background(), h.objects(ns, manifest, config), ApplyOptions{})
			if !hasRule(err, "refused-by-server") {
				t.Errorf("apply = %v, want refused-by-server", err)
			}
			if strings.Contains(err.Error(), standIn) {
				t.Errorf("apply = %v, which names a namespace that has nothing to do with it", err)
			}
			if out := h.kubectl("get", "ns,secret,lease", "-A", "-o", "name"); strings.Contains(out, h.name) {
				t.Errorf("something was written: %s", out)
			}
		})
	}
	t.Run("unknown kind", func(t *testing.T) {
		_, err := h.run(context.Background(), h.objects(ns, thing), ApplyOptions{})
		if !hasRule(err, "unknown-kind") {
			t.Errorf("apply = %v, want unknown-kind", err)
		}
	})
	t.Run("missing namespace", func(t *testing.T) {
		_, err := h.run(context.Background(), h.objects(config), ApplyOptions{})
		advice := "make it first, with kubectl create namespace " + h.name + ", or let the set have it: as a manifest, or by createNamespace: true of a release"
		if !hasRule(err, "missing-namespace") || !hasHint(err, advice) {
			t.Errorf("apply = %v, want missing-namespace and what to do", err)
		}
	})
}

func TestReplicasAreHandedOver(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, web)
	// An autoscaler that has not scaled yet, since 3 is in its range: dropping the field would reset it to 1.
	idle := strings.Replace(scaler, "minReplicas: 5", "minReplicas: 2", 1)
	h.mustApply(ns, config, web, idle)
	if got := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas}"); got != "3" {
		t.Errorf("replicas are %s after they were handed over, want 3", got)
	}
	if r := h.mustApply(ns, config, web, idle); r.Counts["unchanged"] != 4 {
		t.Errorf("the next apply = %v, want 4 unchanged", r.Counts)
	}
	// Now it scales, and takes over what was handed to it: none of our business.
	h.mustApply(ns, config, web, scaler)
	h.eventually("the autoscaler scales to 5", func() bool {
		return h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas}/{.status.readyReplicas}") == "5/5"
	})
	h.wire.take()
	h.mustApply(ns, config, web, scaler)
	for _, s := range h.wire.take() {
		if strings.HasPrefix(s, "PATCH") {
			t.Errorf("an apply after the autoscaler took the replicas over sent %s", s)
		}
	}
	if got := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas}"); got != "5" {
		t.Errorf("replicas are %s, want the autoscaler's 5", got)
	}
	four := strings.Replace(web, "replicas: 3", "replicas: 4", 1)
	h.mustApply(ns, config, four)
	if got := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas}"); got != "4" {
		t.Errorf("replicas are %s after the autoscaler was deleted, want 4", got)
	}
}

func TestDriftIsSetBackAndControllersAreNotFought(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config)
	h.kubectl("patch", "cm", "config", "-n", h.name, "--type=merge", "-p", `{"data":{"greeting":"by hand"}}`)
	h.mustApply(ns, config)
	if got := h.kubectl("get", "cm", "config", "-n", h.name, "-o", "jsonpath={.data.greeting}"); got != "hello" {
		t.Errorf("greeting is %q, want what is desired", got)
	}
	if len(h.eventsOf(EventDrift)) != 1 {
		t.Errorf("events %v, want the drift to be told", h.events)
	}
	h.kubectl("patch", "cm", "config", "-n", h.name, "--type=merge", "--field-manager=some-operator", "-p", `{"data":{"greeting":"operated"}}`)
	_, err := h.run(context.Background(), h.objects(ns, config), ApplyOptions{})
	if !errors.Is(err, plan.ErrConflict) || !strings.Contains(err.Error(), `data.greeting: belongs to field manager "some-operator", which has "operated"; we have "hello" (--force-conflicts)`) {
		t.Errorf("apply = %v, want a conflict with some-operator", err)
	}
	if _, err := h.run(context.Background(), h.objects(ns, config), ApplyOptions{Force: true}); err != nil {
		t.Errorf("apply with force = %v", err)
	}
}

func TestUnownedObjectsAreNotTouched(t *testing.T) {
	h := e2e(t)
	h.kubectl("create", "ns", h.name)
	h.kubectl("create", "cm", "config", "-n", h.name)
	_, err := h.run(context.Background(), h.objects(config), ApplyOptions{})
	if !errors.Is(err, plan.ErrConflict) {
		t.Fatalf("apply = %v, want a conflict", err)
	}
	adopt := func(in *plan.Input) { in.Options.Adopt.Unowned = true }
	if r, err := h.run(context.Background(), h.objects(config), ApplyOptions{}, adopt); err != nil || r.Counts["adopted"] != 1 {
		t.Fatalf("apply --adopt unowned = %v, %v", r, err)
	}
	// The namespace is used by the next apply, and survives the set.
	bare := strings.Replace(ns, ", labels: {purpose: test}", "", 1)
	if r := h.mustApply(bare, config); r.Counts["kept"] != 1 {
		t.Errorf("apply into somebody's namespace = %v, want it kept", r.Counts)
	}
	if _, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true }); err != nil {
		t.Fatalf("destroy = %v", err)
	}
	if out := h.kubectl("get", "ns", h.name, "-o", "name"); !strings.Contains(out, h.name) {
		t.Error("destroy deleted a namespace that the set did not make")
	}
	h.kubectl("delete", "ns", h.name, "--wait=false")
}

func TestLevelsWaitForEachOther(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	late := strings.Replace("# release late level 30\n"+config, "name: config", "name: late", 1)
	h.mustApply(ns, task, config, late)
	var order []string
	for _, e := range h.events {
		if e.Object != nil && (e.Type == EventApplied || e.Type == EventReady) && e.Object.Kind != "Namespace" {
			order = append(order, fmt.Sprint(e.Type, " ", e.Object.Name))
		}
	}
	if got := strings.Join(order, ", "); got != "applied migrate, ready migrate, applied config, applied late" {
		t.Errorf("events: %s", got)
	}
}

func TestNotReadyStopsTheNextLevel(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	stuck := strings.Replace(web, "labels: {app: web}}\n    spec", "labels: {app: web}, annotations: {devcluster.otomi.io/image-missing: \"true\"}}\n    spec", 1)
	late := strings.Replace("# release late level 30\n"+config, "name: config", "name: late", 1)
	result, err := h.run(context.Background(), h.objects(ns, config, stuck, late), ApplyOptions{ReleaseTimeout: 2 * time.Second})
	if !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "Deployment/"+h.name+"/web") || !strings.Contains(err.Error(), "image") {
		t.Errorf("apply = %v, want web not ready because of its image", err)
	}
	status, err := h.Status(context.Background(), result.Inventory)
	if err != nil || !slices.ContainsFunc(status, func(s ObjectStatus) bool {
		return s.ID.Kind == "Deployment" && s.State == ready.InProgress && strings.Contains(s.Reason, "image")
	}) {
		t.Errorf("Status = %+v, %v, want the image that cannot be pulled as the reason", status, err)
	}
	if result.State != inventory.Failed || result.Counts["skipped"] != 1 {
		t.Errorf("apply = %s %v, want Failed and one skipped", result.State, result.Counts)
	}
	// The next run takes up where this one stopped.
	result = h.mustApply(ns, config, web, late)
	if result.Counts["created"] != 1 || result.Counts["updated"] != 1 || result.Counts["unchanged"] != 2 {
		t.Errorf("the next apply = %v", result.Counts)
	}
}

func TestTasksRunWhenTheyChange(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	uid := func() string {
		return h.kubectl("get", "job", "migrate", "-n", h.name, "-o", "jsonpath={.metadata.uid}")
	}
	h.mustApply(ns, task)
	first := uid()
	h.mustApply(ns, task)
	if uid() != first {
		t.Error("an unchanged task ran again")
	}
	changed := strings.Replace(task, "[one]", "[two]", 1)
	if r := h.mustApply(ns, changed); r.Counts["recreated"] != 1 || uid() == first {
		t.Errorf("a changed task did not run again: %v", r.Counts)
	}
	h.kubectl("delete", "job", "migrate", "-n", h.name)
	if r := h.mustApply(ns, changed); r.Counts["kept"] != 1 {
		t.Errorf("a task that was cleaned up: %v, want it kept", r.Counts)
	}
	status, err := h.Status(context.Background(), must(h.Load(context.Background(), h.ref)))
	if err != nil || !slices.ContainsFunc(status, func(s ObjectStatus) bool { return s.ID.Kind == "Job" && s.State == ready.Ready }) {
		t.Errorf("Status = %v, %v, want the cleaned up task ready", status, err)
	}
	failing := strings.Replace(changed, "devcluster.otomi.io/job-duration: 1s", `devcluster.otomi.io/fail: "true"`, 1)
	failing = strings.Replace(failing, "spec:\n  template", "spec:\n  backoffLimit: 0\n  template", 1)
	_, err = h.run(context.Background(), h.objects(ns, failing), ApplyOptions{})
	if !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "Failed") {
		t.Errorf("apply of a failing task = %v, want it reported as failed", err)
	}
}

// TestDiffOfATask: a Job is made anew, and its diff shows what the repo changed, not what the server filled in.
func TestDiffOfATask(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, task)
	p := must(h.makePlan(h.objects(ns, strings.Replace(task, "[one]", "[two]", 1))))
	changes, findings, err := h.Diff(context.Background(), p, false, Hidden{})
	if err != nil || len(findings) > 0 || len(changes) != 1 || changes[0].Op != plan.Recreate {
		t.Fatalf("Diff = %+v, %v, %v, want the Job recreated", changes, findings, err)
	}
	var changed []string
	for _, line := range strings.Split(changes[0].Text, "\n") {
		if (strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+")) && !strings.Contains(line, "Job/") {
			changed = append(changed, strings.Join(strings.Fields(line), " "))
		}
	}
	if got := strings.Join(changed, "\n"); got != "- - one\n+ - two" {
		t.Errorf("the diff of a changed task changes\n%s\nwant only its argument:\n%s", got, changes[0].Text)
	}
	p = must(h.makePlan(h.objects(ns, strings.Replace(task, "restartPolicy: Never", "restartPolicy: Always", 1))))
	if _, findings, _ := h.Diff(context.Background(), p, false, Hidden{}); !hasRule(findings.Err(), "refused-by-server") {
		t.Errorf("Diff of a task that the server refuses found %v, want refused-by-server", findings)
	}
}

// TestDestroyOfWhatIsGone: somebody has deleted namespaces and all that was in them.
func TestDestroyOfWhatIsGone(t *testing.T) {
	h := e2e(t)
	second := strings.ReplaceAll(ns, "NAME", "NAME-2")
	other := strings.Replace(config, "namespace: NAME", "namespace: NAME-2", 1)
	h.mustApply(ns, config, web, second, other)
	late := must(h.makePlan(nil, func(in *plan.Input) { in.Options.Destroy = true }))
	h.kubectl("delete", "ns", h.name, h.name+"-2")
	start := time.Now()
	// By a plan from before they were deleted.
	if r, err := h.Client.Apply(context.Background(), late, ApplyOptions{}, nil); err != nil || r.Counts["pruned"] != 5 {
		t.Errorf("destroy = %v, %v, want 5 pruned", r.Counts, err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("destroy of what is gone took %v", took)
	}
	h.mustApply(ns, config, web, second, other)
	h.kubectl("delete", "ns", h.name, h.name+"-2")
	h.destroyed()
	for _, kind := range []EventType{EventDeleting, EventFailed, EventSkipped} {
		if list := h.eventsOf(kind); len(list) > 0 {
			t.Errorf("destroy of what is gone: %s %v", kind, list)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestNamespaceWithStrangersIsNotPruned(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	other := strings.Replace(config, "metadata: {name: config, namespace: NAME}", "metadata: {name: config, namespace: NAME-2}", 1)
	second := strings.ReplaceAll(ns, "NAME", "NAME-2")
	h.mustApply(ns, config, web, second, other)
	h.kubectl("create", "secret", "generic", "precious", "-n", h.name)
	_, err := h.makePlan(h.objects(second, other))
	if !errors.Is(err, plan.ErrRefused) || !strings.Contains(err.Error(), "Secret/"+h.name+"/precious") {
		t.Errorf("plan = %v, want it refused because of the Secret", err)
	}
	if err != nil && (strings.Contains(err.Error(), "Pod/") || strings.Contains(err.Error(), "kube-root-ca")) {
		t.Errorf("what follows from the set counts as strange: %v", err)
	}
	h.kubectl("delete", "secret", "precious", "-n", h.name)
	r := h.mustApply(second, other)
	if r.Counts["pruned"] != 3 {
		t.Errorf("apply = %v, want 3 pruned", r.Counts)
	}
	if out := h.kubectl("get", "ns", "-o", "name"); strings.Contains(out, h.name+"\n") {
		t.Errorf("the namespace is still there")
	}
}

func TestDiffMasksSecrets(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAME}\nstringData: {password: hunter22, same: constant1}\n"
	uses := strings.Replace(config, "hello", "say hunter22", 1)
	changes, _, err := h.Diff(context.Background(), must(h.makePlan(h.objects(ns, secret, uses))), false, Hidden{Texts: []string{"fromlayer"}})
	if err != nil || len(changes) != 3 {
		t.Fatalf("Diff = %d changes, %v, want 3", len(changes), err)
	}
	h.mustApply(ns, secret, uses)
	later := strings.Replace(secret, "hunter22", "hunter33", 1)
	uses = strings.Replace(uses, "say hunter22", "say fromlayer", 1)
	p := must(h.makePlan(h.objects(ns, later, uses, web)))
	more, findings, err := h.Diff(context.Background(), p, false, Hidden{Texts: []string{"fromlayer"}})
	if err != nil || findings.Failed() || len(more) != 3 {
		t.Fatalf("Diff = %d changes, %v, %v, want 3", len(more), findings, err)
	}
	text := ""
	for _, c := range append(changes, more...) {
		text += c.Text
	}
	for _, leak := range []string{"hunter", "aHVudGVy", "fromlayer", "constant1"} {
		if strings.Contains(text, leak) {
			t.Errorf("the diff shows %q:\n%s", leak, text)
		}
	}
	for _, want := range []string{"-  password: <redacted:1>\n+  password: <redacted:4>", "   same: <redacted:3>\n", "+  replicas: 3", "-  greeting: say <redacted:1>\n+  greeting: say <redacted:2>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the diff lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "managedFields") || strings.Contains(text, "resourceVersion") {
		t.Errorf("the diff shows what the server keeps for itself:\n%s", text)
	}
}

func TestSelectionLeavesTheRestAlone(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	other := strings.Replace("# release other level 30\n"+config, "name: config", "name: other", 1)
	h.mustApply(ns, config, other)
	only := func(in *plan.Input) {
		in.Selected = func(release, _ string) bool { return release == "other" }
	}
	changed := strings.Replace(other, "hello", "bye", 1)
	r, err := h.run(context.Background(), h.objects(changed), ApplyOptions{}, only)
	if err != nil || r.Counts["updated"] != 1 || len(r.Counts) != 1 {
		t.Errorf("apply --release other = %v, %v, want one update and nothing else", r.Counts, err)
	}
	if inv := must(h.Load(context.Background(), h.ref)); len(inv.Entries) != 3 {
		t.Errorf("the inventory has %d entries, want 3", len(inv.Entries))
	}
}
