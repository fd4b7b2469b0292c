package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// chartJob is the Job of a hook that takes its Pod no time.
func chartJob(name, events, policies string) string {
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata: {name: %s, namespace: NAME, annotations: {helm.sh/hook: %q, helm.sh/hook-delete-policy: %q}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {}}
    spec: {restartPolicy: Never, containers: [{name: m, image: "example.com/m:1", args: [one]}]}
`, name, events, policies)
}

func (h *harness) uid(kind, name string) string {
	h.Helper()
	return h.kubectl("get", kind, name, "-n", h.name, "-o", "jsonpath={.metadata.uid}", "--ignore-not-found")
}

// TestHooksOfARelease takes a release with hooks from its install through upgrades to its end.
func TestHooksOfARelease(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	pre, post := chartJob("pre", "pre-install,pre-upgrade", ""), chartJob("post", "post-install", "hook-succeeded")
	last := chartJob("last", "pre-delete", "")
	space := "# release space level 10\n" + ns
	set := []string{space, pre, post, last, config, service, web}
	h.mustApply(set...)
	if got := fmt.Sprint(h.eventsOf(EventReady)); got != "[Job/NAME/pre Service/NAME/web Deployment/NAME/web Job/NAME/post]" {
		t.Errorf("ready in the order %s", got)
	}
	first := h.uid("job", "pre")
	if first == "" || h.uid("job", "post") != "" || h.uid("job", "last") != "" {
		t.Error("of the hooks pre alone is to be left")
	}
	h.wire.take()
	if r := h.mustApply(set...); r.Counts["kept"] != 3 || r.Counts["unchanged"] != 4 {
		t.Errorf("the second apply = %v, want 3 kept and 4 unchanged", r.Counts)
	}
	for _, s := range h.wire.take() {
		if strings.HasPrefix(s, "PATCH") || strings.HasPrefix(s, "DELETE") {
			t.Errorf("the second apply sent %s", s)
		}
	}
	changed := []string{space, pre, post, last, strings.Replace(config, "hello", "bye", 1), service, web}
	if r := h.mustApply(changed...); r.Counts["recreated"] != 1 || r.Counts["updated"] != 1 || h.uid("job", "pre") == first {
		t.Errorf("an upgrade = %v, want the hook that is for upgrades to run again", r.Counts)
	}
	if r := h.mustApply(space); r.Counts["pruned"] != 4 || r.Counts["created"] != 1 {
		t.Errorf("when the release goes = %v, want 4 pruned and the last hook run", r.Counts)
	}
	order := append(h.eventsOf(EventApplied), h.eventsOf(EventDeleting)...)
	if len(order) < 3 || order[0] != "Job/NAME/last" || order[1] != "Job/NAME/last" {
		t.Errorf("the last hook and what is deleted: %v", order)
	}
	if h.uid("job", "last") != "" || len(must(h.Load(context.Background(), h.ref)).Entries) != 1 {
		t.Error("something is left of the release")
	}
}

// TestHooksThatFail: nothing that comes after is done, and the next run makes up for it.
func TestHooksThatFail(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	fail := func(job string) string {
		return strings.Replace(job, "annotations: {}", `annotations: {devcluster.otomi.io/fail: "true"}`, 1)
	}
	space := "# release space level 10\n" + ns
	pre, post := chartJob("pre", "pre-install", "hook-failed"), chartJob("post", "post-install", "")
	_, err := h.run(context.Background(), h.objects(space, fail(pre), post, config), ApplyOptions{})
	if !errors.Is(err, ErrNotReady) || fmt.Sprint(h.eventsOf(EventSkipped)) != "[ConfigMap/NAME/config Job/NAME/post]" {
		t.Errorf("apply = %v, skipped %v, want the release skipped", err, h.eventsOf(EventSkipped))
	}
	if h.uid("job", "pre") != "" {
		t.Error("hook-failed was not obeyed")
	}
	var late *NotReadyError
	if errors.As(err, &late) && len(late.Laggards) != 1 {
		t.Errorf("not ready: %v, want the hook once", late.Laggards)
	}
	_, err = h.run(context.Background(), h.objects(space, pre, fail(post), config), ApplyOptions{})
	if !errors.Is(err, ErrNotReady) || fmt.Sprint(h.eventsOf(EventApplied)) != "[Job/NAME/pre ConfigMap/NAME/config Job/NAME/post]" {
		t.Errorf("apply = %v, applied %v, want post alone to fail", err, h.eventsOf(EventApplied))
	}
	if r := h.mustApply(space, pre, post, config); r.Counts["recreated"] != 1 || r.Counts["unchanged"] != 2 {
		t.Errorf("the third apply = %v, want the install hook that failed to run again", r.Counts)
	}
	if r := h.mustApply(space, pre, post, config); len(r.Counts) != 2 || r.State != inventory.Ready {
		t.Errorf("the fourth apply = %v, want nothing done", r.Counts)
	}
}

// TestHooksThatRunTwice: a hook for before and after runs at each, whatever its object comes to between.
func TestHooksThatRunTwice(t *testing.T) {
	h := e2e(t)
	events := "pre-install,post-install,pre-upgrade,post-upgrade,pre-delete,post-delete"
	space, both := "# release space level 10\n"+ns, chartJob("both", events, "")
	kept, tidied := "# release kept level 20\n"+both, "# release tidied level 30\n"+chartJob("tidied", events, "hook-succeeded")
	set := []string{space, kept, strings.Replace("# release kept level 20\n"+config, "name: config", "name: one", 1), tidied, "# release tidied level 30\n" + service}
	const order = "[%sJob/NAME/both ConfigMap/NAME/one Job/NAME/both Job/NAME/tidied %sJob/NAME/tidied]"
	h.mustApply(set...)
	if got, want := fmt.Sprint(h.eventsOf(EventApplied)), fmt.Sprintf(order, "Namespace/NAME ", "Service/NAME/web "); got != want {
		t.Errorf("an install applied %s, want %s", got, want)
	}
	inv := must(h.Load(context.Background(), h.ref))
	for _, e := range inv.Entries {
		if e.Hook && (e.Task != inventory.TaskDone || string(e.UID) != h.uid("job", e.Name) && e.Name == "both") {
			t.Errorf("the inventory has %+v of a hook that has run", e)
		}
	}
	if r := h.mustApply(set...); r.Counts["kept"] != 2 {
		t.Errorf("the second apply = %v, want the hooks kept", r.Counts)
	}
	for i := range set {
		set[i] = strings.NewReplacer("hello", "bye", "port: 80", "port: 81").Replace(set[i])
	}
	h.mustApply(set...)
	if got, want := fmt.Sprint(h.eventsOf(EventApplied)), fmt.Sprintf(order, "", "Service/NAME/web "); got != want {
		t.Errorf("an upgrade applied %s, want %s", got, want)
	}
	result, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true })
	if err != nil || result.Inventory != nil {
		t.Fatalf("destroy = %v, %v", result, err)
	}
	got := fmt.Sprint(h.eventsOf(EventApplied), h.eventsOf(EventGone))
	if got != "[Job/NAME/tidied Job/NAME/tidied Job/NAME/both Job/NAME/both] [Service/NAME/web ConfigMap/NAME/one Namespace/NAME]" {
		t.Errorf("destroy ran hooks and deleted %s", got)
	}
}

// TestHookThatFailsTheSecondTime: both times are owed until both have succeeded.
func TestHookThatFailsTheSecondTime(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	both := chartJob("both", "pre-install,post-install", "")
	sent := 0
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/jobs/both") && !strings.Contains(r.URL.RawQuery, "dryRun") {
			if sent++; sent == 2 {
				return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"denied by the test"}`), nil
			}
		}
		return next()
	})
	if _, err := h.run(context.Background(), h.objects(ns, both, config), ApplyOptions{}); err == nil || sent != 2 {
		t.Errorf("apply = %v after the hook was sent %d times, want the second to fail", err, sent)
	}
	h.wire.break_(nil)
	for range 2 {
		h.mustApply(ns, both, config)
		if got := fmt.Sprint(h.eventsOf(EventApplied)); sent == 2 && got != "[Job/NAME/both Job/NAME/both]" || sent == 0 && got != "[]" {
			t.Errorf("the next run applied %s", got)
		}
		sent = 0
	}
}

