package redact

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Findings are the findings with every secret hidden: templates, schemas and API servers put values into their messages.
func (r *Redactor) Findings(findings diag.Findings) diag.Findings {
	if r == nil || len(r.forms) == 0 {
		return findings
	}
	out := slices.Clone(findings)
	for i := range out {
		f := &out[i]
		f.Message, f.Hint, f.Path, f.Object = r.Text(f.Message), r.Text(f.Hint), r.Text(f.Path), r.Text(f.Object)
		f.Proposed = r.Text(f.Proposed)
		f.Notes = slices.Clone(f.Notes)
		for j := range f.Notes {
			f.Notes[j].Message = r.Text(f.Notes[j].Message)
		}
	}
	return out
}
