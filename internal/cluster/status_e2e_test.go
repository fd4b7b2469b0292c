package cluster

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// troubled is a Deployment of which something keeps the Pods from being ready.
func troubled(name, labels, annotations, spec string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ` + name + `, namespace: NAME}
spec:
  replicas: 2
  selector: {matchLabels: {app: ` + name + `}}
  template:
    metadata: {labels: {app: ` + name + labels + `}, annotations: {` + annotations + `}}
    spec: ` + spec + `
`
}

const plainPod = `{containers: [{name: web, image: "example.com/web:1"}]}`

// statusNow is the status of the set as its inventory has it.
func (h *harness) statusNow() map[string]ObjectStatus {
	h.Helper()
	all, err := h.Status(context.Background(), must(h.Load(context.Background(), h.ref)))
	if err != nil {
		h.Fatal(err)
	}
	return h.byName(all)
}

func (h *harness) byName(all []ObjectStatus) map[string]ObjectStatus {
	by := map[string]ObjectStatus{}
	for _, o := range all {
		by[strings.ReplaceAll(o.ID.String(), h.name, "NAME")] = o
	}
	return by
}

// TestStatusSaysWhy brings about what real clusters suffer from, and wants each named.
func TestStatusSaysWhy(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	hook := `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: NAME}
webhooks:
  - name: down.example.com
    clientConfig: {url: "https://127.0.0.1:1/validate"}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
    objectSelector: {matchLabels: {hooked: "true"}}
    admissionReviewVersions: [v1]
    sideEffects: None
    timeoutSeconds: 1
