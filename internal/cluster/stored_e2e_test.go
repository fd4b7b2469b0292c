package cluster

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// stored reads the set of a run back from the cluster.
func (h *harness) stored(run int64) []object.Object {
	h.Helper()
	inv, err := h.Load(context.Background(), h.ref)
	if err != nil {
		h.Fatal(err)
	}
	archive, err := h.Archive(context.Background(), inv)
	if err != nil {
		h.Fatal(err)
	}
	set, err := archive.Restore(run)
	if err != nil {
		h.Fatal(err)
	}
	return plan.Restored(set)
}

func (h *harness) secretNames() (names []string) {
	h.Helper()
	list, err := h.core.Secrets(h.ref.Namespace).List(context.Background(), metav1.ListOptions{LabelSelector: inventory.LabelShardOf + "=" + h.ref.SetID()})
	if err != nil {
		h.Fatal(err)
	}
	for _, s := range list.Items {
		names = append(names, s.Name)
	}
	return names
}

const (
	configTwo = `apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: NAME}
data: {greeting: good evening}
`
	other = `# release other level 30
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: NAME}
data: {greeting: hello}
`
)

// TestRestoredRun: what a run left is what it desired, so that going back to it right away changes nothing, and going back to
// an older one brings exactly that one back.
func TestRestoredRun(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	one, two := []string{ns, config, web, scaler, task}, []string{ns, configTwo, web, scaler, task, other}
	h.mustApply(one...)
	greeting := func() string {
		return h.kubectl("get", "cm", "config", "-n", h.name, "-o", "jsonpath={.data.greeting}")
	}
	apply := func(run int64) *Result {
		t.Helper()
		result, err := h.run(context.Background(), h.stored(run), ApplyOptions{})
		if err != nil {
			t.Fatalf("going back to run %d = %v", run, err)
		}
		return result
	}
	if result := apply(1); result.Counts["unchanged"] != len(one) {
		p, _ := h.makePlan(h.stored(1))
		t.Errorf("going back to the run that was just made = %v, want all unchanged: %v", result.Counts, reasons(p))
	}
	h.mustApply(two...)
	if result := apply(1); result.Counts["updated"] != 1 || result.Counts["pruned"] != 1 || greeting() != "hello" {
		t.Errorf("going back to run 1 = %v, greeting %q; want one updated, one pruned and hello", result.Counts, greeting())
	}
	if result := h.mustApply(one...); result.Counts["unchanged"] != len(one) {
		t.Errorf("applying what was gone back to = %v, want all unchanged", result.Counts)
	}
	if result := apply(2); result.Counts["updated"] != 1 || result.Counts["created"] != 1 || greeting() != "good evening" {
		t.Errorf("going forward to run 2 = %v, greeting %q; want one updated, one created and good evening", result.Counts, greeting())
	}
	if result := h.mustApply(two...); result.Counts["unchanged"] != len(two) {
		t.Errorf("applying what was gone forward to = %v, want all unchanged", result.Counts)
	}
}

// TestNarrowedRunStored: the set of a run that was about a part is the whole set as it then was.
func TestNarrowedRunStored(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, other)
	onlyMain := func(in *plan.Input) { in.Selected = func(release, _ string) bool { return release == "main" } }
	changed := strings.Replace(other, "hello", "not applied", 1)
	if _, err := h.run(context.Background(), h.objects(ns, configTwo, changed), ApplyOptions{}, onlyMain); err != nil {
		t.Fatal(err)
	}
	for _, o := range h.stored(2) {
		got, _, _ := unstructured.NestedString(o.Object, "data", "greeting")
		if want := map[string]string{"config": "good evening", "other": "hello"}[o.GetName()]; got != want {
			t.Errorf("run 2 has %s with %q, want %q", o.ID(), got, want)
		}
	}
	if n := len(h.stored(2)); n != 3 {
		t.Errorf("run 2 has %d objects, want 3", n)
	}
}

