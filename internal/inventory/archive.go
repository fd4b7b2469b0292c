package inventory

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// smallDelta is up to how many compressed bytes a delta stands in the inventory itself.
const smallDelta = 2 << 10

// Archive is the log of the stored sets as it was read. It knows what is in each set, and reads contents only to give them back.
type Archive struct {
	ref    Ref
	stored Stored
	deltas []*Delta // of stored.Sets
	read   Reader
	limit  int // bytes in all
	shard  int // bytes in one Secret
}

// Open reads the log of the stored sets, which takes few requests, and none where there is nothing stored.
func Open(inv *Inventory, read Reader) (*Archive, error) {
	a := &Archive{ref: inv.Ref, stored: inv.Stored, read: read, limit: storedLimit, shard: ShardLimit}
	names := a.stored.indexNames()
	secrets, err := a.secrets(names)
	if err != nil {
		return nil, err
	}
	for _, set := range a.stored.Sets {
		d := set.Delta
		if d == nil {
			d = &Delta{}
		}
		if n := len(set.Shards); n > 0 {
			d = &Delta{Releases: d.Releases}
			if d.Items, err = readShards[Item](a.ref, nil, set.Shards, secrets[:n]); err != nil {
				return nil, err
			}
			secrets = secrets[n:]
		}
		a.deltas = append(a.deltas, d)
	}
	return a, nil
}

func (a *Archive) secrets(names []string) ([]*corev1.Secret, error) {
	if len(names) == 0 {
		return nil, nil
	}
	secrets, err := a.read(names)
	if err != nil {
		return nil, fmt.Errorf("read stored sets of %s: %w", a.ref, err)
	}
	if len(secrets) != len(names) {
		return nil, fmt.Errorf("read stored sets of %s: have %d of %d Secrets", a.ref, len(secrets), len(names))
	}
	return secrets, nil
}

// at is the set as the run of that index left it.
func (a *Archive) at(i int) *state {
	s := &state{}
	for _, d := range a.deltas[:i+1] {
		s.apply(d)
	}
	return s
}

// Last are the items of the newest set.
func (a *Archive) Last() []Item {
	s := a.at(len(a.deltas) - 1)
	return slices.SortedFunc(maps.Values(s.items), Item.Compare)
}

// Restore gives back the set that a run left, with all contents.
func (a *Archive) Restore(run int64) (*Rendered, error) {
	i := slices.IndexFunc(a.stored.Sets, func(s Set) bool { return s.Run == run && !s.Gone })
	if i < 0 {
		return nil, fmt.Errorf("restore run %d of %s: its set is not stored", run, a.ref)
	}
	s := a.at(i)
	out := &Rendered{Run: run, Releases: s.releases}
	wanted := map[string]Item{}
	for _, item := range s.items {
		wanted[item.Digest] = item
	}
	contents, err := a.contents(wanted)
	if err != nil {
		return nil, err
	}
	for _, item := range slices.SortedFunc(maps.Values(s.items), Item.Compare) {
		c, known := contents[item.Digest]
		if item.Kind == "" {
			if err := c.remembered(&out.Memory); err != nil {
				return nil, fmt.Errorf("restore run %d of %s: release %s: %w", run, a.ref, item.Release, err)
			}
			continue
		}
		o := RenderedObject{Item: item}
		if known {
			if o.Object, err = c.object(); err != nil {
				return nil, fmt.Errorf("restore run %d of %s: %s: %w", run, a.ref, item.ID, err)
			}
			o.Secrets = c.Secrets
		}
		out.Objects = append(out.Objects, o)
	}
	slices.SortFunc(out.Memory.Values, func(x, y Remembered) int { return x.Compare(y.Call) })
	return out, nil
}

// Versions are all contents of some objects that the archive has, of whatever run, also of runs that cannot be restored any more.
func (a *Archive) Versions(of func(object.ID) bool) ([]RenderedObject, error) {
	wanted := map[string]Item{}
	for _, d := range a.deltas {
		for _, item := range d.Items {
			if item.Kind != "" && item.Digest != "" && of(item.ID) {
				wanted[item.Digest] = item
			}
		}
	}
	found, err := a.held(wanted)
	if err != nil {
		return nil, err
	}
	var out []RenderedObject
	for _, digest := range slices.Sorted(maps.Keys(found)) {
		o, err := found[digest].object()
		if err != nil {
			return nil, fmt.Errorf("read stored sets of %s: %s: %w", a.ref, wanted[digest].ID, err)
		}
		out = append(out, RenderedObject{Item: wanted[digest], Object: o, Secrets: found[digest].Secrets})
	}
	return out, nil
}

// Add stores the set of a run, keeps the sets of so many runs, and returns what the inventory is to hold and the Secrets to write
// before it. Of the objects those whose content is in the archive need none. The archive stays as it was read.
func (a *Archive) Add(set *Rendered, keep int) (Stored, []*corev1.Secret, error) {
	w := a.writer()
	last := &state{}
	if len(w.deltas) > 0 {
		last = a.at(len(a.deltas) - 1)
	}
	next, err := w.put(set)
	if err != nil {
		return Stored{}, nil, err
	}
	w.append(set.Run, next, last)
	for i := range w.sets[:max(0, len(w.sets)-keep)] {
		w.sets[i].Gone = true
	}
	if err := w.fit(); err != nil {
		return Stored{}, nil, err
	}
	stored, secrets := w.finish()
	return stored, secrets, nil
}
