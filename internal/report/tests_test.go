package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/report"
)

func outcome() report.Tests {
	return report.Tests{Suites: []report.TestSuite{
		{Path: "a.yaml", Duration: 2 * time.Second, Tests: []report.Test{
			{Name: "t", Duration: time.Second, Cases: []report.TestCase{
				{Name: "good", Status: report.Passed, Output: "seen\n"},
				{Name: "bad", Status: report.Failed, Message: "one\x1b[2J\ntwo <&>", Output: "printed\n", Duration: time.Millisecond},
				{Name: "later", Status: report.Skipped},
			}},
			{Name: "broken", Message: "no template", Cases: []report.TestCase{{Name: "c", Status: report.Failed, Message: "no template"}}},
			{Name: "whole", Whole: true, Cases: []report.TestCase{{Name: "it", Status: report.Passed}}},
			{Name: "off", Skipped: true, Cases: []report.TestCase{{Name: "c", Status: report.Skipped}}},
		}},
		{Path: "b.yaml", Skipped: true, Tests: []report.Test{{Name: "u", Skipped: true, Cases: []report.TestCase{}}}},
	}}
}

func TestTestsAsText(t *testing.T) {
	const short = `        printed
    --- FAIL: bad	(0.001s)
        one\x1b[2J
        two <&>
--- FAIL: t	(1.000s)
--- FAIL: broken	(0.000s)
  no template
FAIL	a.yaml	2.000s
skip	b.yaml	0.000s
FAIL
`
	const long = `=== RUN   t
    === RUN   good
        seen
    --- PASS: good	(0.000s)
    === RUN   bad
        printed
    --- FAIL: bad	(0.001s)
        one\x1b[2J
        two <&>
    === SKIP  later
--- FAIL: t	(1.000s)
=== RUN   broken
--- FAIL: broken	(0.000s)
  no template
=== RUN   whole
--- PASS: whole	(0.000s)
=== SKIP  off
FAIL	a.yaml	2.000s
skip	b.yaml	0.000s
FAIL
`
	for verbose, want := range map[bool]string{false: short, true: long} {
		var b bytes.Buffer
		if err := outcome().Write(&b, report.Text, verbose); err != nil || b.String() != want {
			t.Errorf("Write verbose %t = %v\n%s\nwant\n%s", verbose, err, b.String(), want)
		}
	}
}

func TestTestsForMachines(t *testing.T) {
	for format, wants := range map[string][]string{
		report.JSON:  {`"status": "fail"`, `"message": "one\u001b[2J\ntwo <&>"`, `"cases": []`},
		report.JUnit: {`tests="6" failures="2" errors="0" skipped="2"`, `<failure message="one\x1b[2J">one\x1b[2J&#xA;two &lt;&amp;&gt;</failure>`, `<testcase name="c" classname="broken" file="a.yaml">`},
	} {
		var b bytes.Buffer
		if err := outcome().Write(&b, format, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %s:\n%s", format, want, b.String())
			}
		}
	}
}

func TestTestsFailed(t *testing.T) {
	passed := report.Tests{Suites: []report.TestSuite{{Tests: []report.Test{{Cases: []report.TestCase{{Status: report.Passed}, {Status: report.Skipped}}}}}}}
	if passed.Failed() || !outcome().Failed() || !(report.Tests{Broken: true}).Failed() {
		t.Errorf("Failed = %t, %t, %t; want false, true, true", passed.Failed(), outcome().Failed(), report.Tests{Broken: true}.Failed())
	}
}
