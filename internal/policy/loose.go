package policy

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/conftest"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// loose are the rules of one folder that were written for conftest.
type loose struct {
	*conftest.Rules
	rules []looseRule
	run   *rego.Run
	data  ast.Value
	files *sync.Map // runs by file, where the rules read the object's
}

type looseRule struct {
	*conftest.Rule
	*guard
}

// prepareLoose gives the rules their data.
func (c *check) prepareLoose(settings Settings) error {
	data, err := ast.InterfaceToValue(settings.Data)
	if err != nil {
		return fmt.Errorf("read data: %w", err)
	}
	if settings.Data == nil {
		data = ast.NewObject()
	}
	for _, rules := range c.set.conftest {
		l := loose{Rules: rules, data: data, run: c.run.With(data), files: &sync.Map{}}
		for _, r := range rules.List {
			l.rules = append(l.rules, looseRule{Rule: r, guard: newGuard(r.ID(), r.At)})
		}
		c.loose = append(c.loose, l)
	}
	return nil
}

// byLoose judges an object by the rules written for conftest.
func (c *check) byLoose(ctx context.Context, s *subject) error {
	for _, l := range c.loose {
		review, err := c.reviewed(s)
		if err != nil {
			return err
		}
		run, input := l.runFor(s.Source.File), review.Object.Term
		if !slices.ContainsFunc(l.rules, func(r looseRule) bool { return r.skips(s) }) {
			verdicts, outcome := l.JudgeAll(ctx, run, input)
			if outcome.Err == nil {
				for i, r := range l.rules {
					r.report(s, verdicts[i])
				}
				continue
			}
			if outcome.Timeout { // who it was is told in the time that one may take
				if len(l.rules) == 1 {
					l.rules[0].tooSlow(s.index)
				}
				run = run.Sharing(len(l.rules))
			}
		}
		for _, r := range l.rules {
			if !r.skips(s) {
				verdict, outcome := r.Judge(ctx, run, input)
				c.outcome(s, r.guard, nil, outcome)
				r.report(s, verdict)
			}
		}
	}
	return nil
}

func (r looseRule) report(s *subject, v conftest.Verdict) {
	if v.Excepted {
		f := diag.Infof(r.ID(), s.Source.Position(), "a rule exception lets it pass")
		f.Object = s.name
		s.out.Exempted = append(s.out.Exempted, f)
	}
	for _, v := range v.Violations {
		s.report(r.finding(s, v))
	}
}

// runFor is the run for the objects of a file.
func (l loose) runFor(file string) *rego.Run {
	if !l.PerObject() {
		return l.run
	}
	run, _ := l.files.LoadOrStore(file, l.run.With(l.Data(l.data, file)))
	return run.(*rego.Run)
}

func (r looseRule) finding(s *subject, v conftest.Violation) diag.Finding {
	f := diag.Finding{Severity: r.Severity, Rule: r.ID(), Message: v.Message, Object: s.name, Path: v.Path, At: s.locator.Place(v.Path)}
	if v.At.Line > 0 {
		if v.At.File == "" {
			v.At.File = f.At.File
		}
		f.At = v.At
	}
	return f
}
