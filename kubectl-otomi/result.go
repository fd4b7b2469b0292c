package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// objectResult is what became of one object, as JSON shows it.
type objectResult struct {
	Object     eventObject `json:"object"`
	Release    string      `json:"release,omitempty"`
	Runlevel   string      `json:"runlevel,omitempty"`
	Op         plan.Op     `json:"op"`
	Result     string      `json:"result"` // done, failed, skipped; pending: it was not come to
	State      ready.State `json:"state,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	DurationMS int64       `json:"durationMs,omitempty"`
}

// results collects what becomes of each object of a plan.
type results struct {
	list []*objectResult
	of   map[object.ID]*objectResult
}

func newResults(p *plan.Plan) *results {
	r := &results{of: map[object.ID]*objectResult{}}
	for _, a := range p.Actions {
		x := &objectResult{Object: *objectOf(a.ID, ""), Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, Result: "done", Reason: a.Reason}
		if a.Live != nil {
			x.Object.UID = a.Live.UID
		}
		if a.Op.Writes() {
			x.Result = "pending"
		}
		r.list, r.of[a.ID] = append(r.list, x), x
	}
	return r
}

func (r *results) note(e cluster.Event) {
	if e.Object == nil || r.of[*e.Object] == nil {
		return
	}
	x := r.of[*e.Object]
	if e.UID != "" {
		x.Object.UID = e.UID
	}
	switch e.Type {
	case cluster.EventApplied, cluster.EventGone, cluster.EventReady:
		x.Result = "done"
	case cluster.EventFailed:
		x.Result, x.Reason = "failed", e.Message
	case cluster.EventSkipped:
		x.Result, x.Reason = "skipped", e.Message
	case cluster.EventWaiting:
		x.Reason = e.Message
	default:
		return
	}
	if e.State != "" {
		x.State = e.State
	}
	if e.Type == cluster.EventReady {
		x.Reason = e.Message
	}
	x.DurationMS = e.Duration.Milliseconds()
}

// printResult shows what came of a run.
func (a *app) printResult(p *plan.Plan, r *cluster.Result, objects *results) error {
	switch a.output {
	case "jsonl": // the last event says it
		return nil
	case "json":
		out := map[string]any{"inventory": p.Ref.String(), "state": r.State, "counts": r.Counts, "objects": objects.list}
		if p.Cluster.Name != "" {
			out["cluster"] = p.Cluster.Name
		}
		if last, any := r.Inventory.LastRun(); any {
			out["run"] = last.Number
		}
		return writeJSON(a.Out, out)
	}
	names := make([]string, 0, len(r.Counts))
	for name, n := range r.Counts {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", r.Counts[name], name)
	}
	if len(names) == 0 {
		names = []string{"nothing to do"}
	}
	_, err := fmt.Fprintf(a.Out, "%s: %s: %s\n", p.Ref, r.State, strings.Join(names, ", "))
	return err
}
