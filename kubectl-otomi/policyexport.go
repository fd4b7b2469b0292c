package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// exportFlags are what policy export is told.
type exportFlags struct {
	input       renderFlags
	given       givenFlags // --policies and what goes with it
	enforcement string
	namespace   string
	dir         string
}

func (a *app) policyExportCmd() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Show the policies as objects of Gatekeeper",
		Long: `Show the policies as objects of Gatekeeper, which judge on the cluster by the same Rego, the same parameters, exclusions and
exemptions: a ConstraintTemplate and a Constraint for each policy that the cluster's values turn on, and Gatekeeper's Config.

With policyEnforcement in values the platform has them as the release gatekeeper-policies, and apply puts them there by itself.`,
		Example: `  # The policies of the cluster dev
  kubectl otomi policy export --cluster dev

  # Policies of a folder, for a cluster that no values repo is about
  kubectl otomi policy export --policies policy/ --parameters parameters.yaml

  # To watch what they would refuse, a file per object
  kubectl otomi policy export --cluster dev --enforcement dryrun --output-dir out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.policyExport(cmd, f)
		},
	}
	flags := cmd.Flags()
	f.input.input(flags)
	flags.StringVar(&f.enforcement, "enforcement", "", "the most that a violation leads to: deny, warn or dryrun (default what policyEnforcement in values says, else deny)")
	flags.StringVar(&f.namespace, "gatekeeper-namespace", export.Namespace, "the namespace that Gatekeeper runs in")
	flags.StringArrayVar(&f.given.policies, "policies", nil, "without a values repo: the policies in `DIR`, or embedded ones; repeatable")
	flags.StringVar(&f.given.preset, "policy-preset", "", "with --policies: privileged, baseline or restricted (default: baseline)")
	flags.StringVar(&f.given.parameters, "parameters", "", "with --policies: their parameters by id: a YAML or JSON `FILE`")
	flags.StringVar(&f.dir, "output-dir", "", "write a file per object below this `DIR`, and remove those of the run before")
	return cmd
}

func (a *app) policyExport(cmd *cobra.Command, f exportFlags) error {
	if err := a.oneOf("yaml", "json"); err != nil {
		return err
	}
	if err := f.check(cmd.Flags(), a.output); err != nil {
		return err
	}
	e := exported{flags: f, format: a.output}
	if f.dir != "" {
		var err error
		if e.dir, err = openOutput(f.dir); err != nil {
			return err
		}
	}
	collect := a.exportClusters
	if len(f.given.policies) > 0 {
		collect = a.exportGiven
	}
	if err := collect(cmd.Context(), &e); err != nil {
		return err
	}
	if err := a.finish(e.findings); err != nil {
		return err
	}
	if e.dir == nil {
		_, err := a.product.Write(e.out.Bytes())
		return err
	}
	if err := e.dir.write(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.ErrOut, e.dir.summary())
	return err
}

// check refuses flags that contradict each other.
func (f *exportFlags) check(flags *pflag.FlagSet, output string) error {
	if f.dir != "" && output != "yaml" {
		return usagef("-o: the files of --output-dir are YAML")
	}
	switch policy.Action(f.enforcement) {
	case "", policy.Deny, policy.Warn, policy.Dryrun:
	default:
		return usagef("--enforcement: want deny, warn or dryrun, not %q", f.enforcement)
	}
	with, without := []string{"directory", "cluster", "all-clusters", "values", "set", "secrets"}, []string{"policy-preset", "parameters"}
	for _, name := range with {
		if len(f.given.policies) > 0 && flags.Changed(name) {
			return usagef("--%s is for a values repo; with --policies there is none", name)
		}
	}
	for _, name := range without {
		if len(f.given.policies) == 0 && flags.Changed(name) {
			return usagef("--%s goes with --policies; a values repo has it in its values", name)
		}
	}
	if slices.Contains(f.given.policies, "stream") {
		return usagef("--policies stream: there is no stream; name a folder, or embedded")
	}
	return nil
}

// exportClusters exports the policies of a values repo.
func (a *app) exportClusters(ctx context.Context, e *exported) error {
	w, clusters, err := a.chosen(e.flags.input)
	if err != nil {
		return err
	}
	e.findings = w.findings
	for _, c := range clusters {
		if err := e.cluster(ctx, w, c, len(clusters) > 1); err != nil {
			return err
		}
	}
	return nil
}

// exportGiven exports the policies that --policies names.
func (a *app) exportGiven(_ context.Context, e *exported) error {
	a.source = given{nil, map[string][]byte{}}.source
	given := e.flags.given
	given.allPackages = true // what cannot be exported is said of every rule
	set, f, err := loadPolicies(given, nil)
	if e.findings = append(e.findings, f...); err != nil || f.Failed() {
		return err
	}
	settings, f := settingsFor(set, e.flags.given)
	if e.findings = append(e.findings, f...); f.Failed() {
		return nil
	}
	return e.add("", set, settings, "", false)
}

// exported is what policy export has made so far.
type exported struct {
	flags    exportFlags
	format   string
	findings diag.Findings
	out      bytes.Buffer
	dir      *outputDir // nil: all goes to out
}

// cluster exports the policies that a cluster's values turn on.
func (e *exported) cluster(ctx context.Context, w *workspace, c *repo.Cluster, several bool) error {
	b := w.until(ctx, c, atValues, time.Time{})
	e.findings = append(e.findings, b.findings...)
	if b.findings.Failed() {
		return nil
	}
	if b.withheld() {
		return usagef("--secrets placeholder: a policy's parameters may hold secrets, and placeholders are never applied")
	}
	set, f := w.cores.policySet(b.core)
	if e.findings = append(e.findings, f...); f.Failed() {
		return nil
	}
	settings, f := policy.ParseSettings(set, b.tree)
	if e.findings = append(e.findings, f...); f.Failed() {
		return nil
	}
	most, _ := export.Enforcement(b.tree)
	folder := ""
	if several {
		folder = c.Name
		if e.dir == nil && e.format == "yaml" {
			fmt.Fprintf(&e.out, "---\n# cluster: %s\n", c.Name)
		}
	}
	return e.add(folder, set, settings, most, b.decrypted())
}

// add exports a set of policies.
func (e *exported) add(folder string, set *policy.Set, settings policy.Settings, most policy.Action, secret bool) error {
	if e.flags.enforcement != "" {
		most = policy.Action(e.flags.enforcement)
	}
	objects, f := export.Objects(set, settings, export.Options{Enforcement: most, Namespace: e.flags.namespace})
	if e.findings = append(e.findings, f...); f.Failed() {
		return nil
	}
	if e.dir != nil {
		return e.dir.add(folder, objects, secret)
	}
	return writeObjects(&e.out, objects, e.format)
}
