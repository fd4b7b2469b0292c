package main

import (
	"fmt"
	"path/filepath"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// givenBaseline is the baseline of manifests that come from no values repo.
type givenBaseline struct {
	*baseline.File // nil: there is none
	name           string
	recording      bool
}

// given reads the file, or begins one.
func (f *baselineFlags) given() (givenBaseline, diag.Findings) {
	b := givenBaseline{name: filepath.ToSlash(filepath.Clean(f.file)), recording: f.write}
	if f.file == "" {
		b.name = usualBaseline
	}
	var findings diag.Findings
	switch {
	case f.write:
		b.File = &baseline.File{}
	case f.file != "":
		b.File, findings = readBaseline(".", b.name)
	}
	return b, findings
}

// sort adds to the report what checks have found, and apart from it what is known.
func (b givenBaseline) sort(r *report.Report, check baseline.Check, objects []object.Object, findings diag.Findings, rules []string) {
	failed := incomplete(findings)
	in := baseline.Run{
		Check: check, Findings: findings, Rules: rules, Objects: objects,
		Secrets: redact.New(secretTexts(objects), names(objects)), Unsure: func(baseline.Key) bool { return failed },
	}
	if b.recording {
		b.Record(in)
	}
	others, known := b.Sort(in)
	r.Findings = append(r.Findings, others...)
	for _, f := range known {
		r.Suppressed = append(r.Suppressed, suppressed(f, true))
	}
}

// write writes what was found, if nothing else is wrong.
func (b givenBaseline) write(a *app, r report.Report) error {
	switch {
	case !b.recording:
		return nil
	case r.Findings.Failed():
		fmt.Fprintln(a.ErrOut, "no baseline was written: it cannot hold these errors")
		return nil
	default:
		return a.writeBaseline(filepath.FromSlash(b.name), b.name, b.File)
	}
}
