package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// validateFlags are those of validate, beside what every rendering command has.
type validateFlags struct {
	only       []string
	allowKinds []string
	given      givenFlags
	baseline   baselineFlags
	exemptions bool // are listed
}

func (a *app) validateCmd() *cobra.Command {
	var input renderFlags
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check values and manifests without a cluster",
		Long: `Check values and manifests without a cluster: the layers, the merged values against the cores' schema, the rendered manifests
against Kubernetes' schemas, the CustomResourceDefinitions beside them and each other, and the policies.

A file whose secrets no key at hand can read is checked with placeholders, unless --secrets decrypt is given.

With -f or -k it checks any manifests, and needs no values repo: schemas always, policies where --policies names some. A folder
of policies holds <id>/policy.rego with METADATA, as a core does, or rules written for conftest, of package
main unless --all-packages is given, or Gatekeeper's ConstraintTemplates and Constraints. What is for tools, not for a cluster, is left out.

An old repo adopts the checks with a baseline: --write-baseline writes down what they find in its objects, and with policyBaseline
in the values naming the file, validate, diff and apply let that pass. New findings fail, and what is fixed has to leave the file.

-o sarif is what code hosts show beside the code, -o junit what CI systems show as tests, -o github GitHub's annotations.`,
		Example: `  # Everything, for every cluster
  kubectl otomi validate --all-clusters

  # The values alone, for a machine
  kubectl otomi validate --cluster dev --only values -o json

  # Manifests from elsewhere, by the embedded policies and by some of one's own
  kubectl otomi validate -f deploy/ --policies embedded --policies policy/
  helm template web ./chart | kubectl otomi validate -f -`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.oneOf(report.Formats()...); err != nil {
				return err
			}
			if err := checkKinds(f.allowKinds); err != nil {
				return err
			}
			if err := a.listsExemptions(f); err != nil {
				return err
			}
			if err := f.baseline.check(cmd.Flags()); err != nil {
				return err
			}
			if f.given.any() {
				return a.validateGiven(cmd, f)
			}
			if err := f.given.unused(cmd.Flags()); err != nil {
				return err
			}
			input.keyless = !cmd.Flags().Changed("secrets")
			return a.validate(cmd.Context(), input, f)
		},
	}
	input.input(cmd.Flags())
	input.selecting(cmd.Flags())
	cmd.Flags().StringSliceVar(&f.only, "only", []string{"values", "manifests", "policies"}, "what to check; each includes what it needs")
	cmd.Flags().StringSliceVar(&f.allowKinds, "allow-unknown-kinds", nil, "let objects of `KIND.GROUP` pass, though nothing defines it; repeatable")
	f.given.add(cmd.Flags())
	f.baseline.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.exemptions, "show-exemptions", false, "list what exempts objects from policies, and whether something needs it")
	return cmd
}

func (a *app) validate(ctx context.Context, input renderFlags, f validateFlags) error {
	only, err := parseChecks(f.only)
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
	r := report.Report{Findings: findings}
	if err == nil {
		w.allowKinds, w.policiesOnly, w.baseline = f.allowKinds, !only.manifests, f.baseline
		var found []*built
		err := await(ctx, func() (err error) {
			found, err = w.validate(ctx, clusters, only.last(), selected)
			return err
		})
		if err != nil {
			return err
		}
		if r, err = a.reported(w, found, selected, f); err != nil {
			return err
		}
	}
	r.Scope, r.Folder, r.Home = count(len(clusters), "cluster"), a.folder(), "otomi.yaml"
	return await(ctx, func() error { return a.conclude(r) })
}

// validate goes down the line for every cluster, several at the same time, and collects what it finds in their order.
func (w *workspace) validate(ctx context.Context, clusters []*repo.Cluster, last station, only selection) ([]*built, error) {
	found := make([]*built, len(clusters))
	now := time.Now()
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range clusters {
		g.Go(func() error {
			b := w.until(ctx, c, last, now)
			if last >= atObjects && !b.findings.Failed() {
				b.failed(render.Unread(ctx, b.input(), b.releases, b.layers))
			}
			b.listed = only.findings(b, b.listed)
			b.findings, b.objects = b.behind(ctx, only.findings(b, b.findings)), only.objects(b)
			found[i] = b
			return nil
		})
	}
	_ = g.Wait() // what is wrong is a finding
	return found, ctx.Err()
}

// reported is the report on clusters. What is to be known from now on is written down, if nothing else is wrong.
func (a *app) reported(w *workspace, found []*built, only selection, f validateFlags) (report.Report, error) {
	r := reportOn(found, w.findings)
	if f.exemptions {
		r.Exemptions = exemptionsOf(found)
	}
	var releases []render.Release
	for _, b := range found {
		releases = append(releases, b.releases...)
	}
	if err := only.check(releases); err != nil && !r.Findings.Failed() {
		return report.Report{}, err
	}
	switch {
	case !f.baseline.write:
		return r, nil
	case r.Findings.Failed():
		fmt.Fprintln(a.ErrOut, "no baseline was written: it cannot hold these errors")
		return r, nil
	default:
		return r, a.writeBaselines(w, found)
	}
}

// checkKinds refuses what is no kind: it would allow nothing.
func checkKinds(kinds []string) error {
	for _, k := range kinds {
		if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*(\.[a-z0-9][-a-z0-9.]*)?$`).MatchString(k) {
			return usagef("--allow-unknown-kinds: want KIND.GROUP, such as Foo.example.com, not %q", k)
		}
	}
	return nil
}

// checks are what --only asks for.
type checks struct{ values, manifests, policies bool }

func parseChecks(only []string) (checks, error) {
	for _, o := range only {
		if !slices.Contains([]string{"values", "manifests", "policies"}, o) {
			return checks{}, usagef("--only: want values, manifests or policies, not %q", o)
		}
	}
	return checks{slices.Contains(only, "values"), slices.Contains(only, "manifests"), slices.Contains(only, "policies")}, nil
}

// last is the last station that the checks need.
func (c checks) last() station {
	switch {
	case c.policies:
		return atPolicies
	case c.manifests:
		return atManifests
	default:
		return atValues
	}
}

// conclude prints the report, and fails if it has errors.
func (a *app) conclude(r report.Report) error {
	r.Findings.Sort()
	r.Version = strings.TrimPrefix(version, "v")
	if a.output == report.GitHub || a.output == report.JUnit || a.output == report.SARIF {
		r = r.Map(a.hidden.now().Findings) // before they are escaped, or taken for a fingerprint
	}
	if err := r.Write(a.Out, a.output, a.text(a.Out)); err != nil {
		return err
	}
	if r.Findings.Failed() {
		return exitCode(exitFailed)
	}
	return nil
}
