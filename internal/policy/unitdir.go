package policy

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestDir runs the tests of a folder's Rego: of policies of ours as Set.Test does, of any other Rego all rules test_* in it,
// in whichever version of the language each file is written. A folder without Rego has none.
func TestDir(ctx context.Context, fsys fs.FS, display func(string) string) ([]TestResult, diag.Findings, error) {
	names, err := walk(fsys, func(name string) bool { return path.Ext(name) == ".rego" })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diag.Findings{diag.Errorf("policy-file", diag.Position{File: display(".")}, "read policies: %v", err)}, nil
	}
	if len(names) == 0 {
		return nil, nil, nil
	}
	if folder, ours := ourFolder(fsys, names); ours {
		set, findings := loadOurs(fsys, folder, display)
		if findings.Failed() {
			return nil, findings, nil
		}
		results, more, err := set.Test(ctx, fsys, display)
		return results, append(findings, more...), err
	}
	modules, findings := parseEach(fsys, names, display)
	if !hasTests(modules) {
		return nil, findings, nil
	}
	results, more, err := runTests(ctx, modules)
	return results, append(findings, more...), err
}

// hasTests reports whether there is a test at all: Rego without one need not even compile with what is here.
func hasTests(modules map[string]*ast.Module) bool {
	for _, m := range modules {
		for _, r := range m.Rules {
			if name := string(r.Head.Name); strings.HasPrefix(name, "test_") || strings.HasPrefix(name, "todo_test_") {
				return true
			}
		}
	}
	return false
}
