package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// statusFlags are what `status` shows and how long it waits.
type statusFlags struct {
	ref      string
	problems bool
	wait     bool
	watch    bool
	timeout  time.Duration
}

func (a *app) statusCmd() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the applied objects fare",
		Long: `Show how the applied objects fare, by runlevel and release, from the inventory in the cluster alone. What is not ready says why.

Exits with 3 when something is not ready.`,
		Example: `  # Everything that was applied to the cluster dev
  kubectl otomi status --cluster dev

  # Only what is not ready, waiting up to five minutes for it
  kubectl otomi status --cluster dev --problems --wait --timeout 5m`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd, f)
		},
	}
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&f.ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	cmd.Flags().BoolVar(&f.problems, "problems", false, "show only what is not ready")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "show it again whenever it changes, until interrupted")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until everything is ready")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long --wait waits")
	return cmd
}

func (a *app) status(cmd *cobra.Command, f statusFlags) error {
	if err := a.oneOf("table", "json"); err != nil {
		return err
	}
	return a.eachSet(cmd, f.ref, func(ctx context.Context, a *app, s *session) error { return a.statusOf(ctx, s, f) })
}

// statusOf shows the status of one set, once, or until everything is ready, or for ever.
func (a *app) statusOf(ctx context.Context, s *session, f statusFlags) error {
	deadline := time.Now().Add(f.timeout)
	shown := ""
	for {
		objects, err := s.status(ctx)
		if err != nil {
			return err
		}
		pending := unready(objects)
		last := !f.watch && (!f.wait || len(pending) == 0 || time.Now().After(deadline))
		if text := fmt.Sprint(objects); last || f.watch && text != shown {
			shown = text
			if err := a.printStatus(a.Out, s.inventory, objects, f.problems); err != nil {
				return err
			}
		}
		switch {
		case last && len(pending) > 0:
			return exitCode(exitNotReady)
		case last:
			return nil
		}
		if err := s.later(ctx); err != nil {
			return err
		}
	}
}

// later waits a moment and reads the inventory again.
func (s *session) later(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
		return s.read(ctx)
	}
}

// status is how the objects of the inventory are.
func (s *session) status(ctx context.Context) ([]cluster.ObjectStatus, error) {
	if s.inventory == nil {
		return nil, fmt.Errorf("find inventory %s: nothing was applied under this name\napply first, or name another set with --inventory", s.ref)
	}
	return s.client.Status(ctx, s.inventory)
}

func unready(objects []cluster.ObjectStatus) []cluster.ObjectStatus {
	var out []cluster.ObjectStatus
	for _, o := range objects {
		if o.State != ready.Ready {
			out = append(out, o)
		}
	}
	return out
}

func (a *app) printStatus(w io.Writer, inv *inventory.Inventory, objects []cluster.ObjectStatus, problems bool) error {
	shown := objects
	if problems {
		shown = unready(objects)
	}
	if a.output == "json" {
		if shown == nil {
			shown = []cluster.ObjectStatus{}
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		out := map[string]any{"inventory": inv.Ref.String(), "state": inv.State, "cluster": inv.Cluster, "objects": shown}
		if last, _ := inv.LastRun(); len(last.Overrides) > 0 {
			out["lastRun"] = map[string]any{"number": last.Number, "who": last.Who, "finished": last.Finished, "overrides": last.Overrides}
		}
		return e.Encode(out)
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	if len(shown) > 0 {
		fmt.Fprintln(t, "LEVEL\tRELEASE\tOBJECT\tSTATE\tAGE\tREASON")
	}
	now := time.Now()
	for _, o := range shown {
		age := "-"
		if !o.Created.IsZero() {
			age = duration.HumanDuration(now.Sub(o.Created))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", o.Runlevel, o.Release, o.ID, o.State, age, diag.Printable(o.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if last, any := inv.LastRun(); any {
		before := fmt.Sprintf("run %d by %s:", last.Number, diag.Printable(last.Who))
		if err := printOverrides(w, before, last.Overrides); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s: %d of %s ready\n", inv.Ref, inv.State, len(objects)-len(unready(objects)), count(len(objects), "object"))
	return err
}
