package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// Options are what a run needs beside the suite.
type Options struct {
	FS     fs.FS // that the suite was found in
	Filter Filter
	Now    func() time.Time
	Learn  func([]object.Object) // is told of the Secrets that were read, whose values must not be shown; nil: nobody is
}

// runner runs the tests of one suite.
type runner struct {
	suite *Suite
	fs    fs.FS
	Options
}

// Run runs a suite. What is wrong with a test is why its cases fail.
func (s *Suite) Run(ctx context.Context, o Options) report.TestSuite {
	r := &runner{suite: s, fs: o.FS, Options: o}
	out := report.TestSuite{Path: s.Path, Tests: make([]report.Test, 0, len(s.Tests)), Skipped: s.Skip}
	start := o.Now()
	for i := range s.Tests {
		t := &s.Tests[i]
		if s.Skip || t.Skip || !o.Filter.Test(t) {
			out.Tests = append(out.Tests, all(t, report.Skipped, ""))
			continue
		}
		start := o.Now()
		one := r.test(ctx, t)
		one.Duration = o.Now().Sub(start)
		out.Tests = append(out.Tests, one)
	}
	out.Duration = o.Now().Sub(start)
	return out
}

// all is a test whose cases all ended in the same way, before they began.
func all(t *Test, status report.TestStatus, message string) report.Test {
	out := report.Test{Name: t.Name, Cases: []report.TestCase{}, Message: message, Skipped: status == report.Skipped}
	for _, c := range t.Cases {
		one := report.TestCase{Name: c.Name, Status: status, Message: message}
		if c.Skip {
			one = report.TestCase{Name: c.Name, Status: report.Skipped}
		}
		out.Cases = append(out.Cases, one)
	}
	if len(out.Cases) == 0 || status == report.Failed && !failed(out.Cases) {
		out.Cases = append(out.Cases, report.TestCase{Name: t.Name, Status: status, Message: message})
	}
	return out
}

func failed(cases []report.TestCase) bool {
	for _, c := range cases {
		if c.Status == report.Failed {
			return true
		}
	}
	return false
}

func (r *runner) test(ctx context.Context, t *Test) report.Test {
	set, err := r.prepare(t)
	switch {
	case t.Invalid && err == nil:
		err = errors.New("the constraint fits the template's schema, and the test says that it is invalid")
	case t.Invalid && set != nil && set.Misfit():
		return report.Test{Name: t.Name, Whole: true, Cases: []report.TestCase{{Name: "invalid constraint", Status: report.Passed}}}
	}
	if err != nil {
		return all(t, report.Failed, err.Error())
	}
	out := report.Test{Name: t.Name, Cases: make([]report.TestCase, 0, len(t.Cases))}
	for i := range t.Cases {
		c := &t.Cases[i]
		one := report.TestCase{Name: c.Name, Status: report.Skipped}
		if !c.Skip && r.Filter.Case(t.Name, c.Name) {
			one.Status = report.Passed
			start := r.Now()
			if err := r.check(ctx, set, c, t.Expansion != ""); err != nil {
				one.Status, one.Message = report.Failed, err.Error()
			}
			one.Duration = r.Now().Sub(start)
		}
		out.Cases = append(out.Cases, one)
	}
	return out
}

// prepare compiles what the test names. With an error there may be a set, which says whether the constraint is a misfit.
func (r *runner) prepare(t *Test) (*gatekeeper.Set, error) {
	group := func(group, kind string) func(object.Object) bool {
		return func(o object.Object) bool {
			gvk := o.GroupVersionKind()
			return gvk.Group == group && (kind == "" || gvk.Kind == kind)
		}
	}
	template, err := r.policies(t.Template, "ConstraintTemplate", group(gatekeeper.TemplateGroup, "ConstraintTemplate"))
	if err != nil {
		return nil, err
	}
	if set, findings := gatekeeper.Read(template[:1]); findings.Failed() {
		return set, findings.Err()
	}
	constraint, err := r.policies(t.Constraint, "constraint", group(gatekeeper.ConstraintGroup, ""))
	if err != nil {
		return nil, err
	}
	objects := []object.Object{template[0], constraint[0]}
	if t.Expansion != "" && !t.Invalid {
		expansions, err := r.policies(t.Expansion, "ExpansionTemplate", group(gatekeeper.ExpansionGroup, "ExpansionTemplate"))
		if err != nil {
			return nil, err
		}
		objects = append(objects, expansions...)
	}
	set, findings := gatekeeper.Read(objects)
	if findings = append(findings, set.Missing()...); findings.Failed() {
		return set, findings.Err()
	}
	if len(set.Templates()) == 0 {
		return set, fmt.Errorf("%s is of no use", t.Template)
	}
	return set, nil
}
