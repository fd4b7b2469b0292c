package render

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// inOrder sorts releases, which come by runlevel, so that within a level what is needed comes before what needs it and
// otherwise nothing moves.
func inOrder(releases []Release) ([]Release, diag.Findings) {
	level := map[string]string{}
	names := make([]string, len(releases))
	for i, r := range releases {
		level[r.Name], names[i] = r.Runlevel, r.Name
	}
	var findings diag.Findings
	for _, r := range releases {
		for _, need := range r.Needs {
			switch at, known := level[need]; {
			case !known:
				f := diag.Errorf("unknown-need", r.at("needs"), "release %q needs %q, which is no release", r.Name, need)
				f.Hint = diag.DidYouMean(need, names)
				findings = append(findings, f)
			case at > r.Runlevel:
				findings = append(findings, diag.Errorf("need-order", r.at("needs"),
					"release %q of runlevel %s needs %q, which comes later, in runlevel %s", r.Name, r.Runlevel, need, at))
			}
		}
	}
	if findings.Failed() {
		return releases, findings
	}
	s := sorter{byName: map[string]Release{}, state: map[string]int{}}
	for _, r := range releases {
		s.byName[r.Name] = r
	}
	for _, r := range releases {
		s.visit(r, nil)
	}
	return s.out, s.findings
}

type sorter struct {
	byName   map[string]Release
	state    map[string]int // 1: being visited, 2: done
	out      []Release
	findings diag.Findings
}

func (s *sorter) visit(r Release, way []string) {
	way = append(way[:len(way):len(way)], r.Name)
	switch s.state[r.Name] {
	case 1:
		cycle := way[slices.Index(way, r.Name):]
		s.findings = append(s.findings, diag.Errorf("need-cycle", r.at("needs"), "releases need each other: %s", strings.Join(cycle, " → ")))
		return
	case 2:
		return
	}
	s.state[r.Name] = 1
	for _, need := range r.Needs {
		if n := s.byName[need]; n.Runlevel == r.Runlevel {
			s.visit(n, way)
		}
	}
	s.state[r.Name] = 2
	s.out = append(s.out, r)
}
