package cluster

import (
	"context"
	"net/http"
	"strings"
	"testing"

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
		"ConfigMap/NAME/never":    "the last run did not create it: the server answered Forbidden",
		"ConfigMap/NAME/old":      "the last run did not update it: the server answered Forbidden",
		"ConfigMap/NAME/unwanted": "the last run did not prune it: nothing is deleted until all else is as it should be",
		"ConfigMap/NAME/after":    "the last run did not create it: ConfigMap/NAME/never failed",
	}
	check := func(when string) {
		t.Helper()
		all := h.statusNow()
		for id, reason := range want {
			if o := all[id]; o.State != ready.NotApplied || strings.ReplaceAll(o.Reason, h.name, "NAME") != reason || o.Release != "bad" {
				t.Errorf("%s %s is %s (%s) of %s, want NotApplied (%s) of bad", when, id, o.State, o.Reason, o.Release, reason)
			}
		}
		if o := all["ConfigMap/NAME/good"]; o.State != ready.Ready {
			t.Errorf("%s what was applied is %s (%s)", when, o.State, o.Reason)
		}
	}
	check("after the failure")
	follower := h.Follow(t.Context(), must(h.Load(context.Background(), h.ref)))
	h.eventually("that who follows sees it too", func() bool {
		all, _ := follower.Status(context.Background())
		return h.byName(all)["ConfigMap/NAME/never"].State == ready.NotApplied
	})
	narrowed := func(in *plan.Input) { in.Selected = func(release, _ string) bool { return release == "good" } }
	if _, err := h.run(context.Background(), h.objects(set...), ApplyOptions{}, narrowed); err != nil {
		t.Fatal(err)
	}
	check("after a run of another release")

	// What is wanted no more is not missed any more, though a run then has nothing to do.
	h.mustApply(ns, cm("good", "good", "v2"), cm("old", "bad", "v1"))
	for id, o := range h.statusNow() {
		if o.State != ready.Ready || o.Reason != "" {
			t.Errorf("after a run that applied everything %s is %s (%s)", id, o.State, o.Reason)
		}
	}
}
