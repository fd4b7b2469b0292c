package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

type suite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	File    string   `xml:"file,attr,omitempty"`
	Line    int      `xml:"line,attr,omitempty"`
	Failure *outcome `xml:"failure"`
	Skipped *outcome `xml:"skipped"`
	Out     string   `xml:"system-out,omitempty"`
}

type outcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// junit writes a suite per file: a failed case per error, a passed one per lighter finding and per object of which there is
// nothing to say, a skipped one per suppressed finding.
func (r Report) junit(w io.Writer) error {
	suites, totals := r.suites()
	if _, err := fmt.Fprintf(w, "%s<testsuites name=\"kubectl otomi validate\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\">\n", xml.Header, totals.Tests, totals.Failures, totals.Skipped); err != nil {
		return err
	}
	for _, s := range suites {
		text, err := xml.MarshalIndent(s, "  ", "  ")
		if err != nil {
			return err
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "</testsuites>\n")
	return err
}

// suites sorts the cases into their files, in the order in which these first occur.
func (r Report) suites() ([]*suite, suite) {
	var all []*suite
	var totals suite
	byFile := map[string]*suite{}
	add := func(file string, c testCase) {
		s := byFile[file]
		if s == nil {
			s = &suite{Name: diag.Printable(file)}
			if file == "" {
				s.Name = "kubectl otomi validate"
			}
			all, byFile[file] = append(all, s), s
		}
		c.Class = s.Name
		for _, s := range []*suite{s, &totals} {
			s.Tests++
			if c.Failure != nil {
				s.Failures++
			}
			if c.Skipped != nil {
				s.Skipped++
			}
		}
		s.Cases = append(s.Cases, c)
	}
	about := map[string]bool{}
	for _, f := range r.Findings {
		about[f.Object] = true
		add(r.file(f.At.File), r.testCase(f))
	}
	for _, f := range r.Suppressed {
		about[f.Object] = true
		c := r.testCase(f.Finding)
		c.Failure, c.Out, c.Skipped = nil, "", &outcome{Message: diag.Printable(f.Reason)}
		add(r.file(f.At.File), c)
	}
	for _, o := range r.Checked {
		if !about[o.Object] {
			add(r.file(o.File), testCase{Name: diag.Printable(o.Object), File: diag.Printable(r.file(o.File))})
		}
	}
	if len(all) == 0 {
		add("", testCase{Name: "nothing was found"}) // a report without cases is an error to many readers
	}
	return all, totals
}

func (r Report) testCase(f diag.Finding) testCase {
	name := f.Rule
	for _, about := range []string{f.Object, f.Path} {
		if about != "" {
			name += " " + about
		}
	}
	c := testCase{Name: diag.Printable(name), File: diag.Printable(r.file(f.At.File)), Line: f.At.Line}
	said := describe(f)
	if f.Severity == diag.Error {
		c.Failure = &outcome{Message: diag.Printable(f.Message), Type: f.Rule, Text: said}
	} else {
		c.Out = said
	}
	return c
}

// describe is a finding as text shows it, without the source.
func describe(f diag.Finding) string {
	var b strings.Builder
	_ = diag.Text{}.Print(&b, diag.Findings{f}) // a Builder takes everything
	return strings.TrimRight(b.String(), "\n")
}
