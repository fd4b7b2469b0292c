package suite

import (
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
