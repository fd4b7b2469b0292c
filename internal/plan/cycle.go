package plan

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// cycles finds objects that wait for each other: by annotation, by what their Pods refer to, by what their releases need, or as
// hooks. What only decides about the order where nothing else does is left out: it gives way.
func (d *dependencies) cycles() {
	w := &waits{of: map[string][]string{}, done: map[string]bool{}}
	d.everything(w)
	for _, o := range d.all {
		cycle := w.cycle(o.ID().String())
		if cycle == nil {
			continue
		}
		at := slices.IndexFunc(d.all, func(o object.Object) bool { return slices.Contains(cycle, o.ID().String()) && len(d.of[o.ID()]) > 0 })
		if at < 0 {
			continue // releases that need each other are found where runlevels are read
		}
		key := DependsOnKey
		if d.all[at].GetAnnotations()[key] == "" {
			key = KptDependsOnKey
		}
		d.wrong("dependency-cycle", d.all[at], key, "these wait for each other: "+strings.Join(cycle, " → "), "take one of the dependencies out")
	}
}

// everything notes who waits for whom.
func (d *dependencies) everything(w *waits) {
	hooks := map[object.ID]Phase{}
	for _, a := range d.plan.Actions {
		if a.Hook != nil {
			hooks[a.ID] = a.Hook.Phase
		}
	}
	for _, o := range d.all {
		id := o.ID()
		name := id.String()
		for _, on := range d.of[id] {
			w.add(name, on.String())
		}
		if Definition(id) {
			continue
		}
		begin, end := "release "+o.Release, "release "+o.Release+" to be ready"
		switch hooks[id] {
		case PreHook:
			w.add("hooks of "+begin, name)
		case PostHook:
			w.add(name, "objects of "+begin)
		default:
			w.add("objects of "+begin, name)
			w.add(name, "hooks of "+begin)
		}
		w.add(end, name)
		w.add(name, begin)
		for _, needed := range References(o) {
			if other, here := d.wanted[needed]; here && other.Release == o.Release && Rank(needed) < Rank(id) && hooks[id] == "" {
				w.add(name, needed.String())
			}
		}
	}
	for name, r := range d.plan.Releases {
		for _, needed := range r.Needs {
			w.add("release "+name, "release "+needed+" to be ready")
		}
	}
}

// waits is who waits for whom, by name.
type waits struct {
	of   map[string][]string
	done map[string]bool
	path []string
}

func (w *waits) add(who, on string) { w.of[who] = append(w.of[who], on) }

// cycle goes everywhere that a name leads to and returns the first way back, or nil.
func (w *waits) cycle(name string) []string {
	if at := slices.Index(w.path, name); at >= 0 {
		return append(slices.Clone(w.path[at:]), name)
	}
	if w.done[name] {
		return nil
	}
	w.path = append(w.path, name)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	for _, on := range w.of[name] {
		if cycle := w.cycle(on); cycle != nil {
			w.done[name] = true
			return cycle
		}
	}
	w.done[name] = true
	return nil
}
