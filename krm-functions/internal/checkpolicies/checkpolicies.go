// Package checkpolicies is the function check-policies: items and policies go in; violations come out as findings, and when
// none of them is an error, the items with a label that tells which policies they were held against.
package checkpolicies

import (
	"context"
	"slices"
	"time"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kind = "CheckPolicies" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "check-policies", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	Policies   []inputs.Ref        `json:"policies" doc:"where they come from: embedded, {configMap: NAME}, stream; without it, embedded"`
	Preset     string              `json:"preset" doc:"which policies are on; over the one in the values"`
	Values     *inputs.ValuesRef   `json:"values" doc:"a merged Values item, with settings of policies"`
	Parameters map[string]any      `json:"parameters" doc:"by policy; over those in the values"`
	Today      *source.Node        `json:"today" schema:"type=string" doc:"the date that exemptions are held against; without it, their dates are only reported"`
	Baseline   *inputs.BaselineRef `json:"baseline" doc:"a file of known violations, which pass"`
}

// run checks the items of the list, and hides secrets in what it says of them.
func run(ctx context.Context, l *krm.List) diag.Findings {
	findings := check(ctx, l)
	if len(findings) > 0 {
		inputs.Conceal(l)
	}
	return findings
}

// check checks the items of the list. Without a functionConfig it holds them against the embedded policies.
func check(ctx context.Context, l *krm.List) diag.Findings {
	var config spec
	var findings diag.Findings
	if l.Configured() {
		config, findings = krm.Configure[spec](l, kind)
	}
	today, f := config.today()
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	from, f := config.policies(l)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	set := from.set
	settings, f := config.settings(l, set)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	items, objects, f := inputs.Objects(l)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	known, f := inputs.FindBaseline(l, config.Baseline)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	found := set.Check(ctx, objects, settings, today).Findings
	findings = append(findings, known.Sort(baseline.Policies, objects, found, rules(set))...)
	mark, err := from.mark(settings, known)
	if err != nil {
		findings = append(findings, diag.Errorf("read-policies", diag.Position{}, "read policies: %v", err))
	}
	if findings.Failed() {
		return findings
	}
	for _, item := range items {
		if f := item.SetLabel(object.LabelChecked, mark); f != nil {
			findings = append(findings, *f)
		}
	}
	return findings
}

// today is the date that exemptions are held against; zero: their dates are only reported.
func (s spec) today() (time.Time, diag.Findings) {
	if s.Today == nil || s.Today.Kind == source.Null {
		return time.Time{}, nil
	}
	// kustomize hands on a date as a point in time.
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s.Today.Text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, diag.Findings{diag.Errorf("field-value", s.Today.At(), "want a date such as 2026-11-20").WithPath("spec.today")}
}

// policies are those that count: of cores, and those that stand in the stream.
func (s spec) policies(l *krm.List) (policies, diag.Findings) {
	refs := slices.DeleteFunc(slices.Clone(s.Policies), func(r inputs.Ref) bool { return r.Word == inputs.Stream })
	var from policies
	var findings diag.Findings
	if len(refs) > 0 || len(s.Policies) == 0 {
		if from.stack, findings = inputs.Stack(l, refs, ""); findings.Failed() {
			return from, findings
		}
		set, f := policy.Load(from.stack, from.stack.Display)
		if findings = append(findings, f...); findings.Failed() {
			return from, findings
		}
		from.set = set
	}
	if len(refs) < len(s.Policies) {
		f := from.readStream(l)
		findings = append(findings, f...)
	}
	return from, findings
}

// settings are those of the values, the functionConfig's over them.
func (s spec) settings(l *krm.List, set *policy.Set) (policy.Settings, diag.Findings) {
	var tree *values.Tree
	var findings diag.Findings
	if s.Values != nil {
		tree, findings = inputs.Tree(l, *s.Values)
		if findings.Failed() {
			return policy.Settings{}, findings
		}
	}
	settings, f := policy.ParseSettings(set, tree)
	findings = append(append(findings, f...), s.unread(tree)...)
	var at diag.Position
	if l.Config != nil {
		at.File = l.File(l.Config).Name
	}
	over, f := policy.NewSettings(set, s.Preset, nil, at)
	findings = append(findings, f...)
	if s.Preset != "" {
		settings.Preset = over.Preset
	}
	settings, f = settings.WithParameters(set, s.Parameters, at)
	return settings, append(findings, f...)
}

// unread warns of a baseline that only the values name: a function reads no files.
func (s spec) unread(tree *values.Tree) diag.Findings {
	if s.Baseline != nil || tree == nil {
		return nil
	}
	n := tree.At("policyBaseline")
	if n == nil || n.Text == "" {
		return nil
	}
	return diag.Findings{diag.Warningf("baseline-unread", n.At(), "the values name a baseline, and a function reads no files").WithPath("policyBaseline").
		WithHint("put it into a ConfigMap, and name that in spec.baseline")}
}

// rules are the policies' ids.
func rules(set *policy.Set) []string {
	ids := []string{}
	for _, p := range set.Policies() {
		ids = append(ids, p.ID)
	}
	return ids
}
