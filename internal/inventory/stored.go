package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// DefaultHistory is how many runs' rendered sets are stored unless otomi.yaml says otherwise.
const DefaultHistory = 10

// storedLimit is how many bytes of the cluster's store the rendered sets of one inventory take.
const storedLimit = 20 << 20

// ErrTooLarge is a rendered set that alone takes more room than all stored sets together may.
var ErrTooLarge = errors.New("its objects take more than 20 MB of storage")

// Stored is where the rendered sets of the last runs are: a log of what each changed, and the packs with the contents, each of
// which is in one pack once. An inventory holds this much; Open reads the rest.
type Stored struct {
	Since int64  `json:"since,omitempty"` // the first run that was stored
	Next  int    `json:"next,omitempty"`  // number of the next pack
	Sets  []Set  `json:"sets,omitempty"`  // in order of runs
	Packs []Pack `json:"packs,omitempty"` // in order of numbers
}

// Set is the rendered set of one run as the log has it: what differs from the set before.
type Set struct {
	Run     int64    `json:"run"`
	Gone    bool     `json:"gone,omitempty"`    // dropped; it is only there for those that build on it
	Unknown int      `json:"unknown,omitempty"` // objects whose contents were never stored
	Delta   *Delta   `json:"delta,omitempty"`   // a small one
	Shards  []string `json:"shards,omitempty"`  // Secrets with a larger one
	Bytes   int      `json:"bytes,omitempty"`   // of Shards
}

// Delta is what differs from the set before.
type Delta struct {
	Items    []Item                     `json:"items,omitempty"`   // new, changed and removed
	Releases map[string]RenderedRelease `json:"releases,omitzero"` // all of them; nil: as before
}

// Item is a place in a set and which content stands there: an object, or, with no kind and a release's name, what the release's
// random and clock functions had returned.
type Item struct {
	object.ID
	Release  string `json:"release,omitempty"`
	Runlevel string `json:"runlevel,omitempty"`
	Digest   string `json:"digest,omitempty"` // of the content; empty: it is not known
	Size     int    `json:"size,omitempty"`   // of the content, not compressed
	Pack     int    `json:"pack,omitempty"`
	Removed  bool   `json:"removed,omitempty"` // from the set, in a delta
}

// Pack is a Secret with contents.
type Pack struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"` // compressed
	Raw    int    `json:"raw"`   // not compressed
}

// Rendered is the set of objects that a run was to leave in its cluster.
type Rendered struct {
	Run      int64
	Objects  []RenderedObject // in order of ID
	Releases map[string]RenderedRelease
	Memory   Memory
	// Hides finds the texts in an object that must not be shown; they are stored with it. nil: there are none.
	Hides func(object map[string]any) []string
}

// RenderedObject is one object of a set.
type RenderedObject struct {
	Item
	Object  map[string]any
	Secrets []string // texts in it that must not be shown, as far as they were known; set by Restore
}

// RenderedRelease is what of a release matters for the order of an apply.
type RenderedRelease struct {
	Needs   []string      `json:"needs,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"`
}

// Reader reads Secrets of the inventory's namespace, in the order of their names.
type Reader func(names []string) ([]*corev1.Secret, error)

// Restorable are the runs that can be rolled back to, oldest first, with why some cannot in part: the number of objects whose
// contents are not known.
func (s Stored) Restorable() []Set {
	return slices.DeleteFunc(slices.Clone(s.Sets), func(set Set) bool { return set.Gone })
}

// Find returns the set of a run.
func (s Stored) Find(run int64) (Set, bool) {
	for _, set := range s.Restorable() {
		if set.Run == run {
			return set, true
		}
	}
	return Set{}, false
}

// Restorable says whether a run can be rolled back to, and if not, why.
func (i *Inventory) Restorable(r Run) (possible bool, reason string) {
	set, stored := i.Stored.Find(r.Number)
	switch {
	case stored && set.Unknown > 0:
		return false, fmt.Sprintf("the contents of %d of its objects were never stored; some releases can be gone back with --release", set.Unknown)
	case stored:
		return true, ""
	case r.Unstored != "":
		return false, r.Unstored
	case i.Stored.Since > 0 && r.Number >= i.Stored.Since:
		return false, "only the sets of newer runs are kept"
	default:
		return false, "its set is not stored"
	}
}

// SecretNames are the Secrets that the stored sets are in.
func (s Stored) SecretNames() []string {
	names := s.indexNames()
	for _, p := range s.Packs {
		names = append(names, p.Name)
	}
	return names
}

func (s Stored) indexNames() []string {
	var names []string
	for _, set := range s.Sets {
		names = append(names, set.Shards...)
	}
	return names
}

// Compare orders objects by ID, before what releases remember.
func (i Item) Compare(other Item) int {
	return cmp.Or(i.ID.Compare(other.ID), cmp.Compare(i.slot().release, other.slot().release))
}

// slot is what a set has one item of.
type slot struct {
	object.ID
	release string
}

func (i Item) slot() slot {
	if i.Kind == "" {
		return slot{release: i.Release}
	}
	return slot{ID: i.ID}
}

// state is a set by its places.
type state struct {
	items    map[slot]Item
	releases map[string]RenderedRelease
}

func (s *state) apply(d *Delta) {
	if s.items == nil {
		s.items = map[slot]Item{}
	}
	for _, i := range d.Items {
		if i.Removed {
			delete(s.items, i.slot())
			continue
		}
		s.items[i.slot()] = i
	}
	if d.Releases != nil {
		s.releases = d.Releases
	}
}

// since is what turns the other set into this one.
func (s *state) since(other *state) *Delta {
	d := &Delta{}
	for at, item := range s.items {
		if was, there := other.items[at]; !there || was != item {
			d.Items = append(d.Items, item)
		}
	}
	for at, was := range other.items {
		if _, stays := s.items[at]; !stays {
			d.Items = append(d.Items, Item{ID: was.ID, Release: at.release, Removed: true})
		}
	}
	slices.SortFunc(d.Items, Item.Compare)
	if !sameReleases(s.releases, other.releases) {
		d.Releases = s.releases
		if d.Releases == nil {
			d.Releases = map[string]RenderedRelease{} // none
		}
	}
	return d
}

func sameReleases(a, b map[string]RenderedRelease) bool {
	return maps.EqualFunc(a, b, func(x, y RenderedRelease) bool { return x.Timeout == y.Timeout && slices.Equal(x.Needs, y.Needs) })
}