// TestDestroyWithAHookThatFails: the run has ended, and says what to do.
func TestDestroyWithAHookThatFails(t *testing.T) {
	h := e2e(t)
	last := strings.Replace(chartJob("last", "pre-delete", ""), "annotations: {}", `annotations: {devcluster.otomi.io/fail: "true"}`, 1)
	h.mustApply(ns, last, config)
	_, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true })
	var late *NotReadyError
	if !errors.As(err, &late) || len(late.Laggards) != 1 || late.Laggards[0].Hint != hookAdvice {
		t.Errorf("destroy = %v, want it stopped by the hook, with what to do", err)
	}
	inv := must(h.Load(context.Background(), h.ref))
	if run, _ := inv.LastRun(); inv.State != inventory.Destroying || run.State != inventory.Failed || run.UnderWay() || h.uid("cm", "config") == "" {
		t.Errorf("the inventory is %s after %+v, want Destroying after a run that failed", inv.State, run)
	}
	h.mustApply(ns, config) // as the advice says
	result, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true })
	if err != nil || result.Inventory != nil {
		t.Errorf("destroy without the hook = %v, %v", result, err)
	}
}

// TestDestroyWithHooks: a hook that fails stops the deletion; when it succeeds, nothing is left.
func TestDestroyWithHooks(t *testing.T) {
	h := e2e(t)
	last := chartJob("last", "pre-delete,post-install", "")
	after := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: after, namespace: NAME, annotations: {helm.sh/hook: post-delete}}\n"
	h.mustApply(ns, last, after, config)
	destroy := func(in *plan.Input) { in.Options.Destroy = true }
	p := must(h.makePlan(nil, destroy))
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/jobs/last") {
			return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"denied by the test"}`), nil
		}
		return next()
	})
	_, err := h.Client.Apply(context.Background(), p, ApplyOptions{}, nil)
	if h.uid("cm", "config") == "" || !hasHint(err, hookAdvice) {
		t.Errorf("destroy with a failing hook = %v, want it stopped, with what to do", err)
	}
	h.wire.break_(nil)
	if inv := must(h.Load(context.Background(), h.ref)); inv.State != inventory.Destroying || inv.Runs[1].State != inventory.Failed || inv.Runs[1].UnderWay() {
		t.Errorf("the inventory is %s after %+v, want Destroying after a run that failed", inv.State, inv.Runs[1])
	}
	result, err := h.run(context.Background(), nil, ApplyOptions{}, destroy)
	if err != nil || result.Inventory != nil {
		t.Fatalf("destroy = %v, %v", result, err)
	}
	if got := fmt.Sprint(h.eventsOf(EventApplied)); got != "[Job/NAME/last ConfigMap/NAME/after]" {
		t.Errorf("hooks ran: %s", got)
	}
	if out := h.kubectl("get", "ns", "-o", "name"); strings.Contains(out, h.name+"\n") {
		t.Error("the namespace is left")
	}
}

// refuse answers no to whoever sends the Job, unless to try it.
func (h *harness) refuse(job string) {
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/jobs/"+job) && !strings.Contains(r.URL.RawQuery, "dryRun") {
			return answer(r, 403, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"denied by the test"}`), nil
		}
		return next()
	})
}

