package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestTwoAppliersRace lets two runs with different contents go for one set 200 times. Whoever is last wins, wholly: nothing of the
// other is left, nothing is deleted twice, and the inventory says what there is.
func TestTwoAppliersRace(t *testing.T) {
	need(t)
	t.Parallel()
	together(t, 4, []string{"a", "b", "c", "d"}, func(h *harness, _ string) {
		h.Cleanup(h.sweep)
		h.create(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": h.name},
		}})
		won := map[string]int{}
		for round := range 50 {
			won[h.race(round)]++
			if h.Failed() {
				h.Fatalf("in round %d", round)
			}
		}
		if won["red"] == 0 || won["blue"] == 0 {
			h.Errorf("who was last: %v; the race is none", won)
		}
	})
}

// race lets both go at once and returns whose objects are there afterwards.
func (h *harness) race(round int) string {
	h.Helper()
	colours := []string{"red", "blue"}
	if round%2 == 1 {
		slices.Reverse(colours)
	}
	var deleted []string
	var lock sync.Mutex
	var both sync.WaitGroup
	applied := 0
	for _, colour := range colours {
		both.Go(func() {
			one := &harness{T: h.T, name: h.name, ref: h.ref, lock: patient()}
			one.Client, one.wire = connect(h.T, shared().config)
			// In every third round the plan is made before the lock is taken, and is old when somebody else was quicker.
			err := one.compete(h.colour(colour, round), round%3 == 0)
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				applied++
			} else if !errors.Is(err, ErrLocked) {
				h.Errorf("apply of %s = %v", colour, err)
			}
			for _, s := range one.wire.take() {
				if strings.HasPrefix(s, "DELETE") {
					deleted = append(deleted, s)
				}
			}
		})
	}
	both.Wait()
	slices.Sort(deleted)
	if len(slices.Compact(slices.Clone(deleted))) != len(deleted) {
		h.Errorf("deleted twice: %v", deleted)
	}
	if applied == 0 {
		h.Error("neither run got through")
	}
	return h.winner(round)
}

// patient are locks that a machine with much else to do does not lose.
func patient() LockOptions {
	return LockOptions{Holder: "test", Expiry: 15 * time.Second, Renew: 3 * time.Second, Grace: 10 * time.Second, Timeout: time.Minute}
}

func (h *harness) colour(colour string, round int) []object.Object {
	return h.objects(strings.Replace(config, "hello", fmt.Sprint(colour, "-", round), 1), strings.Replace(config, "name: config", "name: "+colour, 1))
}

// compete applies as soon as it has the lock.
func (h *harness) compete(desired []object.Object, early bool) error {
	ctx := context.Background()
	p, err := h.makePlan(desired)
	if err != nil {
		return err
	}
	lock, err := h.Client.Lock(ctx, h.ref, h.lock)
	if err != nil {
		return err
	}
	if !early {
		p, err = h.makePlan(desired)
	}
	if err == nil {
		_, err = h.Client.Apply(ctx, p, ApplyOptions{Lock: lock}, nil)
	}
	return errors.Join(err, lock.Release(ctx))
}

// winner is whose objects there are, which have to be all of one and none of the other, and in the inventory as they are.
func (h *harness) winner(round int) string {
	h.Helper()
	inv, err := h.Load(context.Background(), h.ref)
	if err != nil || inv == nil {
		h.Fatalf("the inventory: %v, %v", inv, err)
	}
	list, err := h.core.ConfigMaps(h.name).List(context.Background(), metav1.ListOptions{LabelSelector: partOf(h.ref)})
	if err != nil {
		h.Fatal(err)
	}
	live := map[string]string{}
	for _, c := range list.Items {
		live[c.Name] = c.Data["greeting"]
		e, found := inv.Find(object.ID{Kind: "ConfigMap", Namespace: h.name, Name: c.Name})
		if !found || e.UID != c.UID {
			h.Errorf("%s with uid %s is in the inventory as %q", c.Name, c.UID, e.UID)
		}
	}
	colour, _, _ := strings.Cut(live["config"], "-")
	if len(live) != 2 || len(inv.Entries) != 2 || live[colour] == "" || live["config"] != fmt.Sprint(colour, "-", round) {
		h.Errorf("there are %v, and %d entries", live, len(inv.Entries))
	}
	return colour
}
