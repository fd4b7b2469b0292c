package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// history is a random set: what was applied, what became of it, and what is desired now.
type history struct {
	in       Input
	selected func(release, runlevel string) bool
}

func randomHistory(r *rand.Rand) history {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	universe := make([]object.Object, 0, 30)
	for i := range 30 {
		kind := pick("ConfigMap", "Secret", "Namespace", "PersistentVolumeClaim", "Service")
		o := object.Object{Unstructured: &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": fmt.Sprint("o", i)}, "data": map[string]any{"v": int64(r.IntN(3))},
		}}, Release: pick("a", "b", "c"), Runlevel: pick("10", "20")}
		if kind != "Namespace" {
			o.SetNamespace(fmt.Sprint("o", r.IntN(30)))
		}
		universe = append(universe, o)
	}
	some := func() []object.Object {
		var list []object.Object
		for _, o := range universe {
			if r.IntN(3) > 0 {
				list = append(list, o)
			}
		}
		return list
	}
	w := applied(some()...)
	for i := range w.inv.Entries {
		randomFate(r, w, &w.inv.Entries[i])
	}
	desired := some()
	for i := range desired { // some objects have moved to another release since
		if r.IntN(5) == 0 {
			desired[i].Release = pick("a", "b", "c")
		}
	}
	in := w.input(desired...)
	in.Options.MaxPrune = &Budget{Count: 1000}
	release, level := pick("a", "b", "c", ""), pick("10", "20", "")
	h := history{in: in, selected: func(rel, lvl string) bool { return (release == "" || rel == release) && (level == "" || lvl == level) }}
	return h
}

// randomFate is what may have happened to an applied object.
func randomFate(r *rand.Rand, w *world, e *inventory.Entry) {
	live := w.seen.Objects[e.ID]
	switch r.IntN(12) {
	case 0:
		delete(w.seen.Objects, e.ID)
	case 1:
		live.UID = "another"
	case 2:
		live.Labels = nil
	case 3:
		live.Labels = map[string]string{object.LabelPartOf: "applyset-other"}
	case 4:
		live.Annotations = map[string]string{ProtectKey: ""}
	case 5:
		live.Owners = []metav1.OwnerReference{{Kind: "X", Name: "y", Controller: ptr.To(true)}}
	case 6:
		e.UID = ""
	case 7:
		e.UID = ""
		live.Managers = nil
	case 8:
		e.Created = false
	case 9:
		live.Terminating = true
	}
}

const histories = 800

