package policy

import (
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// MainOnly is the set without the rules for conftest that stand in other packages than main, as conftest has it where nobody
// asks for all. A finding names what is left out: an error where nothing is left.
func (s *Set) MainOnly(display string) (*Set, diag.Findings) {
	if s == nil {
		return nil, nil
	}
	only := *s
	only.conftest = nil
	var findings diag.Findings
	var others []string
	for _, rules := range s.conftest {
		left, packages, f := rules.Main()
		others, findings = append(others, packages...), append(findings, f...)
		if len(left.List) > 0 {
			only.conftest = append(only.conftest, left)
		}
	}
	if len(others) > 0 {
		f := diag.Infof("other-packages", diag.Position{File: display}, "rules of other packages than main do not judge: %s", strings.Join(others, ", ")).
			WithHint("to have all judge, add --all-packages")
		if len(only.Policies()) == 0 && len(only.gatekeeper.Templates()) == 0 {
			f.Severity = diag.Error
		}
		findings = append(findings, f)
	}
	if findings.Failed() {
		return nil, findings
	}
	return &only, findings
}
