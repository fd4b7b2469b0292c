package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// sharing collects the findings of clusters; one that several have is kept once, with their names.
type sharing struct {
	findings diag.Findings
	several  bool           // there is more than one cluster
	at       map[string]int // where a finding is, by all that it says
}

func (s *sharing) add(cluster string, findings diag.Findings) {
	for _, f := range findings {
		if !s.several {
			s.findings = append(s.findings, f)
			continue
		}
		key := fmt.Sprintf("%#v", f)
		i, known := s.at[key]
		if !known {
			i = len(s.findings)
			s.at[key], s.findings = i, append(s.findings, f)
		}
		if names := s.findings[i].Clusters; len(names) == 0 || names[len(names)-1] != cluster {
			s.findings[i].Clusters = append(names, cluster)
		}
	}
}

// reportOn is the report on clusters, what is shared said once.
func reportOn(clusters []*built, findings diag.Findings) report.Report {
	shared := sharing{findings: findings, several: len(clusters) > 1, at: map[string]int{}}
	exempted := sharing{several: shared.several, at: map[string]int{}}
	listed := sharing{several: shared.several, at: map[string]int{}}
	r := report.Report{Rules: map[string]report.Rule{}}
	known := map[report.Checked]bool{}
	for _, b := range clusters {
		shared.add(b.cluster.Name, b.findings)
		exempted.add(b.cluster.Name, b.exempted)
		listed.add(b.cluster.Name, b.listed)
		for _, c := range checkedObjects(b.objects) {
			if !known[c] {
				known[c], r.Checked = true, append(r.Checked, c)
			}
		}
		describePolicies(r.Rules, b.policies)
	}
	r.Findings = shared.findings
	for _, f := range exempted.findings {
		r.Suppressed = append(r.Suppressed, suppressed(f, false))
	}
	for _, f := range listed.findings {
		r.Suppressed = append(r.Suppressed, suppressed(f, true))
	}
	return r
}

// suppressed is a finding that an exemption lets pass, or a baseline. Its last note says which.
func suppressed(f diag.Finding, known bool) report.Suppressed {
	s := report.Suppressed{Finding: f, Known: known}
	if last := len(f.Notes) - 1; last >= 0 {
		s.Reason = f.Notes[last].Message
	}
	return s
}

func checkedObjects(objects []object.Object) []report.Checked {
	all := make([]report.Checked, len(objects))
	for i, o := range objects {
		all[i] = report.Checked{File: o.Source.File, Object: o.ID().String()}
	}
	return all
}

// describePolicies notes what policies say of themselves.
func describePolicies(rules map[string]report.Rule, set *policy.Set) {
	for _, p := range set.Policies() {
		rules[p.ID] = report.Rule{Title: p.Title, Description: p.Description, Fix: p.Fix, Severity: p.Severity}
	}
}

// folder is the values repo as seen from the working directory, which is where code hosts' paths begin in a pipeline.
func (a *app) folder() string {
	dir := a.dir
	if filepath.IsAbs(dir) {
		here, err := os.Getwd()
		if err != nil {
			return ""
		}
		if dir, err = filepath.Rel(here, dir); err != nil {
			return ""
		}
	}
	if dir = filepath.ToSlash(filepath.Clean(dir)); dir == "." || strings.HasPrefix(dir, "../") {
		return ""
	}
	return dir
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
