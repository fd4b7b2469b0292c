package cluster

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// relation is an object that another one comes after.
type relation struct {
	to    *plan.Action
	ready bool // it has to be ready, not only sent
	hard  bool // without it the other one is not sent
}

// relations are what the objects of a plan have to do with each other, whatever their releases.
type relations struct {
	plan    *plan.Plan
	actions map[object.ID]*plan.Action
	after   map[*plan.Action][]relation
	members map[[2]string][]*plan.Action // what is sent, by runlevel and release
	plurals map[schema.GroupKind]string  // of the kinds that the plan defines
}

func newRelations(p *plan.Plan) *relations {
	r := &relations{
		plan: p, actions: make(map[object.ID]*plan.Action, len(p.Actions)), after: map[*plan.Action][]relation{},
		members: map[[2]string][]*plan.Action{}, plurals: map[schema.GroupKind]string{},
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		r.actions[a.ID] = a
		r.define(a)
		if a.Op.Sends() && !deletes(a) {
			r.members[[2]string{a.Runlevel, a.Release}] = append(r.members[[2]string{a.Runlevel, a.Release}], a)
		}
	}
	sent := r.sent()
	for _, a := range sent {
		r.named(a)
	}
	for _, a := range sent {
		r.backed(a)
	}
	for _, a := range sent {
		r.called(a)
	}
	return r
}

// sent are the actions that an apply sends, in order; hooks of releases that are deleted have their own time.
func (r *relations) sent() []*plan.Action {
	var sent []*plan.Action
	for i := range r.plan.Actions {
		if a := &r.plan.Actions[i]; a.Op.Sends() && !deletes(a) {
			sent = append(sent, a)
		}
	}
	return sent
}

func deletes(a *plan.Action) bool { return a.Hook != nil && a.Hook.Phase.Deletes() }

func (r *relations) add(a, to *plan.Action, ready, hard bool) {
	r.after[a] = append(r.after[a], relation{to, ready, hard})
}

// named adds what annotations say and what Pods refer to.
func (r *relations) named(a *plan.Action) {
	for _, id := range a.DependsOn {
		if to := r.actions[id]; to != nil {
			r.add(a, to, true, true)
		}
	}
	if a.Hook != nil {
		return // whether it comes before or after what it refers to, its chart has said
	}
	for _, id := range plan.References(a.Object) {
		to := r.actions[id]
		if to != nil && to.Op.Sends() && to.Hook == nil && to.Release == a.Release && plan.Rank(id) < plan.Rank(a.ID) {
			r.add(a, to, false, true)
		}
	}
}

// before are all actions that come before one because of relations and of what its release needs.
func (r *relations) before(a *plan.Action) map[*plan.Action]bool {
	found, open := map[*plan.Action]bool{}, []*plan.Action{a}
	meet := func(to *plan.Action) {
		if !found[to] {
			found[to] = true
			open = append(open, to)
		}
	}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, rel := range r.after[at] {
			meet(rel.to)
		}
		for _, needed := range r.plan.Releases[at.Release].Needs {
			for _, to := range r.members[[2]string{at.Runlevel, needed}] {
				meet(to)
			}
		}
	}
	return found
}

// rank is an object's rank in its release: not below that of anything that comes before it.
func (r *relations) rank(a *plan.Action) int {
	rank := plan.Rank(a.ID)
	if len(r.after[a]) == 0 {
		return rank
	}
	for to := range r.before(a) {
		if to.Release == a.Release && to.Runlevel == a.Runlevel && to.Op.Sends() && !plan.Definition(to.ID) {
			rank = max(rank, plan.Rank(to.ID))
		}
	}
	return rank
}