`
	full := "apiVersion: v1\nkind: Namespace\nmetadata: {name: NAME-full}\n---\n" +
		"apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none, namespace: NAME-full}\nspec: {hard: {pods: 0}}\n---\n" +
		strings.Replace(troubled("many", "", "", plainPod), "namespace: NAME", "namespace: NAME-full", 1)
	held := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, namespace: NAME}\n"
	edge := "apiVersion: v1\nkind: Service\nmetadata: {name: edge, namespace: NAME}\nspec: {type: LoadBalancer, selector: {app: x}, ports: [{port: 80}]}\n"
	set := []string{
		ns, hook, full, held, edge, strings.Replace(held, "name: held", "name: lost", 1),
		troubled("image", "", `devcluster.otomi.io/image-missing: "true"`, plainPod),
		troubled("crash", "", `devcluster.otomi.io/fail: "true"`, plainPod),
		troubled("probe", "", `devcluster.otomi.io/not-ready: "true"`, `{containers: [{name: web, image: "example.com/web:1", readinessProbe: {httpGet: {path: /, port: 80}}}]}`),
		troubled("nowhere", "", "", `{nodeSelector: {no: such}, containers: [{name: web, image: "example.com/web:1"}]}`),
		troubled("hooked", `, hooked: "true"`, "", plainPod),
	}
	// The API server has to have heard of the webhook before the Pods come that it is to refuse.
	if _, err := h.run(context.Background(), h.objects(ns, hook), ApplyOptions{Gate: GateNone}); err != nil {
		t.Fatal(err)
	}
	h.eventually("that the webhook counts", func() bool {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "probe", Labels: map[string]string{"hooked": "true"}}}
		pod.Spec.Containers = []corev1.Container{{Name: "web", Image: "example.com/web:1"}}
		_, err := h.core.Pods(h.name).Create(context.Background(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err != nil && strings.Contains(err.Error(), "down.example.com")
	})
	if _, err := h.run(context.Background(), h.objects(set...), ApplyOptions{Gate: GateNone}); err != nil {
		t.Fatal(err)
	}
	h.kubectl("patch", "cm", "held", "-n", h.name, "--type=merge", "-p", `{"metadata":{"finalizers":["example.com/hold"]}}`)
	h.Cleanup(func() { // before the set is destroyed
		h.kubectl("patch", "cm", "held", "-n", h.name, "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	})
	h.kubectl("delete", "cm", "held", "-n", h.name, "--wait=false")
	h.kubectl("delete", "cm", "lost", "-n", h.name)
	for id, want := range map[string]string{
		"Deployment/NAME/image":        "InProgress 0 of 2 replicas ready: cannot pull image example.com/web:1: ImagePullBackOff",
		"Deployment/NAME/crash":        "InProgress 0 of 2 replicas ready: container web crashes: CrashLoopBackOff after 3 restarts, last with exit code 1",
		"Deployment/NAME/probe":        "InProgress 0 of 2 replicas ready: container web has not passed its readiness probe",
		"Deployment/NAME/nowhere":      "InProgress 0 of 2 replicas ready: unschedulable: 0/",
		"Deployment/NAME/hooked":       "InProgress admission webhook down.example.com cannot be called: ",
		"Deployment/NAME-full/many":    "InProgress quota none exceeded: ",
		"ConfigMap/NAME/held":          "Terminating waits for finalizer example.com/hold",
		"ConfigMap/NAME/lost":          "Missing deleted since the last run",
		"Service/NAME/edge":            "InProgress load balancer has no address",
		"Namespace/NAME":               "Ready",
		"ResourceQuota/NAME-full/none": "Ready",
	} {
		var got string
		for range 200 {
			o := h.statusNow()[id]
			if got = strings.TrimSpace(string(o.State) + " " + o.Reason); strings.HasPrefix(got, want) {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s is\n%s, want it to begin with\n%s", id, got, want)
		}
	}
}

// TestStatusNamesDrift: who changed what is told without a request of its own, and gone after the next apply.
func TestStatusNamesDrift(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, web, service)
	for id, o := range h.statusNow() {
		if len(o.Drift) > 0 {
			t.Errorf("%s has drifted before anybody did anything: %v", id, o.Drift)
		}
	}
	h.kubectl("scale", "deploy", "web", "-n", h.name, "--replicas=1")
	h.kubectl("set", "image", "deploy/web", "-n", h.name, "web=example.com/web:2")
	h.kubectl("annotate", "svc", "web", "-n", h.name, "note=ours is untouched")
	h.kubectl("label", "cm", "config", "-n", h.name, object.LabelPartOf+"-")
	h.wire.take()
	now := h.statusNow()
	if got := len(h.wire.take()); got > 8 {
		t.Errorf("Status sent %d requests, want one per kind, one for what lost its label, and the inventory's", got)
	}
	for id, want := range map[string]map[string][]string{
		"Deployment/NAME/web":   {"kubectl": {"spec.replicas"}, "kubectl-set": {`spec.template.spec.containers[name="web"].image`}},
		"Service/NAME/web":      {},
		"Namespace/NAME":        {},
		"ConfigMap/NAME/config": {"": nil},
	} {
		got := map[string][]string{}
		for _, d := range now[id].Drift {
			got[d.Manager] = append(got[d.Manager], d.Fields...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("drift of %s (-want +got):\n%s", id, diff)
		}
	}
	h.kubectl("annotate", "deploy", "web", "-n", h.name, "otomi.io/paused=incident 42")
	if got := h.statusNow()["Deployment/NAME/web"].Paused; got != "incident 42" {
		t.Errorf("Paused = %q, want the reason", got)
	}
	h.kubectl("annotate", "deploy", "web", "-n", h.name, "otomi.io/paused-")
	h.mustApply(ns, config, web, service)
	for id, o := range h.statusNow() {
		if len(o.Drift) > 0 {
			t.Errorf("%s has drifted after an apply: %v", id, o.Drift)
		}
	}
	h.kubectl("delete", "svc", "web", "-n", h.name)
	h.kubectl("create", "service", "clusterip", "web", "-n", h.name, "--tcp=80")
	if d := h.statusNow()["Service/NAME/web"].Drift; len(d) != 1 || !slices.Equal(d[0].Fields, []string{"metadata.uid"}) {
		t.Errorf("drift of another object of the name = %v, want its uid", d)
	}
}

// TestStatusWithoutRights: what may not be read is Unknown, and hides nothing else.
func TestStatusWithoutRights(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, service)
	forbid := func(path string) {
		h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, path) && !strings.Contains(r.URL.Path, "/secrets/") {
				return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"services is forbidden: User \"x\" cannot list resource \"services\""}`), nil
			}
			return next()
		})
	}
	forbid("/services")
	now := h.statusNow()
	if o := now["Service/NAME/web"]; o.State != ready.Unknown || !strings.Contains(o.Reason, `cannot list resource "services"`) {
		t.Errorf("the Service is %s: %s, want Unknown and why", o.State, o.Reason)
	}
	if o := now["ConfigMap/NAME/config"]; o.State != ready.Ready {
		t.Errorf("the ConfigMap is %s: %s, want Ready", o.State, o.Reason)
	}
	forbid("/")
	if _, err := h.Status(context.Background(), must(h.Load(context.Background(), h.ref))); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("Status where nothing may be read = %v, want an error", err)
	}
}

