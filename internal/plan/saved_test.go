package plan

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

const savedObjects = `apiVersion: v1
kind: Secret
metadata: {name: changed, namespace: shop}
data: {password: aHVudGVyMg==}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: same, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gone, namespace: shop}
`

// saving is what a plan was saved of, and what may have happened since.
type saving struct {
	*world
	desired []object.Object
	options Options
	only    func(release, runlevel string) bool
	rename  string
}

func newSaving(t *testing.T) *saving {
	t.Helper()
	w := applied(parsed(t, savedObjects)...)
	w.inv.PlanKey, w.inv.Generation = []byte("a key of 32 bytes, or nearly that"), 3
	return &saving{world: w, desired: parsed(t, strings.Replace(savedObjects, "aHVudGVyMg==", "aHVudGVyMw==", 1))[:2]}
}

func (s *saving) save(t *testing.T) Saved {
	t.Helper()
	in := s.input(s.desired...)
	in.Options, in.Selected = s.options, s.only
	p, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	if s.rename != "" {
		p.Cluster.Name = s.rename
	}
	return p.Save(s.inv, s.options.Force)
}

// TestSaved: a saved plan is good for as long as nothing that it says has changed, and says what has.
func TestSaved(t *testing.T) {
	changed := object.ID{Kind: "Secret", Namespace: "shop", Name: "changed"}
	gone := object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "gone"}
	for name, c := range map[string]struct {
		since func(*saving)
		want  string
	}{
		"nothing":      {func(*saving) {}, ""},
		"another time": {func(s *saving) { s.seen.Objects[changed].ResourceVersion = "77" }, ""},
		"other content": {
			func(s *saving) {
				s.desired = parsed(t, strings.Replace(savedObjects, "aHVudGVyMg==", "aHVudGVyNA==", 1))[:2]
			},
			"Secret/shop/changed: the input changed: something else would be sent",
		},
		"one more object": {func(s *saving) {
			s.desired = append(s.desired, parsed(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: shop}\n")...)
		}, "ConfigMap/shop/more: the plan leaves it as it is; now it would be: create"},
		"wanted again": {
			func(s *saving) { s.desired = append(s.desired, parsed(t, savedObjects)[2]) },
			"ConfigMap/shop/gone: the plan says: prune (no longer desired); now nothing would happen",
		},
		"gone by itself": {
			func(s *saving) { delete(s.seen.Objects, gone) },
			"ConfigMap/shop/gone: the plan says: prune (no longer desired); now it would be: forget (it is gone)",
		},
		"made anew": {func(s *saving) {
			s.seen.Objects[changed].UID = "other"
		}, "Secret/shop/changed: the cluster changed: it is another object than it was"},
		"written to": {func(s *saving) {
			live := s.seen.Objects[changed]
			live.Managers = append(live.Managers, managed("kubectl-edit", metav1.ManagedFieldsOperationUpdate, "", 9, `{"f:data":{"f:password":{}}}`))
		}, "Secret/shop/changed: the cluster changed: somebody has written to it since"},
		"unchanged written to": {func(s *saving) {
			live := s.seen.Objects[object.ID{Kind: "ConfigMap", Namespace: "shop", Name: "same"}]
			live.Managers = []metav1.ManagedFieldsEntry{ourFields(2)}
		}, "ConfigMap/shop/same: the plan leaves it as it is; now it would be: update (drifted)"},
		"inventory": {
			func(s *saving) { s.inv.Generation, s.inv.ResourceVersion = 4, "9" },
			"the cluster: inventory otomi-system/acme was written since: the plan was made from generation 3, now it has 4",
		},
		"another key": {
			func(s *saving) { s.inv.PlanKey = []byte("another") },
			"the cluster: inventory otomi-system/acme is not the one that the plan was made with",
		},
		"another cluster": {func(s *saving) { s.rename = "dev" }, "the cluster: the plan is of prod (uid cluster-1), this is dev (uid cluster-1)"},
		"force":           {func(s *saving) { s.options.Force = true }, "the run: the plan was made without --force-conflicts, this run is with"},
		"a selection": {
			func(s *saving) { s.only = func(string, string) bool { return true } },
			"the run: the plan was made without a selection, this run is with",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSaving(t)
			data, err := json.Marshal(s.save(t))
			if err != nil {
				t.Fatal(err)
			}
			var saved Saved
			if err := json.Unmarshal(data, &saved); err != nil {
				t.Fatal(err)
			}
			c.since(s)
			err = saved.Check(s.save(t))
			var different *ChangedError
			if c.want == "" {
				if err != nil {
					t.Errorf("Check = %v, want it to be good", err)
				}
				return
			}
			if !errors.As(err, &different) || !errors.Is(err, ErrRefused) || strings.Join(different.List, "\n") != c.want {
				t.Errorf("Check = %v\nwant only %s", err, c.want)
			}
		})
	}
}

// TestSavedTellsNothing: the file has no digest that can be made without the key.
func TestSavedTellsNothing(t *testing.T) {
	s := newSaving(t)
	text := func() string {
		data, _ := json.Marshal(s.save(t))
		return string(data)
	}
	first := text()
	hash, _ := inventory.Hash(prepare(s.desired[0], testRef.SetID(), nil).Object)
	for _, e := range s.inv.Entries {
		for _, plain := range []string{e.Hash, e.Ours, e.Others, hash, "aHVudGVyMw", "hunter", string(s.inv.PlanKey)} {
			if plain != "" && strings.Contains(first, plain) {
				t.Errorf("the saved plan holds %s:\n%s", plain, first)
			}
		}
	}
	s.inv.PlanKey = []byte("another")
	for _, a := range s.save(t).Spec.Actions {
		if strings.Contains(first, a.Content) && a.Content != "" || strings.Contains(first, a.Live.Fields) {
			t.Errorf("%s has the same digests under another key", a.ID)
		}
	}
}
