package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// showDiff shows changes, with the program that KUBECTL_EXTERNAL_DIFF names if it names one, and the plan that makes them. It says
// whether there are differences.
func (a *app) showDiff(ctx context.Context, p *plan.Plan, changes []cluster.Change) (bool, error) {
	different := slices.ContainsFunc(changes, cluster.Change.Differs)
	if command := strings.TrimSpace(os.Getenv("KUBECTL_EXTERNAL_DIFF")); command != "" && a.output == "text" {
		return a.externalDiff(ctx, command, p, changes)
	}
	return different, a.printDiff(a.Out, p, changes)
}

func (a *app) printDiff(w io.Writer, p *plan.Plan, changes []cluster.Change) error {
	if a.output == "json" {
		if changes == nil {
			changes = []cluster.Change{}
		}
		out := planJSON(p)
		out["apiVersion"], out["kind"], out["changes"] = plan.SavedVersion, "Diff", changes
		return writeJSON(w, out)
	}
	var out strings.Builder
	for _, c := range changes {
		printChange(&out, c, color(w))
	}
	if out.Len() > 0 {
		out.WriteString("\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return err
	}
	return a.printPlan(w, p)
}

// printChange shows one change: what happens to what and why, who has set what is set back, and the difference.
func printChange(out *strings.Builder, c cluster.Change, paint bool) {
	out.WriteString(string(c.Op) + " " + c.ID.String())
	if c.Reason != "" {
		out.WriteString(" (" + diag.Printable(c.Reason) + ")")
	}
	out.WriteString("\n")
	for _, s := range c.SetBy {
		out.WriteString("  " + diag.Printable(s.Path+": set by "+s.Manager))
		if !s.At.IsZero() {
			out.WriteString(" on " + s.At.Format(time.RFC3339))
		}
		out.WriteString("\n")
	}
	if c.Note != "" {
		out.WriteString("  " + diag.Printable(c.Note) + "\n")
	}
	for line := range strings.Lines(c.Text) {
		out.WriteString(paintLine(line, paint))
	}
}

// paintLine colours a line of a unified diff as git does.
func paintLine(line string, paint bool) string {
	if !paint {
		return line
	}
	text := strings.TrimSuffix(line, "\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return "\x1b[32m" + text + "\x1b[0m\n"
	case strings.HasPrefix(line, "-"):
		return "\x1b[31m" + text + "\x1b[0m\n"
	case strings.HasPrefix(line, "@@"):
		return "\x1b[36m" + text + "\x1b[0m\n"
	default:
		return line
	}
}
