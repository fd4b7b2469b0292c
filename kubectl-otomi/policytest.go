package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/report"
	"github.com/otomi/kubectl-otomi/internal/suite"
)

func (a *app) policyTestCmd() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "test [DIR | DIR/... | FILE]...",
		Short: "Run the tests of policies",
		Long: `Run the tests of policies: the rules test_* of Rego, ours, conftest's or any other, and Gatekeeper's suites (kind: Suite,
test.gatekeeper.sh/v1alpha1), with the meaning that they have to gator verify.

Suites are looked for in the folder itself, with DIR/... in all below it; Rego is always read with what is below. Without DIR the
policies of the values repo's cores are tested. A template that carries CEL as well as Rego is judged by both, and a case fails
where one of them denies what the other lets pass.

--run picks tests by an expression that the name of the test or of the case matches, or TEST//CASE by one for each; of Rego, the
test is the package and the case the rule. What is not picked is skipped.`,
		Example: `  # The policies of the cores
  kubectl otomi policy test

  # All suites below a folder, and every case by its name
  kubectl otomi policy test library/... -v

  # One case
  kubectl otomi policy test suite.yaml --run 'required-labels//no-label'`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.policyTest(cmd.Context(), args, run) },
	}
	cmd.Flags().StringVarP(&run, "run", "r", "", "run what the `REGEX` matches: of a test or a case, or TEST//CASE")
	return cmd
}

func (a *app) policyTest(ctx context.Context, args []string, run string) error {
	if err := a.oneOf(report.TestFormats()...); err != nil {
		return err
	}
	filter, err := suite.NewFilter(run)
	if err != nil {
		return usagef("--run: %w", err)
	}
	t := tested{filter: filter, results: report.Tests{Suites: []report.TestSuite{}}, learn: func(secrets []object.Object) { a.hidden.add(secretTexts(secrets), names(secrets)) }}
	if len(args) == 0 {
		err = a.testCores(ctx, &t)
	}
	for _, arg := range args {
		if err == nil {
			err = t.place(ctx, arg)
		}
	}
	if err != nil {
		return err
	}
	t.add(suite.Broken(t.findings)...)
	if a.output == report.JUnit {
		t.hide(a.hidden.now().Text)
	}
	a.report(t.findings)
	t.results.Broken = t.findings.Failed()
	if err := t.results.Write(a.Out, a.output, a.verbose); err != nil {
		return err
	}
	if t.results.Failed() {
		return exitCode(exitFailed)
	}
	return nil
}

// tested is what policy test has run so far.
type tested struct {
	filter   suite.Filter
	learn    func([]object.Object)
	results  report.Tests
	findings diag.Findings
}

// testCores runs the tests of the policies of the clusters' cores, once for clusters with the same.
func (a *app) testCores(ctx context.Context, t *tested) error {
	w, err := a.open(renderFlags{secrets: "placeholder"})
	if err != nil {
		return err
	}
	clusters, findings := w.repo.Choose(repo.Choice{Names: a.clusters, All: a.all || len(a.clusters) == 0})
	if t.findings = append(w.findings, findings...); t.findings.Failed() {
		return nil
	}
	var done []string
	for _, c := range clusters {
		if err := t.cluster(ctx, w, c, &done); err != nil {
			return err
		}
	}
	if len(t.results.Suites) == 0 {
		t.none("the cores' policies", "name a folder to test others")
	}
	return nil
}

func (t *tested) cluster(ctx context.Context, w *workspace, c *repo.Cluster, done *[]string) error {
	stack, f := w.opener.Open(w.repo.CoreOf(c), c.KubeVersion)
	if t.findings = append(t.findings, f...); f.Failed() {
		return nil
	}
	var key strings.Builder
	for _, one := range stack {
		key.WriteString(one.Name + "\x00")
	}
	if slices.Contains(*done, key.String()) {
		return nil
	}
	*done = append(*done, key.String())
	return t.stack(ctx, w, stack)
}

func (t *tested) stack(ctx context.Context, w *workspace, stack core.Stack) error {
	set, f := w.cores.policySet(stack)
	if t.findings = append(t.findings, f...); f.Failed() {
		return nil
	}
	results, f, err := set.Test(ctx, stack, stack.Display)
	t.findings = append(t.findings, f...)
	t.add(suite.Rego(results, t.filter)...)
	if _, missing := fs.Stat(stack, "policies"); err != nil || missing != nil {
		return err
	}
	return t.suites(ctx, stack, suite.Target{Path: "policies", Recursive: true, Show: stack.Display})
}

// place runs the tests of a folder, a folder with all below it, or a file.
func (t *tested) place(ctx context.Context, arg string) error {
	dir, recursive := strings.CutSuffix(filepath.ToSlash(arg), "/...")
	if arg == "..." {
		dir, recursive = ".", true
	}
	abs, err := filepath.Abs(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	root := filepath.VolumeName(abs) + string(filepath.Separator)
	all := disk{os.DirFS(root)} // a suite names files beside its folder, too
	inside := func(name string) string { return strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(root)) }
	show := func(file string) string {
		rel, err := filepath.Rel(abs, filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return file
		}
		return path.Join(filepath.ToSlash(dir), filepath.ToSlash(rel))
	}
	findings, suites := len(t.findings), len(t.results.Suites)
	target := suite.Target{Path: inside(abs), Recursive: recursive, Show: show}
	info, err := os.Stat(abs)
	if err != nil {
		t.findings = append(t.findings, unusable("suite", show(target.Path), fmt.Errorf("read suites: %w", cause(err)))...)
		return nil
	}
	if err := t.suites(ctx, all, target); err != nil || !info.IsDir() || t.findings[findings:].Failed() {
		return err
	}
	found := len(t.results.Suites) - suites
	results, f, err := policy.TestDir(ctx, disk{os.DirFS(abs)}, func(file string) string { return path.Join(filepath.ToSlash(dir), file) })
	t.findings = append(t.findings, f...)
	t.add(suite.Rego(results, t.filter)...)
	if err != nil {
		return err
	}
	if len(t.results.Suites) == suites {
		t.none(arg, "to look in the folders below it, name "+path.Join(dir, "..."))
		return nil
	}
	target.Recursive = true
	if below, _ := suite.Find(all, target); !recursive && len(below) > found {
		t.findings = append(t.findings, diag.Warningf("policy-test", diag.Position{}, "suites in the folders below %s were not run: %s", arg, count(len(below)-found, "suite")).
			WithHint("to run them, name %s", path.Join(dir, "...")))
	}
	return nil
}

func (t *tested) suites(ctx context.Context, fsys fs.FS, target suite.Target) error {
	found, f := suite.Find(fsys, target)
	t.findings = append(t.findings, f...)
	for _, s := range found {
		t.add(s.Run(ctx, suite.Options{FS: fsys, Filter: t.filter, Now: time.Now, Learn: t.learn}))
	}
	return ctx.Err()
}

func (t *tested) add(suites ...report.TestSuite) {
	t.results.Suites = append(t.results.Suites, suites...)
}

// none says that nothing was found: no test is no success.
func (t *tested) none(where, hint string) {
	if !t.findings.Failed() {
		t.findings = append(t.findings, diag.Errorf("policy-test", diag.Position{}, "there are no tests in %s", where).WithHint("%s", hint))
	}
}

// hide changes all that tests say, before it is put into a form in which secrets are no longer found.
func (t *tested) hide(text func(string) string) {
	for _, s := range t.results.Suites {
		for _, one := range s.Tests {
			for i, c := range one.Cases {
				one.Cases[i].Message, one.Cases[i].Output = text(c.Message), text(c.Output)
			}
		}
	}
}
