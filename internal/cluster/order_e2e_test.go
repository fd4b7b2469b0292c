package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestFailureSkipsOnlyDependants refuses one object when it is really sent, after the preflight let it through.
func TestFailureSkipsOnlyDependants(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if writes(r) && strings.HasSuffix(r.URL.Path, "/configmaps/config") {
			return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"denied by the test"}`), nil
		}
		return next()
	})
	independent := strings.Replace(web, "name: web, namespace", "name: independent, namespace", 1)
	independent = strings.Replace(strings.ReplaceAll(independent, "app: web", "app: independent"), ", envFrom: [{configMapRef: {name: config}}]", "", 1)
	late := strings.Replace("# release late level 30\n"+config, "name: config", "name: late", 1)
	result, err := h.run(context.Background(), h.objects(ns, config, web, independent, service, late), ApplyOptions{})
	if !hasRule(err, "refused-by-server") || !strings.Contains(err.Error(), "denied by the test") {
		t.Errorf("apply = %v, want it refused", err)
	}
	// web needs the ConfigMap, and the next runlevel needs this one.
	if got := fmt.Sprint(h.eventsOf(EventSkipped)); got != "[Deployment/NAME/web ConfigMap/NAME/late]" {
		t.Errorf("skipped %s", got)
	}
	if result.Counts["created"] != 3 || result.Counts["failed"] != 1 || len(result.Inventory.Entries) != 3 {
		t.Errorf("apply = %v with %d entries, want 3 created, 1 failed and 3 entries", result.Counts, len(result.Inventory.Entries))
	}
	h.wire.break_(nil)
	if r := h.mustApply(ns, config, web, independent, service, late); r.Counts["created"] != 3 || r.Counts["unchanged"] != 3 {
		t.Errorf("the next apply = %v, want the other 3 created", r.Counts)
	}
}

// TestFailFast: after the first failure nothing more is sent, and what is waited for is not waited for any longer.
func TestFailFast(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if writes(r) && strings.HasSuffix(r.URL.Path, "/configmaps/config") {
			return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"denied by the test"}`), nil
		}
		return next()
	})
	slow := strings.NewReplacer("# release task level 10", "# release task level 20", "job-duration: 1s", "job-duration: 60s").Replace(task)
	needy := strings.Replace("# release needy level 20\n"+config, "name: config", "name: needy", 1)
	needs := func(in *plan.Input) { in.Releases = map[string]plan.Release{"needy": {Needs: []string{"task"}}} }
	start := time.Now()
	result, err := h.run(context.Background(), h.objects(ns, slow, config, service, needy), ApplyOptions{FailFast: true}, needs)
	if !hasRule(err, "refused-by-server") || errors.Is(err, context.Canceled) || errors.Is(err, ErrNotReady) || time.Since(start) > 30*time.Second {
		t.Errorf("apply = %v after %v, want the refusal alone, at once", err, time.Since(start))
	}
	if got := fmt.Sprint(h.eventsOf(EventSkipped)); got != "[Service/NAME/web ConfigMap/NAME/needy]" && got != "[ConfigMap/NAME/needy Service/NAME/web]" {
		t.Errorf("skipped %s, want all that was not sent yet", got)
	}
	if result.State != inventory.Failed {
		t.Errorf("apply = %s, want Failed", result.State)
	}
	h.wire.break_(nil)
	if r := h.mustApply(ns, strings.Replace(slow, "60s", "1s", 1), config, service); r.State != inventory.Ready {
		t.Errorf("the next apply = %s, want Ready", r.State)
	}
}

// TestDependsOnWaitsForReadiness: the Service comes after a Job of another release that takes a second.
func TestDependsOnWaitsForReadiness(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	job := strings.Replace(task, "# release task level 10", "# release other level 20", 1)
	after := strings.Replace(service, "name: web, namespace: NAME", "name: web, namespace: NAME, annotations: {otomi.io/depends-on: job/NAME/migrate}", 1)
	h.mustApply(ns, config, job, after)
	var order []string
	for _, e := range h.events {
		if e.Object != nil && (e.Type == EventApplied || e.Type == EventReady) && e.Object.Kind != "Namespace" && e.Object.Kind != "ConfigMap" {
			order = append(order, string(e.Type)+" "+e.Object.Kind)
		}
	}
	if len(order) < 3 || order[0] != string(EventApplied)+" Job" || order[1] != string(EventReady)+" Job" || order[2] != string(EventApplied)+" Service" {
		t.Errorf("events %v, want the Service applied when the Job is complete", order)
	}
}

