package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

func (a *app) inventoryListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the sets that were applied to a cluster",
		Long: `List the sets that were applied to a cluster: all of them, those of one namespace with -n, or, for who may not list Secrets in all
namespaces, those of otomi-system and of the context's namespace.`,
		Example: `  # What was applied to the cluster of the current context?
  kubectl otomi inventory list

  # Names alone, of one namespace
  kubectl otomi inventory list -n team-blue -o name`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.inventoryList(cmd) },
	}
	a.side(cmd.Flags())
	return cmd
}

func (a *app) inventoryList(cmd *cobra.Command) error {
	if err := a.oneOf("table", "json", "yaml", "name"); err != nil {
		return err
	}
	const any = "any" // set: the connection is what matters
	return a.eachConnection(cmd, any, func(ctx context.Context, a *app, s *session) error {
		own, _, err := a.kube.ToRawKubeConfigLoader().Namespace()
		if err != nil {
			return fmt.Errorf("read kubeconfig: %w", err)
		}
		sets, err := s.client.Inventories(ctx, *a.kube.Namespace, own, inventory.DefaultNamespace)
		if err != nil {
			return err
		}
		return a.printSets(a.Out, sets)
	})
}

// setSummary is a set on one line.
type setSummary struct {
	Inventory string    `json:"inventory"`
	State     string    `json:"state"`
	Cluster   string    `json:"cluster,omitempty"`
	Objects   int       `json:"objects"`
	Created   time.Time `json:"created,omitzero"`
	Run       int64     `json:"run,omitempty"`
	Who       string    `json:"who,omitempty"`
	Finished  time.Time `json:"finished,omitzero"`
	Holder    string    `json:"lockedBy,omitempty"`
	Problem   string    `json:"problem,omitempty"`
}

func summarize(s cluster.Set) setSummary {
	out := setSummary{Inventory: s.Ref.String(), Created: s.Created}
	if s.Holder != nil && !s.Holder.Expired {
		out.Holder = s.Holder.Name
	}
	if s.Inventory == nil {
		out.State, out.Problem = "Damaged", s.Err.Error()
		if errors.As(s.Err, new(*inventory.NewerError)) {
			out.State = "Newer"
		}
		return out
	}
	out.State, out.Cluster, out.Objects = string(s.Inventory.State), s.Inventory.Cluster.Name, len(s.Inventory.Entries)
	if last, any := s.Inventory.LastRun(); any {
		out.Run, out.Who, out.Finished = last.Number, last.Who, cmp.Or(last.Finished, last.Started)
	}
	return out
}

func (a *app) printSets(w io.Writer, sets []cluster.Set) error {
	summaries := []setSummary{}
	for _, s := range sets {
		summaries = append(summaries, summarize(s))
	}
	switch a.output {
	case "name":
		var names strings.Builder
		for _, s := range summaries {
			names.WriteString(s.Inventory + "\n")
		}
		_, err := io.WriteString(w, names.String())
		return err
	case "json", "yaml":
		return a.encode(w, map[string]any{"inventories": summaries})
	}
	if len(summaries) == 0 {
		fmt.Fprintln(a.ErrOut, "nothing was applied here")
		return nil
	}
	t := newTable(w)
	fmt.Fprintln(t, "INVENTORY\tSTATE\tAGE\tCLUSTER\tOBJECTS\tLAST RUN\tLOCKED BY")
	for _, s := range summaries {
		last := "-"
		if s.Run > 0 {
			last = fmt.Sprintf("%d by %s, %s ago", s.Run, s.Who, ago(s.Finished))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", s.Inventory, s.State, ago(s.Created), dash(s.Cluster), s.Objects, diag.Printable(last), diag.Printable(dash(s.Holder)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, s := range summaries {
		if s.Problem != "" {
			fmt.Fprintf(a.ErrOut, "warning: %s\n", diag.Printable(s.Problem))
		}
	}
	return nil
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return duration.HumanDuration(time.Since(t))
}
