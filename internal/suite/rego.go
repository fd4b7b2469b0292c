package suite

import (
	"fmt"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// Rego shows tests of Rego as suites: a file is a suite, a package a test, a rule a case. Results come in the order of their
// files.
func Rego(results []policy.TestResult, filter Filter) []report.TestSuite {
	var suites []report.TestSuite
	for _, r := range results {
		if len(suites) == 0 || suites[len(suites)-1].Path != r.At.File {
			suites = append(suites, report.TestSuite{Path: r.At.File})
		}
		s := &suites[len(suites)-1]
		if len(s.Tests) == 0 || s.Tests[len(s.Tests)-1].Name != r.Package {
			s.Tests = append(s.Tests, report.Test{Name: r.Package})
		}
		t := &s.Tests[len(s.Tests)-1]
		one := report.TestCase{Name: r.Name, Status: report.TestStatus(r.Status), Message: r.Message, Output: r.Output, Duration: r.Duration}
		if !filter.Case(r.Package, r.Name) {
			one = report.TestCase{Name: r.Name, Status: report.Skipped}
		}
		t.Cases = append(t.Cases, one)
		t.Duration, s.Duration = t.Duration+one.Duration, s.Duration+one.Duration
	}
	return suites
}

// Broken shows files that could not be read or compiled as suites whose only case has failed: what a machine counts must not
// look as if there had been no tests.
func Broken(findings diag.Findings) []report.TestSuite {
	var suites []report.TestSuite
	at := map[string]int{}
	for _, f := range findings {
		if f.Severity != diag.Error || f.At.File == "" {
			continue
		}
		message := fmt.Sprintf("%v: %s", f.At, f.Message)
		if i, known := at[f.At.File]; known {
			suites[i].Tests[0].Cases[0].Message += "\n" + message
			continue
		}
		name := f.Rule
		if strings.HasPrefix(f.Rule, "rego-") {
			name = "compile"
		}
		at[f.At.File] = len(suites)
		one := report.TestCase{Name: name, Status: report.Failed, Message: message}
		suites = append(suites, report.TestSuite{Path: f.At.File, Tests: []report.Test{{Name: name, Cases: []report.TestCase{one}}}})
	}
	return suites
}
