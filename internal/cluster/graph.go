package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// node is one step of an apply: an object to send, or a point that others wait at.
type node struct {
	action *plan.Action // nil: a point
	gate   *gate        // what a point waits for; nil: only for what comes before it
	name   string       // of a point, for reasons
	begins string       // the runlevel that begins at a point
	open   int          // steps before this one that have not ended
	next   []edge
	broken string // why it is not to be done
}

// edge leads to a step that comes later.
type edge struct {
	to   int
	hard bool // breaks that step when this one fails
	rank bool // only keeps the ranks of a release apart
}

// gate is what has to be ready before a point is passed.
type gate struct {
	scope   []*plan.Action
	level   string
	serving bool         // the scope's one CustomResourceDefinition has to be served
	hook    *plan.Action // whose object may have to go when it has run
}

// graph is an apply as steps and what has to come before them.
type graph struct {
	nodes     []node
	of        map[object.ID]int
	readiness map[object.ID]int // points that wait for one object
	begins    map[string]int    // where a runlevel begins
	relations *relations
}

// newGraph lays out what a plan sends: definitions first, then runlevel by runlevel, in each the releases side by side but
// for their needs, and in each of those hooks before or after the rest, and what Pods need before the Pods. Objects that have
// to do with each other are put in order across all of that.
func newGraph(p *plan.Plan, mode Gate) (*graph, error) {
	g := &graph{of: map[object.ID]int{}, readiness: map[object.ID]int{}, begins: map[string]int{}, relations: newRelations(p)}
	levels := map[string][]*plan.Action{}
	start := g.point("definitions", nil)
	for i := range p.Actions {
		a := &p.Actions[i]
		switch {
		case plan.Definition(a.ID) && a.Op.Sends():
			g.definition(a, start)
		case !plan.Definition(a.ID) && !deletes(a) && a.Op != plan.Prune:
			levels[a.Runlevel] = append(levels[a.Runlevel], a)
		}
	}
	before := start
	for _, level := range slices.Sorted(maps.Keys(levels)) {
		before = g.level(level, levels[level], before, p.Releases, mode)
	}
	g.belong()
	g.relate()
	return g, g.acyclic()
}

func (g *graph) point(name string, wait *gate) int {
	g.nodes = append(g.nodes, node{name: name, gate: wait})
	return len(g.nodes) - 1
}

func (g *graph) add(a *plan.Action) int {
	g.nodes = append(g.nodes, node{action: a})
	at := len(g.nodes) - 1
	if _, again := g.of[a.ID]; !again { // what comes after a hook that runs twice comes after the first time
		g.of[a.ID] = at
	}
	return at
}

func (g *graph) link(from, to int, hard bool) {
	g.nodes[from].next = append(g.nodes[from].next, edge{to: to, hard: hard})
	g.nodes[to].open++
}

