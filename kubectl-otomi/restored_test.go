package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// TestRecall: what a rollback brings back is remembered as the run had it, and nothing else is forgotten.
func TestRecall(t *testing.T) {
	memory := func(salt string, values ...string) inventory.Memory {
		m := inventory.Memory{Salt: []byte(salt)}
		for _, v := range values { // RELEASE ARGS VALUE, a letter each
			m.Values = append(m.Values, inventory.Remembered{Call: inventory.Call{Release: v[:1], Function: "f", Args: v[1:2]}, Value: v[2:]})
		}
		return m
	}
	all, onlyA := func(string) bool { return true }, func(release string) bool { return release == "a" }
	for name, c := range map[string]struct {
		now, then, want inventory.Memory
		selected        func(string) bool
		all             bool
	}{
		"other values come back":            {memory("s", "ax1", "bx1"), memory("s", "ax2", "bx2"), memory("s", "ax2", "bx2"), all, true},
		"other calls are kept":              {memory("s", "ax1"), memory("s", "ay2"), memory("s", "ax1", "ay2"), all, true},
		"of one release":                    {memory("s", "ax1", "bx1"), memory("s", "ax2", "bx2"), memory("s", "ax2", "bx1"), onlyA, false},
		"nothing was remembered then":       {memory("s", "ax1"), memory(""), memory("s", "ax1"), all, true},
		"nothing is remembered now":         {inventory.Memory{}, memory("s", "ax2"), memory("s", "ax2"), all, true},
		"another salt":                      {memory("s", "ax1"), memory("t", "ax2"), memory("t", "ax2"), all, true},
		"another salt, of one release":      {memory("s", "ax1"), memory("t", "ax2"), memory("s", "ax1"), onlyA, false},
		"nothing of the releases was there": {memory("s", "ax1"), memory("s", "bx2"), memory("s", "ax1"), onlyA, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := recall(c.now, c.then, c.selected, c.all)
			if !got.Equal(c.want) {
				t.Errorf("recall differs (-want +got):\n%s", cmp.Diff(c.want.ByCall(), got.ByCall()))
			}
		})
	}
}

// TestHiddenIn: the secrets that are in an object, in whatever form, and no others.
func TestHiddenIn(t *testing.T) {
	var h hidden
	object := map[string]any{"data": map[string]any{"url": "postgres://u:hunter2222@db", "packed": "Y29ycmVjdC1ob3JzZQ=="}}
	if got := h.in(object); got != nil {
		t.Errorf("without secrets = %v", got)
	}
	h.add([]string{"hunter2222", "correct-horse", "elsewhere-only"}, nil)
	if diff := cmp.Diff([]string{"correct-horse", "hunter2222"}, h.in(object)); diff != "" {
		t.Errorf("in differs (-want +got):\n%s", diff)
	}
}
