// Package pipeline is the function pipeline: the others as steps, one after another in one process. A list goes in; what comes
// out is what would if each step were a function of its own, their results one after another.
package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kind = "Pipeline" // of the functionConfig

// Function is the function; its steps are those given.
func Function(steps []krm.Function) krm.Function {
	p := pipeline{}
	for _, f := range steps {
		p[f.Kind] = f
	}
	return krm.Function{Name: "pipeline", Kind: kind, Spec: spec{}, Run: p.run}
}

// pipeline are the functions by the kinds of their functionConfigs.
type pipeline map[string]krm.Function

// spec is the functionConfig's.
type spec struct {
	Steps []step `json:"steps" schema:"required" doc:"functions, in order; the first that fails is the last that runs"`
}

// step is a functionConfig without what all have.
type step struct {
	Kind string       `json:"kind" schema:"required" doc:"that of the function's functionConfig"`
	Name string       `json:"name" doc:"that of its functionConfig, which what it renders is marked with; without it, PIPELINE-FUNCTION"`
	Spec *source.Node `json:"spec" schema:"type=object" doc:"that of its functionConfig"`
	node *source.Node
}

// DecodeNode reads a step and remembers where it stands.
func (s *step) DecodeNode(n *source.Node) diag.Findings {
	type fields step
	findings := source.Decode(n, (*fields)(s))
	s.node = n
	return findings
}

// run runs the steps. What is wrong with the functionConfig of any is said before the first runs.
func (p pipeline) run(ctx context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, kind)
	if findings.Failed() {
		return findings
	}
	steps, f := p.steps(l, config)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	for _, s := range steps {
		findings = append(findings, l.CheckStep(s)...)
	}
	if findings.Failed() {
		return findings
	}
	for _, s := range steps {
		if !l.RunStep(ctx, s) {
			break
		}
	}
	return findings
}

// steps finds the functions of the steps, and gives those names that have none.
func (p pipeline) steps(l *krm.List, config spec) ([]krm.Step, diag.Findings) {
	var steps []krm.Step
	var findings diag.Findings
	named := map[string]string{}
	specs := l.Steps()
	if len(config.Steps) == 0 {
		findings = append(findings, diag.Errorf("no-steps", diag.Position{File: l.FileName(l.Config)}, "there are no steps, so nothing would be done").
			WithPath("spec.steps").WithHint("name a function: [{kind: %s, spec: {…}}]", p.kinds()[0]))
	}
	for i, s := range config.Steps {
		field := fmt.Sprintf("spec.steps[%d]", i)
		f, known := p[s.Kind]
		if !known {
			kinds := p.kinds()
			unknown := diag.Errorf("unknown-step", s.node.Get("kind").At(), "there is no function of kind %q", s.Kind).WithPath(field + ".kind")
			if unknown.Hint = diag.DidYouMean(s.Kind, kinds); unknown.Hint == "" {
				unknown.Hint = "the kinds are " + strings.Join(kinds, ", ")
			}
			findings = append(findings, unknown)
			continue
		}
		unnamed := s.Name == ""
		if unnamed {
			s.Name = l.Owner() + "-" + f.Name
		}
		if other, taken := named[s.Name]; taken {
			findings = append(findings, diag.Errorf("step-name", s.node.At(), "the step has the name %s, as %s has: each would remove what the other renders", s.Name, other).
				WithPath(field).WithHint("give both a name"))
		}
		named[s.Name] = field
		steps = append(steps, krm.Step{Function: f, Name: s.Name, Unnamed: unnamed, Field: field, Spec: specs[i]})
	}
	return steps, findings
}

// kinds are those that a step may have.
func (p pipeline) kinds() []string { return slices.Sorted(maps.Keys(p)) }
