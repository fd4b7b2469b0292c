package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// execute walks the graph: a step begins when everything before it has ended, objects as many at a time as there are workers.
// Only this goroutine touches the graph. A worker takes one object after the other, see forEach.
func (r *run) execute(ctx context.Context, g *graph) {
	begun, ended := make(chan int), make(chan int)
	defer close(begun)
	for range min(r.workers, len(g.nodes)) {
		go r.worker(ctx, g, begun, ended)
	}
	var objects, points []int
	enqueue := func(at int) {
		if g.nodes[at].action != nil {
			objects = append(objects, at)
		} else {
			points = append(points, at)
		}
	}
	for at := range g.nodes {
		if g.nodes[at].open == 0 {
			enqueue(at)
		}
	}
	sending, waiting := 0, 0
	for {
		for ; len(points) > 0; points = points[1:] {
			waiting++
			go func(at int) {
				r.step(ctx, &g.nodes[at])
				ended <- at
			}(points[0])
		}
		for ; len(objects) > 0 && sending < r.workers; objects = objects[1:] {
			sending++
			begun <- objects[0]
		}
		if sending+waiting == 0 {
			return
		}
		at := <-ended
		if g.nodes[at].action != nil {
			sending--
		} else {
			waiting--
		}
		for _, e := range g.nodes[at].next {
			next := &g.nodes[e.to]
			if e.hard && next.broken == "" {
				next.broken = g.nodes[at].broken
			}
			if next.open--; next.open == 0 {
				enqueue(e.to)
			}
		}
	}
}

// worker does the steps that are begun.
func (r *run) worker(ctx context.Context, g *graph, begun <-chan int, ended chan<- int) {
	for at := range begun {
		r.step(ctx, &g.nodes[at])
		ended <- at
	}
}

// step does one step. What broke it is left in the node for those that come after.
func (r *run) step(ctx context.Context, n *node) {
	switch {
	case n.action == nil:
		r.pass(ctx, n)
	case n.broken != "" && r.brokeBefore(n.action):
		// What became of a hook's first time stands.
	case n.broken != "":
		r.skip(n.action, n.broken)
		n.broken = fmt.Sprintf("%s was skipped", n.action.ID)
	case ctx.Err() != nil:
		n.broken = over(ctx)
		r.skip(n.action, n.broken)
	case r.expired():
		r.late(n.action)
		n.broken = "the run's time was up"
	default:
		r.again(n.action)
		if err := r.send(ctx, n.action); err != nil {
			r.fail(n.action, err)
			n.broken = fmt.Sprintf("%s failed", n.action.ID)
		}
	}
}

func (r *run) skip(a *plan.Action, why string) {
	r.set(a, func(o *outcome) { o.status, o.err = skipped, errors.New(why) })
	r.tellOf(EventSkipped, a, why)
}

// late skips what there was no time for any more.
func (r *run) late(a *plan.Action) {
	r.skip(a, "the run's time was up")
	status := r.present(a)
	status.Reason = strings.TrimSuffix(fmt.Sprintf("there was no time to %s it; %s", a.Op, status.Reason), "; ")
	r.lock.Lock()
	defer r.lock.Unlock()
	r.laggards = append(r.laggards, Laggard{ID: a.ID, Release: a.Release, Status: status})
}

// present is how an object is in the cluster whatever the run was to make of it.
func (r *run) present(a *plan.Action) ready.Status {
	if a.Live == nil {
		return ready.Status{State: ready.Missing}
	}
	s, err := r.kinds.findAny(r.requests, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return ready.Status{State: ready.Unknown, Reason: err.Error()}
	}
	switch u, err := r.getObject(r.requests, s, a.ID); {
	case err != nil:
		return ready.Status{State: ready.Unknown, Reason: err.Error()}
	case u == nil:
		return ready.Status{State: ready.Missing}
	default:
		return r.judge(s, u, r.now())
	}
}

func (r *run) fail(a *plan.Action, err error) {
	r.set(a, func(o *outcome) { o.status, o.err = failed, err })
	r.tellOf(EventFailed, a, short(err))
	r.failed()
}

// errHalted is why a run that is to fail fast does nothing more.
var errHalted = errors.New("the run stopped at the first failure; the next one goes on from here")

// failed ends a run that is to fail fast.
func (r *run) failed() {
	if r.options.FailFast && r.halt != nil {
		r.halt(errHalted)
	}
}

// over says why nothing more is done.
func over(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), errHalted) {
		return errHalted.Error()
	}
	return "the run was interrupted"
}

func (r *run) set(a *plan.Action, change func(*outcome)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	change(r.outcomes[a.ID])
}

func (r *run) outcome(a *plan.Action) outcome {
	r.lock.Lock()
	defer r.lock.Unlock()
	return *r.outcomes[a.ID]
}
