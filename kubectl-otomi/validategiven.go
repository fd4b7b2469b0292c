package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/relation"
	"github.com/otomi/kubectl-otomi/internal/report"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// validateGiven checks manifests that come from no values repo.
func (a *app) validateGiven(cmd *cobra.Command, f validateFlags) error {
	if err := f.given.check(cmd); err != nil {
		return err
	}
	only := checks{manifests: true, policies: len(f.given.policies) > 0}
	if cmd.Flags().Changed("only") {
		var err error
		if only, err = parseChecks(f.only); err != nil {
			return err
		}
	}
	switch {
	case only.values:
		return usagef("--only values: with -f or -k there are no values")
	case only.policies && len(f.given.policies) == 0:
		return usagef("--only policies: name some with --policies")
	}
	ctx := cmd.Context()
	objects, findings := a.read(ctx, f.given)
	a.hidden.add(secretTexts(objects), names(objects))
	findings = append(findings, f.given.marked(objects)...)
	known, more := f.baseline.given()
	if findings = append(findings, more...); more.Failed() {
		return a.conclude(report.Report{Findings: findings, Scope: count(len(objects), "object")})
	}
	r := report.Report{Findings: findings, Checked: checkedObjects(objects), Scope: count(len(objects), "object")}
	in := settle(objects, a.namespace())
	if only.manifests {
		found := manifest.Check(ctx, objects, manifest.Options{KubeVersion: f.given.kubeVersion, AllowUnknownKinds: f.allowKinds})
		found = append(found, in.written(slices.Concat(relation.Check(in.objects), plan.CheckWaits(in.objects)))...)
		known.sort(&r, baseline.Manifests, objects, found, nil)
	}
	if only.policies {
		if err := a.comply(ctx, f, in, known, &r); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, f := range r.Findings {
		r.Findings[i].Quiet = f.Quiet || strings.HasPrefix(f.Object, "Secret/")
	}
	if err := known.write(a, r); err != nil {
		return err
	}
	return a.conclude(r)
}

// comply holds objects to the policies that the flags name, and adds to the report what they find.
func (a *app) comply(ctx context.Context, f validateFlags, in settled, known givenBaseline, r *report.Report) error {
	set, result, findings, err := f.given.police(ctx, in.objects, time.Now())
	if r.Findings = append(r.Findings, findings...); err != nil || set == nil {
		return err
	}
	known.sort(r, baseline.Policies, in.given, said(r.Findings, in.written(result.Findings)), ruleIDs(set))
	r.Rules = map[string]report.Rule{}
	for _, f := range in.written(result.Exempted) {
		r.Suppressed = append(r.Suppressed, suppressed(f, false))
	}
	if f.exemptions {
		r.Exemptions = exemptionsOf([]*built{{exemptions: result.Exemptions}})
	}
	describePolicies(r.Rules, set)
	return nil
}

// police judges objects by the policies that the flags name. The set is nil where they cannot be loaded.
func (f *givenFlags) police(ctx context.Context, objects []object.Object, today time.Time) (*policy.Set, policy.Result, diag.Findings, error) {
	set, findings, err := loadPolicies(*f, objects)
	if err != nil || set == nil {
		return nil, policy.Result{}, findings, err
	}
	settings, more := settingsFor(set, *f)
	if findings = append(findings, more...); more.Failed() {
		return nil, policy.Result{}, findings, nil
	}
	return set, set.Check(ctx, objects, settings, today), findings, nil
}

// loadPolicies loads what --policies names: embedded policies, those among the objects, or folders. The set is nil when one of
// them cannot be loaded.
func loadPolicies(given givenFlags, objects []object.Object) (*policy.Set, diag.Findings, error) {
	var sets []*policy.Set
	var findings diag.Findings
	for _, name := range given.policies {
		var set *policy.Set
		var f diag.Findings
		switch {
		case strings.HasPrefix(name, "oci://"):
			return nil, nil, usagef("--policies %s: policies are not fetched; name a folder, or embedded", name)
		case name == core.Embedded:
			set, f = policy.Load(otomi.Core, func(file string) string { return core.Embedded + ":" + file })
		case name == "stream":
			set, f = policy.FromStream(objects)
		default:
			set, f = policyFolder(name, given.allPackages)
		}
		sets, findings = append(sets, set), append(findings, f...)
	}
	set, f := policy.Join(sets...)
	return set, append(findings, f...), nil
}

func policyFolder(name string, all bool) (*policy.Set, diag.Findings) {
	shown := filepath.ToSlash(filepath.Clean(name))
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() {
		err = errors.New("it is a file, not a folder")
	}
	if err != nil {
		return nil, unusable("policy-file", shown, fmt.Errorf("read policies: %w", cause(err)))
	}
	set, findings := policy.LoadDir(disk{os.DirFS(name)}, func(file string) string { return path.Join(shown, file) })
	if all {
		return set, findings
	}
	set, more := set.MainOnly(shown)
	return set, append(findings, more...)
}

// settingsFor reads --parameters: of the policies by their ids; all of it is the data of rules written for conftest.
func settingsFor(set *policy.Set, f givenFlags) (policy.Settings, diag.Findings) {
	var at diag.Position
	var root *source.Node
	var findings diag.Findings
	if f.parameters != "" {
		at.File = filepath.ToSlash(filepath.Clean(f.parameters))
		text, err := readLimited(f.parameters)
		if err != nil {
			return policy.Settings{}, unusable("read-parameters", at.File, fmt.Errorf("read parameters: %w", cause(err)))
		}
		if root, findings = source.Parse(at.File, text); findings.Failed() {
			return policy.Settings{}, findings
		}
	}
	given := map[string]any{}
	if root != nil {
		var isMap bool
		if given, isMap = root.Value().(map[string]any); !isMap {
			return policy.Settings{}, append(findings, diag.Errorf("read-parameters", root.At(), "want a map of parameters by policy, have %s", root.Kind.Article()))
		}
	}
	loose := slices.ContainsFunc(set.Policies(), func(p policy.Policy) bool { return p.Origin == policy.Conftest })
	settings, more := policy.NewSettings(set, f.preset, nil, diag.Position{})
	settings.Data, findings = given, append(findings, more...)
	for _, id := range slices.Sorted(maps.Keys(given)) {
		if loose && !slices.Contains(set.IDs(), id) {
			continue
		}
		i, _ := root.Find(id)
		settings, more = settings.WithParameters(set, map[string]any{id: given[id]}, root.Keys[i].At())
		findings = append(findings, placed(more, root)...)
	}
	return settings, findings
}

// placed are findings about parameters at the lines of the file that they come from.
func placed(findings diag.Findings, root *source.Node) diag.Findings {
	for i, f := range findings {
		parts, err := source.ParsePath(f.Path)
		if err != nil || len(parts) < 2 || parts[0] != "parameters" {
			continue
		}
		for parts = parts[1:]; len(parts) > 0; parts = parts[:len(parts)-1] {
			if n := root.Lookup(parts...); n != nil {
				findings[i].At = n.At()
				break
			}
		}
	}
	return findings
}

// secretTexts are the values of Secrets, as they stand and decoded.
func secretTexts(objects []object.Object) []string {
	var texts []string
	for _, o := range objects {
		if o.GetKind() != "Secret" {
			continue
		}
		for _, field := range []string{"data", "stringData"} {
			values, _ := o.Object[field].(map[string]any)
			for _, v := range values {
				text, _ := v.(string)
				texts = append(texts, text)
				if plain, err := base64.StdEncoding.DecodeString(text); err == nil && field == "data" {
					texts = append(texts, string(plain))
				}
			}
		}
	}
	return slices.DeleteFunc(texts, func(s string) bool { return s == "true" || s == "false" }) // they are everywhere
}

// names are what objects are called, which may be seen though a secret is the same.
func names(objects []object.Object) []string {
	var all []string
	for _, o := range objects {
		all = append(all, o.GetName(), o.GetNamespace(), o.GetKind())
	}
	return all
}
