package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// checkPackage holds a file to the package that its place asks for, so that no policy can add to another's rules.
func checkPackage(f text) diag.Findings {
	pkg := f.module.Package.Path
	at := rego.Position(f.module.Package.Location, nil, f.at)
	if f.policy == "" {
		if len(pkg) > 1 && pkg[1].Equal(ast.StringTerm(library)) {
			return nil
		}
		return diag.Findings{diag.Errorf("policy-package", at, "package %s stands in %s/%s", packageName(pkg), folder, library).
			WithHint("name it lib.<name>")}
	}
	want := strings.ReplaceAll(f.policy, "-", "_")
	if len(pkg) == 2 && pkg[1].Equal(ast.StringTerm(want)) {
		return nil
	}
	return diag.Findings{diag.Errorf("policy-package", at, "package %s stands in the folder of policy %s", packageName(pkg), f.policy).
		WithHint("name it %s", want)}
}

// checkRefs refuses what Gatekeeper would not show a policy. Such a reference is undefined there and here, and a rule
// over something undefined lets everything pass.
func checkRefs(f text) diag.Findings {
	var findings diag.Findings
	visit := func(ref ast.Ref) bool {
		at := rego.Position(ref[0].Location, nil, f.at)
		switch {
		case ref[0].Equal(ast.DefaultRootDocument) && !permitted(ref, library, "inventory"):
			findings = append(findings, diag.Errorf("policy-data", at, "%v cannot be read by a policy", ref).
				WithHint("a policy reads data.lib and data.inventory; its own rules go by their names alone"))
		case ref[0].Equal(ast.InputRootDocument) && len(ref) > 1 && !permitted(ref, "review", "parameters"):
			findings = append(findings, diag.Errorf("policy-input", at, "%v does not exist", ref).
				WithHint("%s", inputHint(ref)))
		}
		return false
	}
	for _, i := range f.module.Imports {
		ast.WalkRefs(i, visit)
	}
	for _, r := range f.module.Rules {
		ast.WalkRefs(r, visit)
	}
	return findings
}

// permitted reports whether the reference's second part is one of the names.
func permitted(ref ast.Ref, names ...string) bool {
	if len(ref) < 2 {
		return false
	}
	s, ok := ref[1].Value.(ast.String)
	return ok && slices.Contains(names, string(s))
}

func inputHint(ref ast.Ref) string {
	if s, ok := ref[1].Value.(ast.String); ok {
		if hint := diag.DidYouMean(string(s), []string{"review", "parameters"}); hint != "" {
			return hint
		}
	}
	return "the object is input.review.object, the parameters are input.parameters"
}

func readsInventory(m *ast.Module) bool {
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		found = found || ref[0].Equal(ast.DefaultRootDocument) && permitted(ref, "inventory")
		return found
	})
	return found
}

// checkViolation makes sure that the policy has a rule `violation contains …`: without one it would forbid nothing.
func checkViolation(id string, files []text) diag.Findings {
	var findings diag.Findings
	rules := 0
	for _, f := range files {
		for _, r := range f.module.Rules {
			if r.Head.Ref()[0].Value.Compare(ast.Var("violation")) != 0 {
				continue
			}
			rules++
			if len(r.Head.Ref()) != 1 || r.Head.RuleKind() != ast.MultiValue {
				findings = append(findings, diag.Errorf("policy-violation", rego.Position(r.Location, nil, f.at), "violation must be a set").
					WithHint("write violation contains {…} if {…}"))
			}
		}
	}
	if rules == 0 {
		at := files[0].at
		findings = append(findings, diag.Errorf("policy-violation", at, "policy %s has no rule violation, so it forbids nothing", id).
			WithHint("write violation contains {…} if {…}"))
	}
	return findings
}

func packageName(path ast.Ref) string { return strings.TrimPrefix(path.String(), "data.") }