// TestAnUnchangedRunAsksPerKind counts requests: those of a run that changes nothing do not grow with the objects, and one
// that changes all of them sends each once.
func TestAnUnchangedRunAsksPerKind(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	many := func(n int, text string) []string {
		set := []string{ns, service}
		for i := range n {
			set = append(set, strings.NewReplacer("name: config", fmt.Sprintf("name: c%d", i), "hello", text).Replace(config))
		}
		return set
	}
	count := func(set []string, method string) int {
		h.wire.take()
		h.mustApply(set...)
		n := 0
		for _, s := range h.wire.take() {
			if strings.HasPrefix(s, method) && !strings.Contains(s, "/leases") && !strings.Contains(s, "dryRun") {
				n++
			}
		}
		return n
	}
	h.mustApply(many(5, "hello")...)
	few := count(many(5, "hello"), "")
	h.mustApply(many(60, "hello")...)
	if got := count(many(60, "hello"), ""); got != few {
		t.Errorf("an unchanged run of 62 objects made %d requests, one of 7 objects %d", got, few)
	}
	if got := count(many(60, "bye"), "PATCH"); got != 60 {
		t.Errorf("a run that changes 60 objects sent %d patches", got)
	}
}

func TestNeedsWaitForReadiness(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	needed := strings.Replace(task, "# release task level 10", "# release needed level 20", 1)
	needs := func(in *plan.Input) { in.Releases = map[string]plan.Release{"main": {Needs: []string{"needed"}}} }
	if _, err := h.run(context.Background(), h.objects(ns, config, needed), ApplyOptions{}, needs); err == nil {
		// The namespace is of the release main, and a definition: it goes before what its release needs.
		if got := fmt.Sprint(h.eventsOf(EventApplied)); got != "[Namespace/NAME Job/NAME/migrate ConfigMap/NAME/config]" {
			t.Errorf("applied in the order %s", got)
		}
	} else {
		t.Errorf("apply = %v", err)
	}
}

func TestTimeOfTheRunEnds(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	slow := strings.Replace(task, "job-duration: 1s", "job-duration: 60s", 1)
	start := time.Now()
	result, err := h.run(context.Background(), h.objects(ns, slow, config), ApplyOptions{Timeout: 2 * time.Second})
	if !errors.Is(err, ErrNotReady) || errors.Is(err, context.Canceled) || time.Since(start) > 6*time.Second {
		t.Errorf("apply = %v after %s, want not ready after 2 s", err, time.Since(start))
	}
	if result.State != inventory.Failed {
		t.Errorf("apply = %s, want Failed", result.State)
	}
}

// TestNoTimeLeft: what the run did not come to is told as it is in the cluster.
func TestNoTimeLeft(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	behind := func(m string) string { return "# release behind level 30\n" + m }
	fresh := strings.Replace(config, "name: config", "name: fresh", 1)
	h.mustApply(ns, behind(config))
	slow := strings.Replace(task, "job-duration: 1s", "job-duration: 60s", 1)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		res, err := next()
		if !strings.HasSuffix(r.URL.Path, "/jobs/migrate") || r.Method != http.MethodPatch || strings.Contains(r.URL.RawQuery, "dryRun") {
			return res, err
		}
		time.Sleep(2100 * time.Millisecond) // the run's time is up when the next object has its turn
		return res, err
	})
	set := []string{ns, slow, behind(strings.Replace(config, "hello", "bye", 1)), behind(fresh)}
	_, err := h.run(context.Background(), h.objects(set...), ApplyOptions{Timeout: 2 * time.Second, Gate: GateNone})
	var late *NotReadyError
	if !errors.As(err, &late) {
		t.Fatalf("apply = %v, want NotReadyError", err)
	}
	got := map[string]string{}
	for _, l := range late.Laggards {
		got[l.ID.Kind+"/"+l.ID.Name] = string(l.Status.State) + ": " + l.Status.Reason
	}
	for id, want := range map[string]string{
		"ConfigMap/config": "Ready: there was no time to update it", "ConfigMap/fresh": "Missing: there was no time to create it",
	} {
		if !strings.HasPrefix(got[id], want) {
			t.Errorf("%s is %q, want %q", id, got[id], want)
		}
	}
}