// TestUnchangedRunStoresNothing: it writes no content, and a run that changed one object writes one Secret besides the inventory.
func TestUnchangedRunStoresNothing(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, other)
	before := h.secretNames()
	revision := ApplyOptions{Run: inventory.Run{Revision: "abc"}} // makes it a run worth recording
	if _, err := h.run(context.Background(), h.objects(ns, config, other), revision); err != nil {
		t.Fatal(err)
	}
	if after := h.secretNames(); !slices.Equal(before, after) {
		t.Errorf("an unchanged run turned the Secrets %v into %v", before, after)
	}
	h.wire.take()
	h.mustApply(ns, configTwo, other)
	created := 0
	for _, s := range h.wire.take() {
		if strings.HasPrefix(s, "POST /api/v1/namespaces/"+h.ref.Namespace+"/secrets") {
			created++
		}
	}
	if created != 1 {
		t.Errorf("a run that changed one object created %d Secrets, want 1", created)
	}
}

// TestRunTidiesUpOnce: whatever a run replaces of a large inventory, it looks once for what is to be deleted, and deletes all of it.
func TestRunTidiesUpOnce(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	inv := large(h, 100)
	for i := range inv.Entries {
		e := &inv.Entries[i]
		e.Release = "other"
		for len(e.Source) < 16<<10 { // of what cannot be compressed, so that few entries do not fit into one Secret
			e.Source += inventory.Digest([]byte(e.Name + e.Source))
		}
	}
	if err := h.save(context.Background(), inv); err != nil {
		t.Fatal(err)
	}
	onlyMain := func(in *plan.Input) { in.Selected = func(release, _ string) bool { return release == "main" } }
	for _, set := range [][]string{{ns, config}, {ns, configTwo}} {
		h.wire.take()
		result, err := h.run(context.Background(), h.objects(set...), ApplyOptions{}, onlyMain)
		if err != nil {
			t.Fatal(err)
		}
		lists := 0
		for _, s := range h.wire.take() {
			if strings.HasPrefix(s, "GET /api/v1/namespaces/"+h.ref.Namespace+"/secrets ") {
				lists++
			}
		}
		if lists != 1 {
			t.Errorf("a run listed its Secrets %d times, want 1", lists)
		}
		named := slices.Sorted(slices.Values(append(result.Inventory.Stored.SecretNames(), result.Inventory.Shards...)))
		if left := h.secretNames(); len(result.Inventory.Shards) == 0 || !slices.Equal(left, named) {
			t.Errorf("the Secrets %v are left, want %v", left, named)
		}
	}
}

// TestHistoryOff: nothing is stored, and what was is deleted.
func TestHistoryOff(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config)
	none := 0
	result, err := h.run(context.Background(), h.objects(ns, configTwo), ApplyOptions{History: &none})
	if err != nil {
		t.Fatal(err)
	}
	if names := h.secretNames(); len(names) > 0 {
		t.Errorf("without a history the Secrets %v are left", names)
	}
	if last, _ := result.Inventory.LastRun(); !strings.Contains(last.Unstored, "spec.history") {
		t.Errorf("the run says %q, want why it was not stored", last.Unstored)
	}
}

// TestStoredDespiteFaults: a set that cannot be stored fails no run, and one that is lost keeps later ones from nothing.
func TestStoredDespiteFaults(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/secrets") {
			return answer(r, http.StatusForbidden, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no more Secrets"}`), nil
		}
		return next()
	})
	result := h.mustApply(ns, configTwo)
	last, _ := result.Inventory.LastRun()
	if result.State != inventory.Ready || !strings.Contains(last.Unstored, "no more Secrets") {
		t.Errorf("a run whose set cannot be stored is %s and says %q; want Ready and why", result.State, last.Unstored)
	}
	h.wire.break_(nil)
	for _, name := range h.secretNames() {
		if err := h.core.Secrets(h.ref.Namespace).Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil && !errors.IsNotFound(err) {
			t.Fatal(err)
		}
	}
	h.mustApply(ns, config)
	if n := len(h.stored(3)); n != 2 {
		t.Errorf("after the stored sets were lost run 3 has %d objects, want 2", n)
	}
}

// TestManyStored applies a large set twice and says what that costs.
func TestManyStored(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	set := []string{ns}
	for i := range 300 {
		set = append(set, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c-%d, namespace: NAME}\ndata: {key: %q}\n", i, strings.Repeat("x", i)))
	}
	h.mustApply(set...)
	objects := h.stored(1)
	if len(objects) != len(set) {
		t.Fatalf("run 1 has %d objects, want %d", len(objects), len(set))
	}
	p, err := h.makePlan(objects)
	if err != nil || len(p.Changes()) > 0 {
		t.Errorf("going back to the only run changes %d objects, %v; want none", len(p.Changes()), err)
	}
}