// TestFollow sees what happens to a set without asking for it.
func TestFollow(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	result := h.mustApply(ns, config, web, service)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	f := h.Follow(ctx, result.Inventory)
	until := func(what string, is func(map[string]ObjectStatus) bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			changed := f.Changed()
			if all, complete := f.Status(ctx); complete && is(h.byName(all)) {
				return
			}
			select {
			case <-changed:
			case <-time.After(time.Second): // deleted objects are asked for now and then
			}
		}
		all, _ := f.Status(ctx)
		t.Fatalf("%s: not seen; the status is %+v", what, all)
	}
	until("ready", func(s map[string]ObjectStatus) bool {
		return len(s) == 4 && s["Deployment/NAME/web"].State == ready.Ready && !s["Service/NAME/web"].Created.IsZero()
	})
	h.wire.take()
	h.kubectl("patch", "deploy", "web", "-n", h.name, "--type=merge", "-p",
		`{"spec":{"template":{"metadata":{"annotations":{"devcluster.otomi.io/image-missing":"true"}}}}}`)
	until("the image is missing", func(s map[string]ObjectStatus) bool {
		return strings.Contains(s["Deployment/NAME/web"].Reason, "cannot pull image")
	})
	h.kubectl("delete", "svc", "web", "-n", h.name)
	until("deleted", func(s map[string]ObjectStatus) bool { return s["Service/NAME/web"].State == ready.Missing })
	h.kubectl("label", "cm", "config", "-n", h.name, object.LabelPartOf+"-")
	until("without the label", func(s map[string]ObjectStatus) bool {
		o := s["ConfigMap/NAME/config"]
		return o.State == ready.Ready && len(o.Drift) > 0
	})
	for _, s := range h.wire.take() {
		// Causes, and what the watches do not show, are asked for; the set's own kinds are not.
		if strings.Contains(s, "/deployments") && !strings.Contains(s, "watch=true") {
			t.Errorf("sent %s: the watch has it", s)
		}
	}
}

// TestReadyWhen waits by an object's own rule, also for a kind that nobody reports on.
func TestReadyWhen(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	filled := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: filled, namespace: NAME, annotations: {otomi.io/ready-when: \"self.data['ca.crt'] != ''\"}}\n"
	late := strings.Replace("# release late level 30\n"+config, "name: config", "name: late", 1)
	go func() {
		h.eventually("the ConfigMap", func() bool {
			_, err := h.core.ConfigMaps(h.name).Get(context.Background(), "filled", getOptions())
			return err == nil
		})
		h.kubectl("patch", "cm", "filled", "-n", h.name, "--type=merge", "-p", `{"data":{"other":"x"}}`)
		time.Sleep(time.Second)
		h.kubectl("patch", "cm", "filled", "-n", h.name, "--type=merge", "-p", `{"data":{"ca.crt":"x"}}`)
	}()
	h.mustApply(ns, filled, late)
	var told []string
	for _, e := range h.events {
		if e.Object != nil && e.Object.Kind == "ConfigMap" && e.Type != EventWarning {
			told = append(told, strings.TrimSpace(string(e.Type)+" "+e.Object.Name+" "+e.Message))
		}
	}
	want := []string{
		"applied filled", "waiting filled otomi.io/ready-when cannot be evaluated yet: there is no data",
		"waiting filled otomi.io/ready-when cannot be evaluated yet: there is no ca.crt", "ready filled", "applied late",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	h.kubectl("patch", "cm", "filled", "-n", h.name, "--type=merge", "-p", `{"data":{"ca.crt":""}}`)
	if o := h.statusNow()["ConfigMap/NAME/filled"]; o.State != ready.InProgress || !strings.Contains(o.Reason, "is not true: self.data['ca.crt'] != ''") {
		t.Errorf("status = %s: %s, want the rule to be not true", o.State, o.Reason)
	}
	_, err := h.makePlan(h.objects(strings.Replace(filled, "!= ''", "!= 1 +", 1)))
	if !hasRule(err, "invalid-ready-when") {
		t.Errorf("a plan with a rule that does not compile = %v, want a finding", err)
	}
}

// TestTimeoutOfAnObject is shorter than that of its release.
func TestTimeoutOfAnObject(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	never := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: never, namespace: NAME, annotations: {otomi.io/ready-when: \"false\", otomi.io/timeout: 1s}}\n"
	_, err := h.run(context.Background(), h.objects(ns, never), ApplyOptions{ReleaseTimeout: time.Hour}, func(in *plan.Input) {
		in.Releases = map[string]plan.Release{"main": {Timeout: time.Hour}}
	})
	if err == nil || !strings.Contains(err.Error(), "otomi.io/ready-when is not true: false") {
		t.Errorf("apply = %v, want it not ready in time", err)
	}
}
