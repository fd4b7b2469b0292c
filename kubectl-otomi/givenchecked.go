package main

import (
	"maps"
	"slices"
	"sync"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// marked finds the objects that lack the mark of check-policies, if they have to bear it. The mark proves that the function ran,
// and for which policies; what an object holds may have changed since.
func (f *givenFlags) marked(objects []object.Object) diag.Findings {
	if !f.checked {
		return nil
	}
	var findings diag.Findings
	marks := map[string]int{}
	lists := &sync.Map{}
	for _, o := range objects {
		mark, there := o.GetLabels()[object.LabelChecked]
		if object.IsCheckMark(mark) {
			marks[mark]++
			continue
		}
		found := diag.Errorf("not-checked", object.NewLocator(o, lists).Place("metadata"), "the object lacks the label %s, which check-policies leaves", object.LabelChecked)
		if there {
			found.Message = "the label " + object.LabelChecked + " is none that check-policies leaves"
		}
		found.Object = o.ID().String()
		findings = append(findings, found)
	}
	if len(marks) == 0 && len(findings) > 0 {
		return diag.Findings{neverRan(len(findings))}
	}
	for i := range findings {
		findings[i].Hint = "let it pass through check-policies after the step that makes it"
	}
	return append(findings, f.strange(marks)...)
}

// neverRan is said once where not one object bears the mark.
func neverRan(objects int) diag.Finding {
	return diag.Errorf("not-checked", diag.Position{}, "not one of the %s has the label %s: check-policies has not run", count(objects, "object"), object.LabelChecked).
		WithHint("make it the last transformer or mutator; kustomize skips functions that are programs, without a word, unless --enable-exec is given, and kpt drops what validators change")
}

// strange warns of marks of other policies than this program's own, unless it is to judge the objects itself.
func (f *givenFlags) strange(marks map[string]int) diag.Findings {
	if len(f.policies) > 0 {
		return nil
	}
	own, err := policy.Mark(otomi.Core, nil)
	if err != nil {
		return diag.Findings{diag.Errorf("not-checked", diag.Position{}, "read embedded policies: %v", err)}
	}
	var findings diag.Findings
	for _, mark := range slices.Sorted(maps.Keys(marks)) {
		if mark != own {
			findings = append(findings, diag.Warningf("checked-otherwise", diag.Position{},
				"the mark %s, on %s, is of other policies or settings than those embedded here, %s", mark, count(marks[mark], "object"), own).
				WithHint("where that is meant, name the policies to hold them against once more: --policies embedded --policies DIR"))
		}
	}
	return findings
}