func eachHistory(t *testing.T, check func(t *testing.T, h history)) {
	t.Helper()
	for seed := range uint64(histories) {
		check(t, randomHistory(rand.New(rand.NewPCG(seed, 0))))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// planned ignores refusals: the plan has to be right even where it is not carried out.
func planned(t *testing.T, in Input) *Plan {
	t.Helper()
	p, err := Make(in)
	var problems *Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	return p
}

func TestSelectionTouchesNothingElse(t *testing.T) {
	touched := 0
	eachHistory(t, func(t *testing.T, h history) {
		h.in.Selected = h.selected
		desired := map[object.ID]object.Object{}
		for _, o := range h.in.Desired {
			desired[o.ID()] = o
		}
		for _, a := range planned(t, h.in).Actions {
			o, wanted := desired[a.ID]
			switch {
			case wanted && !h.selected(o.Release, o.Runlevel):
				t.Errorf("%s %s, which is desired and not selected", a.Op, a.ID)
			case !wanted && !h.selected(a.Entry.Release, a.Entry.Runlevel):
				t.Errorf("%s %s, which was applied and is not selected", a.Op, a.ID)
			case (a.Op == Prune || a.Op == Forget) && wanted:
				t.Errorf("%s %s, which is desired", a.Op, a.ID)
			}
			touched++
		}
	})
	if touched < histories {
		t.Errorf("only %d actions in %d histories: the test proves nothing", touched, histories)
	}
}

func TestOnlyWhatIsOursIsDeleted(t *testing.T) {
	deleted := 0
	eachHistory(t, func(t *testing.T, h history) {
		for _, a := range planned(t, h.in).Actions {
			if a.Op != Prune {
				continue
			}
			deleted++
			entry, recorded := h.in.Inventory.Find(a.ID)
			live := h.in.Observed.Objects[a.ID]
			switch {
			case !recorded:
				t.Errorf("%s is not in the inventory", a.ID)
			case live == nil:
				t.Errorf("%s does not exist", a.ID)
			case live.Labels[object.LabelPartOf] != testRef.SetID():
				t.Errorf("%s does not carry the label", a.ID)
			case entry.UID != live.UID && (entry.UID != "" || len(live.Managers) == 0):
				t.Errorf("%s has uid %s, recorded is %q", a.ID, live.UID, entry.UID)
			case protected(live) != "":
				t.Errorf("%s is protected", a.ID)
			case len(live.Owners) > 0:
				t.Errorf("%s belongs to a controller", a.ID)
			case a.ID.Kind == "Namespace" && !entry.Created:
				t.Errorf("%s was not made by the set", a.ID)
			}
		}
	})
	if deleted < histories {
		t.Errorf("only %d deletions in %d histories: the test proves nothing", deleted, histories)
	}
}

func TestNothingStaysInADeletedNamespace(t *testing.T) {
	eachHistory(t, func(t *testing.T, h history) {
		p, gone := planned(t, h.in), map[string]bool{}
		for _, a := range p.Actions {
			if a.Op == Prune && a.ID.Kind == "Namespace" {
				gone[a.ID.Name] = true
			}
		}
		for _, a := range p.Actions {
			if gone[a.ID.Namespace] && (a.Op.Sends() || a.Op == Unchanged || a.Op == Keep) {
				t.Errorf("%s %s, but its namespace is deleted", a.Op, a.ID)
			}
		}
	})
}

func TestPlanIsAFunction(t *testing.T) {
	eachHistory(t, func(t *testing.T, h history) {
		a, b := planned(t, h.in), planned(t, h.in)
		if fmt.Sprint(summary(a)) != fmt.Sprint(summary(b)) {
			t.Errorf("two plans of one input differ:\n%v\n%v", summary(a), summary(b))
		}
	})
}

func summary(p *Plan) []string {
	var s []string
	for _, a := range p.Actions {
		s = append(s, fmt.Sprint(a.Op, " ", a.ID, " ", a.Reason, " ", a.Hash))
	}
	return s
}

// TestApplyingTwiceChangesNothing carries a plan out on paper and plans again.
func TestApplyingTwiceChangesNothing(t *testing.T) {
	eachHistory(t, func(t *testing.T, h history) {
		h.in.Options.Adopt = Adoption{All: true}
		p := planned(t, h.in)
		next := h.in
		next.Inventory = &inventory.Inventory{Ref: testRef, ResourceVersion: "2"}
		next.Observed.Objects = map[object.ID]*Meta{}
		for i, a := range p.Actions {
			if a.Op == Prune || a.Op == Forget {
				continue
			}
			live, e := a.Live, inventory.Entry{ID: a.ID, Hash: a.Hash}
			if a.Op.Sends() {
				live = &Meta{UID: types.UID(fmt.Sprint("new", i)), Labels: a.Object.GetLabels(), Managers: []metav1.ManagedFieldsEntry{ourFields(3)}}
				e.Created = true
			} else if a.Entry != nil {
				e = *a.Entry
			}
			next.Observed.Objects[a.ID] = live
			if live != nil && !a.Borrowed {
				e.UID = live.UID
				e.Ours, e.Others = Fingerprints(live.Managers)
				next.Inventory.Entries = append(next.Inventory.Entries, e)
			}
		}
		next.Inventory.SetEntries(next.Inventory.Entries)
		for _, a := range planned(t, next).Actions {
			if a.Op.Writes() {
				t.Errorf("the second plan would %s %s: %s", a.Op, a.ID, a.Reason)
			}
		}
	})
}

func TestApprovalsEnd(t *testing.T) {
	a := Approval{Until: time.Date(2026, 9, 2, 0, 0, 0, 0, time.UTC)}
	if a.expired(time.Date(2026, 9, 2, 23, 59, 0, 0, time.UTC)) || !a.expired(time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC)) {
		t.Error("an approval does not end with its last day")
	}
}
