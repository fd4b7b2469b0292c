package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func (a *app) validateCmd() *cobra.Command {
	var input renderFlags
	var only []string
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check values and manifests without a cluster",
		Long: `Check values and manifests without a cluster: the layers, the merged values against the cores' schema, the rendered manifests,
and the policies.`,
		Example: `  # Everything, for every cluster
  kubectl otomi validate --all-clusters

  # The values alone, for a machine
  kubectl otomi validate --cluster dev --only values -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
	if err != nil {
		return err
	}
	findings := w.findings
	for _, c := range clusters {
		b := w.until(ctx, c, last, time.Now())
		if err := selected.check(b.releases, nil); err != nil && !b.findings.Failed() {
			return err
		}
		for _, f := range selected.findings(b) {
			findings = share(findings, f, c.Name, len(clusters) > 1)
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

// share adds a finding of a cluster; one that another cluster has too is kept once, with both names.
func share(findings diag.Findings, f diag.Finding, cluster string, several bool) diag.Findings {
	if !several {
		return append(findings, f)
	}
	for i, other := range findings {
		same := other
		same.Clusters = nil
		if len(other.Clusters) > 0 && reflect.DeepEqual(same, f) {
			findings[i].Clusters = append(findings[i].Clusters, cluster)
			return findings
		}
	}
	f.Clusters = []string{cluster}
	return append(findings, f)
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
		return github(w, findings)
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