// TestHookThatFailsTheFirstTime: of a hook that is to run twice it is told that it failed, not that it was skipped.
func TestHookThatFailsTheFirstTime(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	both := chartJob("both", "pre-install,post-install", "")
	fails := func(job string) string {
		return strings.Replace(job, "annotations: {}", `annotations: {devcluster.otomi.io/fail: "true"}`, 1)
	}
	check := func(when, state, reason string) {
		t.Helper()
		if o := h.statusNow()["Job/NAME/both"]; string(o.State) != state || !strings.Contains(o.Reason, reason) {
			t.Errorf("%s the hook is %s (%s), want %s (%s)", when, o.State, o.Reason, state, reason)
		}
		if got := fmt.Sprint(h.eventsOf(EventSkipped)); got != "[ConfigMap/NAME/config]" {
			t.Errorf("%s skipped %s", when, got)
		}
	}
	h.refuse("both")
	r, err := h.run(context.Background(), h.objects(ns, both, config), ApplyOptions{})
	h.wire.break_(nil)
	if err == nil || !strings.Contains(err.Error(), "denied by the test") || r.Counts["failed"] != 1 || r.Counts["skipped"] != 1 {
		t.Fatalf("apply = %v, %v, want what the server says of the hook", r, err)
	}
	check("refused,", "NotApplied", "the last run did not run this hook: the server answered Forbidden")
	r, err = h.run(context.Background(), h.objects(ns, fails(both), config), ApplyOptions{})
	if !errors.Is(err, ErrNotReady) || r.Counts["created"] != 1 || r.Counts["skipped"] != 1 {
		t.Fatalf("apply = %v, %v, want the hook made, and the rest skipped", r, err)
	}
	check("failed,", "Failed", "")
	_, err = h.run(context.Background(), h.objects(ns, strings.Replace(fails(both), `hook-delete-policy: ""`, `hook-delete-policy: hook-failed`, 1), config), ApplyOptions{})
	if !errors.Is(err, ErrNotReady) || h.uid("job", "both") != "" {
		t.Fatalf("apply = %v, want the hook to fail and its object to go", err)
	}
	check("failed and deleted,", "Missing", "its object was deleted, and the hook is still owed")
}

// TestDestroyGoesOnAfterAHook: what ran before the release was deleted does not run again when it is gone.
func TestDestroyGoesOnAfterAHook(t *testing.T) {
	h := e2e(t)
	both := chartJob("both", "pre-delete,post-delete", "")
	bad := strings.Replace(chartJob("bad", "post-delete", ""), "annotations: {", `annotations: {helm.sh/hook-weight: "-1", `, 1)
	h.mustApply("# release space level 10\n"+ns, both, bad, config)
	destroy := func(in *plan.Input) { in.Options.Destroy = true }
	h.refuse("bad")
	_, err := h.run(context.Background(), nil, ApplyOptions{}, destroy)
	h.wire.break_(nil)
	if got := fmt.Sprint(h.eventsOf(EventApplied)); err == nil || got != "[Job/NAME/both]" || h.uid("cm", "config") != "" {
		t.Fatalf("destroy = %v, hooks ran: %s; want the release gone and the hook after that refused", err, got)
	}
	if o := h.statusNow()["Job/NAME/both"]; o.State != ready.Missing || !strings.Contains(o.Reason, "the hook is still owed") {
		t.Errorf("the hook is %s (%s), want it owed", o.State, o.Reason)
	}
	result, err := h.run(context.Background(), nil, ApplyOptions{}, destroy)
	if got := fmt.Sprint(h.eventsOf(EventApplied)); err != nil || result.Inventory != nil || got != "[Job/NAME/bad Job/NAME/both]" {
		t.Errorf("destroy goes on with %v, %v, hooks ran: %s; want what comes after", result, err, got)
	}
}
