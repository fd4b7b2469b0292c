package render

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Told is a finding in words without secrets: those of the same failure in what a run with other secrets found, or none.
func Told(f diag.Finding, again diag.Findings) diag.Finding {
	i := slices.IndexFunc(again, func(a diag.Finding) bool { return a.At == f.At && a.Rule == f.Rule && a.Message == f.Message })
	if i < 0 {
		i = slices.IndexFunc(again, func(a diag.Finding) bool { return a.At == f.At && a.Rule == f.Rule })
	}
	if i < 0 {
		f.Message, f.Hint, f.Notes = "this fails with words that secrets went into, so they are not shown", "", nil
		return f
	}
	hide := redact.New([]string{values.Placeholder}, nil).Text
	f.Message, f.Hint, f.Notes = hide(again[i].Message), hide(again[i].Hint), slices.Clone(again[i].Notes)
	for n := range f.Notes {
		f.Notes[n].Message = hide(f.Notes[n].Message)
	}
	return f
}
