package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// action is a plan's action as JSON shows it.
type action struct {
	Op       plan.Op `json:"op"`
	Object   string  `json:"object"`
	Release  string  `json:"release,omitempty"`
	Runlevel string  `json:"runlevel,omitempty"`
	Reason   string  `json:"reason,omitempty"`
}

func actions(list []plan.Action) []action {
	out := make([]action, len(list))
	for i, x := range list {
		out[i] = action{Op: x.Op, Object: x.ID.String(), Release: x.Release, Runlevel: x.Runlevel, Reason: x.Reason}
	}
	return out
}

// planJSON is a plan for machines.
func planJSON(p *plan.Plan) map[string]any {
	out := map[string]any{"inventory": p.Ref.String(), "actions": actions(p.Actions), "counts": p.Counts()}
	if p.Cluster.Name != "" {
		out["cluster"] = p.Cluster.Name
	}
	if len(p.Overrides) > 0 {
		out["overrides"] = p.Overrides
	}
	return out
}

// printPlan shows what an apply would do. Commands that show a plan all show it so.
func (a *app) printPlan(w io.Writer, p *plan.Plan) error {
	if a.output == "json" || a.output == "jsonl" {
		return json.NewEncoder(w).Encode(planJSON(p))
	}
	var shown []plan.Action
	for _, x := range p.Actions {
		if x.Op != plan.Unchanged {
			shown = append(shown, x)
		}
	}
	if err := a.printActions(w, shown); err != nil {
		return err
	}
	if err := printOverrides(w, "this run:", p.Overrides); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, summary(p))
	return err
}

// printActions shows actions as a table.
func (a *app) printActions(w io.Writer, list []plan.Action) error {
	t := newTable(w)
	for i, x := range actions(list) {
		if i == 0 {
			fmt.Fprintln(t, "OP\tLEVEL\tRELEASE\tOBJECT\tREASON")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", x.Op, x.Runlevel, x.Release, x.Object, diag.Printable(x.Reason))
	}
	return t.Flush()
}

// summary counts the operations of a plan: 3 to create, 1 to prune, 40 unchanged.
func summary(p *plan.Plan) string {
	counts := p.Counts()
	var parts []string
	for _, op := range []plan.Op{plan.Create, plan.Update, plan.Adopt, plan.Recreate, plan.Prune} {
		if counts[op] > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", counts[op], op))
		}
	}
	for _, op := range []plan.Op{plan.Keep, plan.Forget, plan.Unchanged} {
		if counts[op] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[op], map[plan.Op]string{plan.Keep: "kept", plan.Forget: "forgotten", plan.Unchanged: "unchanged"}[op]))
		}
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}