func TestAnnotationsSteer(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	once := strings.Replace(config, "namespace: NAME", "namespace: NAME, annotations: {otomi.io/apply: create-only}", 1)
	other := strings.Replace(config, "name: config", "name: other", 1)
	h.mustApply(ns, once, other)
	h.kubectl("annotate", "cm", "other", "-n", h.name, "otomi.io/paused=incident 42")
	changed := func(s string) string { return strings.Replace(s, "hello", "bye", 1) }
	p := must(h.makePlan(h.objects(ns, changed(once), changed(other))))
	if len(p.Changes()) != 0 || len(p.Findings) != 1 || !strings.Contains(p.Findings[0].Message, "incident 42") {
		t.Errorf("changes %v, findings %v, want none and one about the incident", p.Changes(), p.Findings)
	}
	h.kubectl("annotate", "cm", "other", "-n", h.name, "otomi.io/paused-", "otomi.io/protect=true")
	if r := h.mustApply(ns, once); r.Counts["kept"] != 2 || r.Counts["pruned"] != 0 {
		t.Errorf("apply = %v, want what is protected kept", r.Counts)
	}
	h.kubectl("annotate", "cm", "other", "-n", h.name, "otomi.io/protect-")
	if r := h.mustApply(ns, once); r.Counts["pruned"] != 1 {
		t.Errorf("apply = %v, want 1 pruned", r.Counts)
	}
}

// TestLargeInventory keeps an inventory in several Secrets.
func TestLargeInventory(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	inv := large(h, 30_000)
	entries := inv.Entries
	if err := h.save(ctx, inv); err != nil {
		t.Fatal(err)
	}
	if len(inv.Shards) < 10 {
		t.Fatalf("the inventory has %d shards; a change would rewrite too much", len(inv.Shards))
	}
	read := must(h.Load(ctx, h.ref))
	if !slices.Equal(read.Entries, entries) {
		t.Fatal("30,000 entries are not read as they were written")
	}
	h.wire.take()
	read.Entries[5].Hash = "changed"
	if err := h.save(ctx, read); err != nil {
		t.Fatal(err)
	}
	posts := 0
	for _, s := range h.wire.take() {
		if strings.HasPrefix(s, "POST") {
			posts++
		}
	}
	if posts != 1 {
		t.Errorf("a change of one entry wrote %d new shards, want 1", posts)
	}
	again := must(h.Load(ctx, h.ref))
	if len(again.Entries) != len(entries) || again.Entries[5].Hash != "changed" {
		t.Errorf("read %d entries, the changed one is %+v", len(again.Entries), again.Entries[5])
	}
	secrets := func() int {
		return strings.Count(h.kubectl("get", "secret", "-n", h.ref.Namespace, "-o", "name"), "/"+h.name)
	}
	if got := secrets(); got != 1+len(again.Shards) {
		t.Errorf("%d Secrets hold the inventory, want the header and %d shards", got, len(again.Shards))
	}
	if err := h.Client.remove(ctx, again); err != nil || secrets() != 0 {
		t.Errorf("remove = %v and leaves %d Secrets", err, secrets())
	}
}

// TestRightsInOneNamespaceSuffice applies as somebody who may do nothing outside a namespace.
func TestRightsInOneNamespaceSuffice(t *testing.T) {
	h := e2e(t)
	h.kubectl("apply", "--server-side", "-f", h.file(kedas)) // which are nobody's business without rights
	h.kubectl("wait", "--for=condition=Established", "crd/scaledobjects.keda.sh")
	h.kubectl("create", "ns", h.name)
	h.kubectl("create", "role", "deployer", "-n", h.name, "--verb=get,list,watch,create,update,patch,delete",
		"--resource=configmaps,secrets,leases.coordination.k8s.io,deployments.apps,horizontalpodautoscalers.autoscaling")
	h.kubectl("create", "rolebinding", "deployer", "-n", h.name, "--role=deployer", "--user=dora")
	restricted := rest.CopyConfig(shared().config)
	restricted.Impersonate.UserName = "dora"
	h.Client, h.wire = connect(t, restricted)
	h.ref.Namespace = h.name
	h.mustApply(config, web)
	if r := h.mustApply(config, web); r.Counts["unchanged"] != 2 {
		t.Errorf("the second apply = %v, want 2 unchanged", r.Counts)
	}
	if r := h.mustApply(config); r.Counts["pruned"] != 1 {
		t.Errorf("the third apply = %v, want 1 pruned", r.Counts)
	}
	_, err := h.run(context.Background(), h.objects(config, service), ApplyOptions{})
	if err == nil || !strings.Contains(err.Error(), `cannot list resource "services"`) {
		t.Errorf("apply of a Service = %v, want it to name verb and resource", err)
	}
	if _, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true }); err != nil {
		t.Errorf("destroy = %v", err)
	}
	h.kubectl("delete", "ns", h.name, "--wait=false")
}
