package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Tests is how tests of policies ended.
type Tests struct {
	Suites []TestSuite `json:"suites"`
	Broken bool        `json:"-"` // not all could be run
}

// TestSuite is the tests of one file.
type TestSuite struct {
	Path     string        `json:"path"`
	Tests    []Test        `json:"tests"`
	Skipped  bool          `json:"-"`
	Duration time.Duration `json:"-"`
}

// Test is cases that have a name together.
type Test struct {
	Name     string        `json:"name"`
	Cases    []TestCase    `json:"cases"`
	Message  string        `json:"-"` // why none of its cases could be run; they have failed
	Skipped  bool          `json:"-"`
	Whole    bool          `json:"-"` // it has no cases; the one that is there stands for all of it
	Duration time.Duration `json:"-"`
}

// TestCase is one case.
type TestCase struct {
	Name     string        `json:"name"`
	Status   TestStatus    `json:"status"`
	Message  string        `json:"message"`
	Output   string        `json:"-"` // what it printed
	Duration time.Duration `json:"-"`
}

// TestStatus is how a case ended.
type TestStatus string

// The ways a case ends.
const (
	Passed  TestStatus = "pass"
	Failed  TestStatus = "fail"
	Skipped TestStatus = "skip"
)

// TestFormats are the formats of Tests, the one for people first.
func TestFormats() []string { return []string{Text, JSON, JUnit} }

// Failed reports whether a case has failed, or could not be run.
func (t Tests) Failed() bool {
	if t.Broken {
		return true
	}
	for _, s := range t.Suites {
		if s.failed() {
			return true
		}
	}
	return false
}

func (s TestSuite) failed() bool {
	for _, t := range s.Tests {
		if t.failed() {
			return true
		}
	}
	return false
}

func (t Test) failed() bool {
	for _, c := range t.Cases {
		if c.Status == Failed {
			return true
		}
	}
	return false
}

// Write writes the outcome in a format. Text names what failed, and everything when it is verbose.
func (t Tests) Write(w io.Writer, format string, verbose bool) error {
	switch format {
	case JSON:
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(t)
	case JUnit:
		return t.junit(w)
	default:
		_, err := io.WriteString(w, t.text(verbose))
		return err
	}
}

// text is in the manner of go test, which gator's is in, too.
func (t Tests) text(verbose bool) string {
	var b strings.Builder
	for _, s := range t.Suites {
		for _, one := range s.Tests {
			if !s.Skipped {
				one.text(&b, verbose)
			}
		}
		word := "ok"
		switch {
		case s.failed():
			word = "FAIL"
		case s.Skipped:
			word = "skip"
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\n", word, diag.Printable(s.Path), seconds(s.Duration))
	}
	if t.Failed() {
		b.WriteString("FAIL\n")
	} else {
		b.WriteString("PASS\n")
	}
	return b.String()
}

func (t Test) text(b *strings.Builder, verbose bool) {
	name := diag.Printable(t.Name)
	if verbose && t.Skipped {
		fmt.Fprintf(b, "=== SKIP  %s\n", name)
		return
	}
	if verbose {
		fmt.Fprintf(b, "=== RUN   %s\n", name)
	}
	if t.Message == "" && !t.Whole {
		for _, c := range t.Cases {
			c.text(b, verbose)
		}
	}
	switch {
	case t.failed():
		fmt.Fprintf(b, "--- FAIL: %s\t(%s)\n", name, seconds(t.Duration))
		if t.Message != "" {
			fmt.Fprintf(b, "%s\n", indented("  ", t.Message))
		}
	case verbose:
		fmt.Fprintf(b, "--- PASS: %s\t(%s)\n", name, seconds(t.Duration))
	}
}

func (c TestCase) text(b *strings.Builder, verbose bool) {
	name := diag.Printable(c.Name)
	switch {
	case verbose && c.Status == Skipped:
		fmt.Fprintf(b, "    === SKIP  %s\n", name)
	case verbose:
		fmt.Fprintf(b, "    === RUN   %s\n", name)
	}
	if c.Output != "" && (verbose || c.Status == Failed) {
		fmt.Fprintf(b, "%s\n", indented("        ", strings.TrimRight(c.Output, "\n")))
	}
	switch {
	case c.Status == Failed:
		fmt.Fprintf(b, "    --- FAIL: %s\t(%s)\n%s\n", name, seconds(c.Duration), indented("        ", c.Message))
	case verbose && c.Status == Passed:
		fmt.Fprintf(b, "    --- PASS: %s\t(%s)\n", name, seconds(c.Duration))
	}
}

func indented(by, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = by + diag.Printable(line)
	}
	return strings.Join(lines, "\n")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3fs", d.Seconds()) }

// junit writes a suite per file and a case per case, named after its test.
func (t Tests) junit(w io.Writer) error {
	all := struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Suites   []suite
	}{Name: "kubectl otomi policy test"}
	for _, s := range t.Suites {
		one := s.junit()
		all.Tests, all.Failures, all.Skipped = all.Tests+one.Tests, all.Failures+one.Failures, all.Skipped+one.Skipped
		all.Suites = append(all.Suites, one)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func (s TestSuite) junit() suite {
	out := suite{Name: diag.Printable(s.Path)}
	for _, t := range s.Tests {
		for _, c := range t.Cases {
			one := testCase{Name: diag.Printable(c.Name), Class: diag.Printable(t.Name), File: diag.Printable(s.Path), Out: c.Output}
			out.Tests++
			switch c.Status {
			case Failed:
				out.Failures++
				first, _, _ := strings.Cut(c.Message, "\n")
				one.Failure = &outcome{Message: diag.Printable(first), Text: indented("", c.Message)}
			case Skipped:
				out.Skipped++
				one.Skipped = &outcome{Message: diag.Printable(c.Message)}
			}
			out.Cases = append(out.Cases, one)
		}
	}
	return out
}
