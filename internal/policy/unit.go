package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// TestResult is the outcome of one Rego unit test.
type TestResult struct {
	Package  string // as written: container_limits_test
	Name     string
	At       diag.Position
	Status   Status
	Message  string // why it failed
	Output   string // what it printed
	Duration time.Duration
}

// Status is how a test ended.
type Status string

// The ways a test ends.
const (
	Pass Status = "pass"
	Fail Status = "fail"
	Skip Status = "skip" // its name begins with todo_
)

// Test runs the rules test_* of the files policies/**/*_test.rego together with the set's policies. Display says how
// messages name a file; nil: as it is. Tests see what policies see; they may read and replace anything in data. The
// error is one of running them; what is wrong in a test's file is a finding.
func (s *Set) Test(ctx context.Context, fsys fs.FS, display func(string) string) ([]TestResult, diag.Findings, error) {
	if s == nil {
		return nil, nil, errors.New("test policies: the policies could not be loaded")
	}
	if display == nil {
		display = func(name string) string { return name }
	}
	modules, findings := s.tested(fsys, display)
	results, more, err := runTests(ctx, modules)
	return results, append(findings, more...), err
}

// runTests runs the tests among modules. Files that do not compile are left out, one must not hide how the tests of others end.
func runTests(ctx context.Context, modules map[string]*ast.Module) ([]TestResult, diag.Findings, error) {
	compiler := ast.NewCompiler().SetErrorLimit(0).WithCapabilities(rego.Capabilities()).WithDefaultRegoVersion(ast.RegoV1).
		WithEnablePrintStatements(true)
	runner := tester.NewRunner().SetCompiler(compiler).SetModules(modules).CapturePrintOutput(true).
		SetDefaultRegoVersion(ast.RegoV1).SetTimeout(30 * time.Second)
	results, err := runner.RunTests(ctx, nil)
	if compiler.Failed() {
		findings := rego.Findings("rego-compile", compiler.Errors, nil, diag.Position{File: folder})
		rest := maps.Clone(modules)
		for _, f := range findings {
			delete(rest, f.At.File)
		}
		if len(rest) == len(modules) || len(rest) == 0 {
			return nil, findings, nil
		}
		list, more, err := runTests(ctx, rest)
		return list, append(findings, more...), err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("test policies: %w", err)
	}
	var list []TestResult
	for r := range results {
		list = append(list, testResult(r))
	}
	slices.SortFunc(list, func(a, b TestResult) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.Name, b.Name))
	})
	if err := ctx.Err(); err != nil {
		return list, nil, fmt.Errorf("test policies: %w", err)
	}
	return list, nil, nil
}

// tested are the set's modules and those of the tests in the file system.
func (s *Set) tested(fsys fs.FS, display func(string) string) (map[string]*ast.Module, diag.Findings) {
	modules := map[string]*ast.Module{}
	var findings diag.Findings
	for _, b := range s.bundles {
		maps.Copy(modules, b.modules)
		files, f := collect(fsys, b.folder, display, true)
		findings = append(findings, f...)
		for _, f := range files {
			modules[f.at.File] = f.module
		}
	}
	return modules, findings
}

func testResult(r *tester.Result) TestResult {
	t := TestResult{
		Package: strings.TrimPrefix(r.Package, "data."), Name: r.Name, At: rego.Position(r.Location, nil, diag.Position{}),
		Status: Pass, Output: string(r.Output), Duration: r.Duration,
	}
	switch {
	case r.Skip:
		t.Status = Skip
	case r.Error != nil:
		t.Status, t.Message = Fail, r.Error.Error()
	case r.Fail:
		t.Status, t.Message = Fail, "the test is not true"
		if cases := failedCases("", r.SubResults); len(cases) > 0 {
			t.Message = "not true: " + strings.Join(cases, ", ")
		}
	}
	return t
}

// failedCases names the cases of a test with several that failed.
func failedCases(prefix string, results tester.SubResultMap) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(results)) {
		r := results[name]
		if len(r.SubResults) > 0 {
			names = append(names, failedCases(prefix+name+"/", r.SubResults)...)
		} else if r.Fail {
			names = append(names, prefix+name)
		}
	}
	return names
}