// definition adds a namespace or a CustomResourceDefinition, which has to be served before anything else is sent.
func (g *graph) definition(a *plan.Action, start int) {
	at := g.add(a)
	if a.ID.Kind != "CustomResourceDefinition" {
		g.link(at, start, false)
		return
	}
	served := g.point(a.ID.String(), &gate{scope: []*plan.Action{a}, serving: true})
	g.link(at, served, true)
	g.link(served, start, false)
	group, _, _ := unstructured.NestedString(a.Object.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(a.Object.Object, "spec", "names", "kind")
	g.of[servedKey(schema.GroupKind{Group: group, Kind: kind})] = served
}

// servedKey is where the point is found that says that a kind is served; no object has it as its identity.
func servedKey(gk schema.GroupKind) object.ID { return object.ID{Group: gk.Group, Kind: gk.Kind} }

// level adds a runlevel after the point before it and returns the point after it.
func (g *graph) level(name string, actions []*plan.Action, before int, releases map[string]plan.Release, mode Gate) int {
	wait := &gate{level: name}
	end := g.point(strings.TrimSpace("runlevel "+name), wait)
	g.link(before, end, mode != GateNone)
	byRelease := map[string][]*plan.Action{}
	for _, a := range actions {
		if mode == GateAll || (mode == GateChanged && a.Op.Sends()) {
			wait.scope = append(wait.scope, a)
		}
		if a.Op.Sends() {
			byRelease[a.Release] = append(byRelease[a.Release], a)
		}
	}
	if len(byRelease) > 0 {
		begin := g.point(g.nodes[end].name, nil)
		g.nodes[begin].begins = name
		g.link(before, begin, mode != GateNone)
		before = begin
	}
	g.begins[name] = before
	first, last := map[string]int{}, map[string]int{}
	for _, release := range slices.Sorted(maps.Keys(byRelease)) {
		first[release] = g.point("release "+release, nil)
		g.link(before, first[release], mode != GateNone)
		last[release] = g.release(release, byRelease[release], first[release])
		g.link(last[release], end, false)
	}
	for release := range byRelease {
		for _, needed := range releases[release].Needs {
			if from, here := last[needed]; here {
				g.nodes[from].gate.scope = byRelease[needed]
				g.link(from, first[release], true)
			}
		}
	}
	return end
}

// release adds the objects of a release between two points: its hooks that come first, one after the other, then the objects
// rank by rank, and when these are ready the other hooks. The last point waits for readiness only if another release needs it.
func (g *graph) release(name string, actions []*plan.Action, begin int) int {
	end := g.point("release "+name, &gate{})
	var pre, rest, post []*plan.Action
	for _, a := range actions {
		switch {
		case a.Hook != nil && a.Hook.Phase == plan.PreHook:
			pre = append(pre, a)
			if a.Hook.Again != "" {
				post = append(post, a.Repeated())
			}
		case a.Hook != nil:
			post = append(post, a)
		default:
			rest = append(rest, a)
		}
	}
	begin = g.hooks(pre, begin)
	g.link(begin, end, true)
	g.ranks(rest, begin, end)
	if len(post) > 0 {
		ready := g.point("release "+name, &gate{scope: rest})
		g.link(begin, ready, true)
		for _, a := range rest {
			g.link(g.of[a.ID], ready, false)
		}
		g.link(g.hooks(post, ready), end, true)
	}
	return end
}

// hooks adds hooks one after the other, each when the one before it has run, and returns the point after the last.
func (g *graph) hooks(list []*plan.Action, before int) int {
	slices.SortStableFunc(list, compareHooks)
	for _, a := range list {
		at := g.add(a)
		g.link(before, at, true)
		before = g.point(a.ID.String(), &gate{scope: []*plan.Action{a}, hook: a})
		g.link(at, before, true)
	}
	return before
}

// compareHooks orders the hooks of a phase as Helm does: by weight, and what others need before these.
func compareHooks(a, b *plan.Action) int {
	return cmp.Or(cmp.Compare(a.Hook.Weight, b.Hook.Weight), cmp.Compare(plan.Rank(a.ID), plan.Rank(b.ID)), a.ID.Compare(b.ID))
}

// ranks adds objects rank by rank.
func (g *graph) ranks(actions []*plan.Action, begin, end int) {
	byRank := map[int][]int{}
	for _, a := range actions {
		at := g.add(a)
		g.link(begin, at, true)
		g.link(at, end, false)
		rank := g.relations.rank(a)
		byRank[rank] = append(byRank[rank], at)
		if kind, is := plan.Constrains(a.Object); is {
			g.of[servedKey(kind)] = at // that it is served takes a moment more, for which the request is repeated
		}
	}
	before := -1
	for _, rank := range slices.Sorted(maps.Keys(byRank)) {
		after := g.point("", nil)
		for _, at := range byRank[rank] {
			if before >= 0 {
				g.linkRank(before, at)
			}
			g.linkRank(at, after)
		}
		before = after
	}
}

func (g *graph) linkRank(from, to int) {
	g.link(from, to, false)
	next := g.nodes[from].next
	next[len(next)-1].rank = true
}

// relate puts objects behind those that they come after.
func (g *graph) relate() {
	for at := range g.nodes {
		a := g.nodes[at].action
		if a == nil {
			continue
		}
		for _, r := range g.relations.after[a] {
			if from, found := g.source(r, a.Runlevel); found {
				g.link(from, at, r.hard)
			}
		}
	}
}

// source is the step that a relation waits for: the object's own, or a point where it is ready.
func (g *graph) source(r relation, level string) (int, bool) {
	sent, here := g.of[r.to.ID]
	if !r.ready {
		return sent, here
	}
	if at, known := g.readiness[r.to.ID]; known {
		return at, true
	}
	at := g.point(r.to.ID.String(), &gate{scope: []*plan.Action{r.to}})
	g.readiness[r.to.ID] = at
	if here {
		g.link(sent, at, true)
	} else if begin, known := g.begins[level]; known {
		g.link(begin, at, false)
	}
	return at, true
}

// belong makes objects depend on their namespace and their kind.
func (g *graph) belong() {
	for at := range g.nodes {
		a := g.nodes[at].action
		if a == nil || plan.Definition(a.ID) {
			continue
		}
		if from, here := g.of[object.ID{Kind: "Namespace", Name: a.ID.Namespace}]; here && a.ID.Namespace != "" {
			g.link(from, at, true)
		}
		if from, here := g.of[servedKey(schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind})]; here {
			g.link(from, at, true)
		}
	}
}

// acyclic makes sure that every step has its turn. Ranks give way where they would keep that from being so.
func (g *graph) acyclic() error {
	stuck := g.stuck()
	for at := range stuck {
		g.nodes[at].next = slices.DeleteFunc(g.nodes[at].next, func(e edge) bool {
			drop := e.rank && stuck[e.to]
			if drop {
				g.nodes[e.to].open--
			}
			return drop
		})
	}
	releases := map[string]bool{}
	for at := range g.stuck() {
		if a := g.nodes[at].action; a != nil {
			releases[a.Release] = true
		}
	}
	if len(releases) > 0 {
		return fmt.Errorf("order objects: those of these releases wait for each other: %s", strings.Join(slices.Sorted(maps.Keys(releases)), ", "))
	}
	return nil
}

// stuck are the steps that would never have their turn.
func (g *graph) stuck() map[int]bool {
	open := make([]int, len(g.nodes))
	var ready []int
	for at, n := range g.nodes {
		if open[at] = n.open; n.open == 0 {
			ready = append(ready, at)
		}
	}
	for len(ready) > 0 {
		at := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, e := range g.nodes[at].next {
			if open[e.to]--; open[e.to] == 0 {
				ready = append(ready, e.to)
			}
		}
	}
	stuck := map[int]bool{}
	for at, n := range open {
		if n > 0 {
			stuck[at] = true
		}
	}
	return stuck
}
