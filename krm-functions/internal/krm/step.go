package krm

import (
	"context"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Step is a function that another runs, with a functionConfig that stands in a field of that one's.
type Step struct {
	Function Function
	Name     string // of the functionConfig
	Unnamed  bool   // nobody gave it that
	Field    string // spec.steps[0]
	Spec     *yaml.Node
}

// outer is the function that a step belongs to.
type outer struct {
	config *Item
	file   string // what findings call that
	step   string // and the step's own
	field  string
}

// lift says of a finding about a step's functionConfig where that stands.
func (o *outer) lift(f diag.Finding) diag.Finding {
	if o == nil {
		return f
	}
	if f.Object == "" && f.At.File == o.step && (f.Path == "spec" || strings.HasPrefix(f.Path, "spec.")) {
		f.Path = under(o.field, f.Path)
	}
	f.At = o.place(f.At)
	for i := range f.Notes {
		f.Notes[i].At = o.place(f.Notes[i].At)
	}
	return f
}

func (o *outer) place(at diag.Position) diag.Position {
	if at.File == o.step {
		return diag.Position{File: o.file}
	}
	return at
}

// Steps are the nodes of spec.steps of the functionConfig: their spec as it was written, tags included.
func (l *List) Steps() []*yaml.Node {
	steps := get(l.Config.node, "spec", "steps")
	if l.flat() {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(scalar(get(l.Config.node, "data", "steps"))), &doc) != nil || len(doc.Content) == 0 {
			return nil
		}
		steps = doc.Content[0]
	}
	var specs []*yaml.Node
	for _, n := range steps.Content {
		specs = append(specs, get(n, "spec"))
	}
	return specs
}

// list is the list as the step's function sees it.
func (l *List) list(s Step) *List {
	file := l.FileName(l.Config)
	step := &List{Items: l.Items, apiVersion: l.apiVersion, dash: l.dash, function: s.Function.Name, shared: s.Unnamed && l.anonymous()}
	step.Config = &Item{node: &yaml.Node{Kind: yaml.MappingNode}, free: true}
	for _, field := range [][]string{{APIVersion, "apiVersion"}, {s.Function.Kind, "kind"}, {s.Name, "metadata", "name"}} {
		step.Config.set(field[0], field[1:]...)
	}
	if s.Spec != nil {
		step.Config.node.Content = append(step.Config.node.Content, text("spec"), expand(s.Spec))
	}
	step.outer = &outer{config: l.Config, file: file, step: step.Config.ID().String(), field: s.Field}
	step.remember(file, origin{item: l.Config, noFile: l.files[file].noFile, noLines: true})
	return step
}

// CheckStep says what is wrong with the functionConfig of a step.
func (l *List) CheckStep(s Step) diag.Findings {
	step := l.list(s)
	findings := s.Function.Check(step)
	step.honest(findings)
	return findings
}

// RunStep runs a step on the list: what comes out is what would if it were a function of its own, its results included. It
// reports whether the next may run.
func (l *List) RunStep(ctx context.Context, s Step) bool {
	step := l.list(s)
	step.report(step.call(ctx, s.Function.Run))
	l.Items = step.Items
	l.results, l.said, l.failed = append(l.results, step.results...), l.said+step.said, l.failed || step.failed
	return !step.failed
}
