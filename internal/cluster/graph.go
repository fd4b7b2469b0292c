package cluster

import (
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

// edge leads to a step that comes later. A hard one breaks it when this step fails.
type edge struct {
	to   int
	hard bool
}

// gate is what has to be ready before a point is passed.
type gate struct {
	scope   []*plan.Action
	level   string
	serving bool // the scope's one CustomResourceDefinition has to be served
}

// graph is an apply as steps and what has to come before them.
type graph struct {
	nodes []node
	of    map[object.ID]int
}

// newGraph lays out what a plan sends: definitions first, then runlevel by runlevel, in each the releases side by side but
// for their needs, and in each of those what Pods need before the Pods.
func newGraph(p *plan.Plan, mode Gate) (*graph, error) {
	g := &graph{of: map[object.ID]int{}}
	levels := map[string][]*plan.Action{}
	start := g.point("definitions", nil)
	for i := range p.Actions {
		a := &p.Actions[i]
		switch {
		case plan.Definition(a.ID) && a.Op.Sends():
			g.definition(a, start)
		case !plan.Definition(a.ID):
			levels[a.Runlevel] = append(levels[a.Runlevel], a)
		}
	}
	before := start
	for _, level := range slices.Sorted(maps.Keys(levels)) {
		before = g.level(level, levels[level], before, p.Releases, mode)
	}
	g.belong()
	return g, g.acyclic()
}

func (g *graph) point(name string, wait *gate) int {
	g.nodes = append(g.nodes, node{name: name, gate: wait})
	return len(g.nodes) - 1
}

func (g *graph) add(a *plan.Action) int {
	g.nodes = append(g.nodes, node{action: a})
	g.of[a.ID] = len(g.nodes) - 1
	return len(g.nodes) - 1
}

func (g *graph) link(from, to int, hard bool) {
	g.nodes[from].next = append(g.nodes[from].next, edge{to, hard})
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

// release adds the objects of a release between two points, rank by rank. The last one waits for their readiness only if
// another release needs it.
func (g *graph) release(name string, actions []*plan.Action, begin int) int {
	end := g.point("release "+name, &gate{})
	g.link(begin, end, true)
	byRank := map[int][]int{}
	for _, a := range actions {
		at := g.add(a)
		g.link(begin, at, true)
		g.link(at, end, false)
		byRank[plan.Rank(a.ID)] = append(byRank[plan.Rank(a.ID)], at)
		if kind, is := plan.Constrains(a.Object); is {
			g.of[servedKey(kind)] = at // that it is served takes a moment more, for which the request is repeated
		}
	}
	before := -1
	for _, rank := range slices.Sorted(maps.Keys(byRank)) {
		after := g.point("", nil)
		for _, at := range byRank[rank] {
			if before >= 0 {
				g.link(before, at, false)
			}
			g.link(at, after, false)
		}
		before = after
	}
	for _, a := range actions {
		for _, needed := range references(a.Object) {
			if from, here := g.of[needed]; here && g.nodes[from].action.Release == name && plan.Rank(needed) < plan.Rank(a.ID) {
				g.link(from, g.of[a.ID], true)
			}
		}
	}
	return end
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

// acyclic names the releases that wait for each other.
func (g *graph) acyclic() error {
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
	stuck := map[string]bool{}
	for at := range g.nodes {
		if a := g.nodes[at].action; a != nil && open[at] > 0 {
			stuck[a.Release] = true
		}
	}
	if len(stuck) > 0 {
		return fmt.Errorf("order releases: they need each other: %s", strings.Join(slices.Sorted(maps.Keys(stuck)), ", "))
	}
	return nil
}
