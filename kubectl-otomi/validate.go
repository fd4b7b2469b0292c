package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

func (a *app) validateCmd() *cobra.Command {
	var input renderFlags
	var only []string
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check values and manifests without a cluster",
		Long: `Check values and manifests without a cluster: the layers, the merged values against the cores' schema, the rendered manifests,
and the policies.

A file whose secrets no key at hand can read is checked with placeholders, unless --secrets decrypt is given.`,
		Example: `  # Everything, for every cluster
  kubectl otomi validate --all-clusters

  # The values alone, for a machine
  kubectl otomi validate --cluster dev --only values -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			input.keyless = !cmd.Flags().Changed("secrets")
			return a.validate(cmd.Context(), input, only)
		},
	}
	input.input(cmd.Flags())
	input.selecting(cmd.Flags())
	cmd.Flags().StringSliceVar(&only, "only", []string{"values", "manifests", "policies"}, "what to check; each includes what it needs")
	return cmd
}

func (a *app) validate(ctx context.Context, input renderFlags, only []string) error {
	if err := a.oneOf("text", "json", "github"); err != nil {
		return err
	}
	last, err := lastCheck(only)
	if err != nil {
		return err
	}
	selected, err := input.selection()
	if err != nil {
		return err
	}
	w, clusters, err := a.chosen(input)
	var findings diag.Findings
	if err != nil && !errors.As(err, &findings) {
		return err
	}
	if err == nil {
		if findings, err = w.validate(ctx, clusters, last, selected); err != nil {
			return err
		}
	}
	findings.Sort()
	if err := a.print(a.Out, findings, len(clusters)); err != nil {
		return err
	}
	if findings.Failed() {
		return exitCode(exitFailed)
	}
	return nil
}

// validate goes down the line for every cluster, several at the same time, and collects what it finds in their order.
func (w *workspace) validate(ctx context.Context, clusters []*repo.Cluster, last station, only selection) (diag.Findings, error) {
	found := make([]diag.Findings, len(clusters))
	releases := make([][]render.Release, len(clusters))
	now := time.Now()
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range clusters {
		g.Go(func() error {
			b := w.until(ctx, c, last, now)
			if last >= atObjects && !b.findings.Failed() {
				b.findings = append(b.findings, render.Unread(ctx, b.input(), b.releases, b.layers)...)
			}
			found[i], releases[i] = only.findings(b), b.releases
			return nil
		})
	}
	_ = g.Wait() // what is wrong is a finding
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	shared := sharing{findings: w.findings, several: len(clusters) > 1, at: map[string]int{}}
	for i, c := range clusters {
		shared.add(c.Name, found[i])
	}
	if err := only.check(slices.Concat(releases...), nil); err != nil && !shared.findings.Failed() {
		return nil, err
	}
	return shared.findings, nil
}

// lastCheck is the last station that --only asks for.
func lastCheck(only []string) (station, error) {
	last := atValues
	for _, o := range only {
		s, ok := map[string]station{"values": atValues, "manifests": atObjects, "policies": atPolicies}[o]
		if !ok {
			return 0, usagef("--only: want values, manifests or policies, not %q", o)
		}
		last = max(last, s)
	}
	return last, nil
}

// sharing collects the findings of clusters; one that several have is kept once, with their names.
type sharing struct {
	findings diag.Findings
	several  bool           // there is more than one cluster
	at       map[string]int // where a finding is, by all that it says
}

func (s *sharing) add(cluster string, findings diag.Findings) {
	for _, f := range findings {
		if !s.several {
			s.findings = append(s.findings, f)
			continue
		}
		key := fmt.Sprintf("%#v", f)
		i, known := s.at[key]
		if !known {
			i = len(s.findings)
			s.at[key], s.findings = i, append(s.findings, f)
		}
		if names := s.findings[i].Clusters; len(names) == 0 || names[len(names)-1] != cluster {
			s.findings[i].Clusters = append(names, cluster)
		}
	}
}

// print writes findings as a result: text for people, JSON, or GitHub's workflow commands.
func (a *app) print(w io.Writer, findings diag.Findings, clusters int) error {
	switch a.output {
	case "json":
		if findings == nil {
			findings = diag.Findings{}
		}
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"findings": findings})
	case "github":
		return github(w, a.hidden.now().Findings(findings))
	}
	if err := a.text(w).Print(w, findings); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s in %s\n", count(findings.Count(diag.Error), "error"), count(findings.Count(diag.Warning), "warning"), count(clusters, "cluster"))
	return err
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// github writes workflow commands, which GitHub shows as annotations:
// docs.github.com/actions/reference/workflow-commands-for-github-actions.
func github(w io.Writer, findings diag.Findings) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range findings {
		level := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "notice"}[f.Severity]
		properties := "title=" + property.Replace(f.Rule)
		if !f.At.IsZero() {
			properties += fmt.Sprintf(",file=%s,line=%d,col=%d", property.Replace(f.At.File), max(1, f.At.Line), max(1, f.At.Col))
		}
		f.At = diag.Position{}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", level, properties, message.Replace(f.String())); err != nil {
			return err
		}
	}
	return nil
}
