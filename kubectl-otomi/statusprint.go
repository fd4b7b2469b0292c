package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// manyObjects is from how many objects on a table shows releases instead.
const manyObjects = 50

// printSet prints the status of a set for people or for machines.
func (a *app) printSet(w io.Writer, s *shownSet, problems bool) error {
	objects := s.Objects
	if problems {
		objects = troubled(objects)
	}
	if a.output == "json" || a.output == "yaml" {
		out := *s
		out.Objects = objects
		return a.encode(w, out)
	}
	if len(objects) > manyObjects && a.output != "wide" && !problems {
		if err := printReleases(w, s.Releases); err != nil {
			return err
		}
		if objects = troubled(objects); len(objects) > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
	}
	if err := printObjects(w, objects, a.output == "wide"); err != nil {
		return err
	}
	for _, line := range append(driftLines(objects), s.lines()...) {
		if _, err := fmt.Fprintln(w, diag.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}

// troubled are the objects that somebody should look at.
func troubled(objects []cluster.ObjectStatus) []cluster.ObjectStatus {
	out := []cluster.ObjectStatus{}
	for _, o := range objects {
		if trouble(o) {
			out = append(out, o)
		}
	}
	return out
}

func printReleases(w io.Writer, releases []releaseStatus) error {
	t := newTable(w)
	fmt.Fprintln(t, "LEVEL\tRELEASE\tSTATE\tREADY\tDRIFTED\tREASON")
	for _, r := range releases {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d/%d\t%d\t%s\n", dash(r.Runlevel), dash(r.Release), r.State, r.Ready, r.Objects, r.Drifted, diag.Printable(r.Reason))
	}
	return t.Flush()
}

func printObjects(w io.Writer, objects []cluster.ObjectStatus, wide bool) error {
	if len(objects) == 0 {
		return nil
	}
	t := newTable(w)
	more := ""
	if wide {
		more = "\tCHANGED BY\tSOURCE"
	}
	fmt.Fprintf(t, "LEVEL\tRELEASE\tOBJECT\tSTATE\tAGE%s\tREASON\n", more)
	now := time.Now()
	for _, o := range objects {
		age := "-"
		if !o.Created.IsZero() {
			age = duration.HumanDuration(now.Sub(o.Created))
		}
		if wide {
			more = "\t" + dash(strings.Join(managers(o.Drift), ",")) + "\t" + dash(diag.Printable(o.Source))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s%s\t%s\n", dash(o.Runlevel), dash(o.Release), o.ID, o.State, age, more, diag.Printable(remark(o)))
	}
	return t.Flush()
}

// remark is what there is to say of an object on its line.
func remark(o cluster.ObjectStatus) string {
	var parts []string
	for _, p := range []string{o.Reason, pausedBy(o.Paused)} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(o.Drift) > 0 {
		parts = append(parts, "drifted")
	}
	return strings.Join(parts, "; ")
}

func pausedBy(reason string) string {
	if reason == "" {
		return ""
	}
	return "paused: " + reason
}

func managers(drift []plan.Drift) []string {
	var names []string
	for _, d := range drift {
		if d.Manager != "" {
			names = append(names, d.Manager)
		}
	}
	return names
}

// driftLines say who changed which fields.
func driftLines(objects []cluster.ObjectStatus) []string {
	var lines []string
	for _, o := range objects {
		for _, d := range o.Drift {
			what := "fields were removed"
			if len(d.Fields) > 0 {
				what = strings.Join(d.Fields, ", ")
			}
			by := ""
			if d.Manager != "" {
				by = " (" + d.Manager
				if !d.Time.IsZero() {
					by += ", " + d.Time.Format(time.RFC3339)
				}
				by += ")"
			}
			if slices.Equal(d.Fields, []string{"metadata.uid"}) {
				what = "it was deleted, and somebody made another of the same name"
			}
			lines = append(lines, fmt.Sprintf("drift: %s: %s%s", o.ID, what, by))
		}
	}
	return lines
}

// lines are what there is to say of the set as a whole.
func (s *shownSet) lines() []string {
	var lines []string
	if s.LastRun != nil {
		var b strings.Builder
		_ = printOverrides(&b, fmt.Sprintf("run %d by %s:", s.LastRun.Number, s.LastRun.Who), s.LastRun.Overrides) // a Builder takes all
		if b.Len() > 0 {
			lines = strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		}
	}
	total := fmt.Sprintf("%s: %s: %d of %s ready", s.Inventory, s.State, s.Counts.Ready, count(s.Counts.Objects, "object"))
	if s.Counts.Drifted > 0 {
		total += fmt.Sprintf(", %d drifted", s.Counts.Drifted)
	}
	lines = append(lines, total)
	if n := s.undone(); n > 0 {
		what := "run %d did not apply %s (failed or skipped): apply again, diff shows them"
		if s.State == inventory.Destroying {
			what = "run %d did not delete %s (failed or skipped)"
		}
		lines = append(lines, fmt.Sprintf(what, s.LastRun.Number, count(n, "object")))
	}
	return append(lines, s.underWay()...)
}

// underWay says who is at work on the set, or that somebody was and did not finish.
func (s *shownSet) underWay() []string {
	command := map[inventory.State]string{inventory.Applying: "apply", inventory.Destroying: "destroy", inventory.Interrupted: "apply"}[s.State]
	switch {
	case s.Lock != nil && !s.Lock.Expired:
		return []string{fmt.Sprintf("a run is under way: %s, since %s", s.Lock.Name, s.Lock.Since.UTC().Format(time.RFC3339))}
	case s.unknownLock && s.Broken:
		return []string{"whether a run is under way cannot be told: the lock may not be read"}
	case s.Broken:
		return []string{fmt.Sprintf("the last run did not end and nobody holds the lock: it was killed. Run kubectl otomi %s again to go on", command)}
	case s.State == inventory.Interrupted:
		return []string{"the last run was interrupted. Run kubectl otomi apply again to go on"}
	case s.State == inventory.Destroying:
		return []string{s.halfDestroyed()}
	}
	return nil
}

// halfDestroyed says why the last run did not destroy all of the set, and how to go on.
func (s *shownSet) halfDestroyed() string {
	const again = "kubectl otomi destroy again to delete the rest"
	switch s.LastRun.State {
	case inventory.Failed:
		return fmt.Sprintf("run %d could not destroy all of the set. Mend what keeps it, and run %s", s.LastRun.Number, again)
	case inventory.Interrupted:
		return fmt.Sprintf("run %d was interrupted while it destroyed the set. Run %s", s.LastRun.Number, again)
	default:
		return fmt.Sprintf("run %d destroyed the set but for what a rule keeps. Take its annotation off, and run %s", s.LastRun.Number, again)
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
