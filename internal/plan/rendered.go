package plan

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Rendered is the set that the run is to leave, as a rollback finds it again: what the plan is about as desired, yielded fields
// included, and what it leaves alone as the items of the last stored set have it. Of an object whose content nobody knows there
// is the place only. The entries are those that the inventory holds after the run.
func (p *Plan) Rendered(entries []inventory.Entry, last []inventory.Item) *inventory.Rendered {
	set := &inventory.Rendered{Releases: map[string]inventory.RenderedRelease{}}
	for name, r := range p.Releases {
		set.Releases[name] = inventory.RenderedRelease{Needs: r.Needs, Timeout: r.Timeout}
	}
	actions := map[object.ID]*Action{}
	for i := range p.Actions {
		actions[p.Actions[i].ID] = &p.Actions[i]
	}
	has := map[object.ID]bool{}
	for _, o := range p.desired {
		id := o.ID()
		has[id] = true
		set.Objects = append(set.Objects, p.whole(o, actions[id]))
	}
	stays := func(id object.ID) bool { return !has[id] && (actions[id] == nil || actions[id].Op != Prune) }
	known := map[object.ID]inventory.Item{}
	for _, item := range last {
		known[item.ID] = item
		if item.Kind != "" && !has[item.ID] && !p.Selects(item.Release, item.Runlevel) {
			has[item.ID] = true
			set.Objects = append(set.Objects, inventory.RenderedObject{Item: item})
		}
	}
	for _, e := range entries {
		if stays(e.ID) {
			item, there := known[e.ID]
			if !there {
				item = inventory.Item{ID: e.ID, Release: e.Release, Runlevel: e.Runlevel}
			}
			set.Objects = append(set.Objects, inventory.RenderedObject{Item: item})
		}
	}
	slices.SortFunc(set.Objects, func(a, b inventory.RenderedObject) int { return a.Compare(b.Item) })
	return set
}

// whole is a desired object as it is stored. Where no field of it is yielded that is what is sent, whose digest is known.
func (p *Plan) whole(o object.Object, a *Action) inventory.RenderedObject {
	item := inventory.Item{ID: o.ID(), Release: o.Release, Runlevel: o.Runlevel}
	if a != nil && len(a.Yields) == 0 && a.Object.Unstructured != nil {
		item.Digest = a.Hash
		return inventory.RenderedObject{Item: item, Object: a.Object.Object}
	}
	content := prepare(o, p.Ref.SetID(), nil).Object
	item.Digest, _ = inventory.Hash(content) // what was parsed from JSON can be written as JSON
	return inventory.RenderedObject{Item: item, Object: content}
}

// Restored are the objects of a stored set, for a plan that goes back to it. The stored release and runlevel stand for those of
// the values repo.
func Restored(set *inventory.Rendered) []object.Object {
	var objects []object.Object
	for _, o := range set.Objects {
		if o.Object == nil {
			continue
		}
		objects = append(objects, object.Object{
			Unstructured: &unstructured.Unstructured{Object: o.Object}, Release: o.Release, Runlevel: o.Runlevel,
			Source: object.Source{File: fmt.Sprintf("run %d", set.Run)},
		})
	}
	return objects
}
