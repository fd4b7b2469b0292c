package cluster

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// TestStatusNamesWhatWasNotApplied: what a run could not make is named, also after a run that was about something else, until a run
// has come to it; of what the server answered nothing is kept but the kind of answer.
func TestStatusNamesWhatWasNotApplied(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	cm := func(name, release, data string) string {
		return "# release " + release + " level 20\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: NAME}\ndata: {a: " + data + "}\n"
	}
	after := strings.Replace(cm("after", "bad", "v1"), "namespace: NAME", `namespace: NAME, annotations: {otomi.io/depends-on: ConfigMap/NAME/never}`, 1)
	h.mustApply(ns, cm("good", "good", "v1"), cm("old", "bad", "v1"), cm("unwanted", "bad", "v1"))
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if writes(r) && (strings.HasSuffix(r.URL.Path, "/never") || strings.HasSuffix(r.URL.Path, "/old")) {
			return answer(r, http.StatusForbidden, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no: hunter2-secret"}`), nil
		}
		return next()
	})
	set := []string{ns, cm("good", "good", "v2"), cm("old", "bad", "v2"), cm("never", "bad", "v1"), after}
	if _, err := h.run(context.Background(), h.objects(set...), ApplyOptions{}); err == nil || !strings.Contains(err.Error(), "hunter2-secret") {
		t.Fatalf("apply = %v, want what the server answers", err)
	}
	h.wire.break_(nil)
	want := map[string]string{
		"ConfigMap/NAME/never":    "did not create it: the server answered Forbidden",
		"ConfigMap/NAME/old":      "did not update it: the server answered Forbidden",
		"ConfigMap/NAME/unwanted": "did not prune it: nothing is deleted until all else is as it should be",
		"ConfigMap/NAME/after":    "did not create it: ConfigMap/NAME/never failed",
	}
	check := func(when, run string) {
		t.Helper()
		all := h.statusNow()
		for id, reason := range want {
			if o := all[id]; o.State != ready.NotApplied || strings.ReplaceAll(o.Reason, h.name, "NAME") != run+" "+reason || o.Release != "bad" {
				t.Errorf("%s %s is %s (%s) of %s, want NotApplied (%s %s) of bad", when, id, o.State, o.Reason, o.Release, run, reason)
			}
		}
		if o := all["ConfigMap/NAME/good"]; o.State != ready.Ready {
			t.Errorf("%s what was applied is %s (%s)", when, o.State, o.Reason)
		}
	}
	check("after the failure", "the last run")
	follower := h.Follow(t.Context(), must(h.Load(context.Background(), h.ref)))
	h.eventually("that who follows sees it too", func() bool {
		all, _ := follower.Status(context.Background())
		return h.byName(all)["ConfigMap/NAME/never"].State == ready.NotApplied
	})
	narrowed := func(in *plan.Input) { in.Selected = func(release, _ string) bool { return release == "good" } }
	if _, err := h.run(context.Background(), h.objects(set...), ApplyOptions{}, narrowed); err != nil {
		t.Fatal(err)
	}
	check("after a run of another release", "run 2")

	// What is wanted no more is not missed any more, though a run then has nothing to do.
	h.mustApply(ns, cm("good", "good", "v2"), cm("old", "bad", "v1"))
	for id, o := range h.statusNow() {
		if o.State != ready.Ready || o.Reason != "" {
			t.Errorf("after a run that applied everything %s is %s (%s)", id, o.State, o.Reason)
		}
	}
}

// TestStatusOfAKilledRun: what a run did not come to is named while it goes on, after it was killed, and after a run that was about
// something else; what it did is neither missing nor drift.
func TestStatusOfAKilledRun(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.lock = quick()
	cm := func(name, level, data string) string {
		return "# release " + name + " level " + level + "\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: NAME}\ndata: {" + data + "}\n"
	}
	gate := strings.Replace(cm("gate", "20", "open: no"), "metadata: {", `metadata: {annotations: {otomi.io/ready-when: "self.data.open == 'yes'"}, `, 1)
	open := strings.Replace(gate, "open: no", `open: "yes"`, 1)
	space := "# release space level 10\n" + ns
	h.mustApply(space, cm("early", "20", "a: one, b: one"), open, cm("late", "30", "a: one"), cm("surplus", "30", "a: one"))
	time.Sleep(1100 * time.Millisecond) // the server notes in seconds when an object was written
	set := []string{space, cm("early", "20", "a: two"), strings.Replace(gate, "open: no", `open: "no"`, 1), cm("late", "30", "a: two")}
	check := func(when, run string) {
		t.Helper()
		for id, want := range map[string]string{"early": "Ready ", "late": "NotApplied " + run + " did not come to update it yet", "surplus": "NotApplied " + run + " did not come to prune it yet"} {
			if o := h.statusNow()["ConfigMap/NAME/"+id]; string(o.State)+" "+o.Reason != want || len(o.Drift) > 0 {
				t.Errorf("%s %s is %s %s, drift %v; want %s", when, id, o.State, o.Reason, o.Drift, want)
			}
		}
	}
	p := must(h.makePlan(h.objects(set...)))
	lock := must(h.Client.Lock(t.Context(), h.ref, h.lock))
	ctx, kill := context.WithCancel(context.Background())
	_, err := h.Client.Apply(ctx, p, ApplyOptions{Lock: lock}, func(e Event) {
		if e.Type == EventWaiting && ctx.Err() == nil {
			check("while the run goes on", "the last run")
			h.wire.break_(func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
				return nil, syscall.ECONNREFUSED
			})
			kill()
		}
	})
	h.wire.break_(nil)
	if err := lock.Release(context.Background()); err != nil || ctx.Err() == nil {
		t.Fatalf("the run was not killed while it waited: %v", err)
	}
	if err == nil {
		t.Error("apply that was killed = nil, want an error")
	}
	check("after the run was killed", "the last run")
	narrowed := func(in *plan.Input) { in.Selected = func(release, _ string) bool { return release == "gate" } }
	if _, err := h.run(context.Background(), h.objects(open), ApplyOptions{}, narrowed); err != nil {
		t.Fatal(err)
	}
	check("after a run of another release", "run 2")
	h.mustApply(space, cm("early", "20", "a: two"), open, cm("late", "30", "a: two"))
	for id, o := range h.statusNow() {
		if o.State != ready.Ready || o.Reason != "" || len(o.Drift) > 0 {
			t.Errorf("after a run that came to everything %s is %s (%s), drift %v", id, o.State, o.Reason, o.Drift)
		}
	}
}
