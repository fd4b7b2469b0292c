package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/report"
	"github.com/otomi/kubectl-otomi/test/module"
)

var update = flag.Bool("update", false, "write the golden files")

// sample has a finding of every kind: with and without place, hint, notes, clusters, known rule, and with what XML, JSON, URIs
// and workflow commands have to escape.
func sample() report.Report {
	violation := diag.Finding{
		Severity: diag.Error, Rule: "team-label", Message: "the label team is missing", Hint: "add the label team",
		Object: "ConfigMap/web/web", Path: "metadata.labels.team", At: diag.Position{File: "platform/web/web.yaml", Line: 3, Col: 1},
	}
	exempt := violation
	exempt.Object, exempt.At.Line = "ConfigMap/web/old", 9
	return report.Report{
		Findings: diag.Findings{
			violation, violation,
			diag.Warningf("unread-value", diag.Position{File: "env/a b:50%.yaml", Line: 2, Col: 3}, "no template reads <this> & \"that\"\x1b[2J,\n100%%").
				WithPath("größe").WithNote(diag.Position{File: "embedded:platform/defaults.yaml", Line: 7, Col: 1}, "it is set here too").WithNote(diag.Position{}, "and elsewhere"),
			diag.Infof("unread-file", diag.Position{File: "/etc/x.yaml"}, "no cluster reads this file"),
			{Severity: diag.Error, Rule: "unknown-cluster", Message: "no cluster is called \"mars\"", Clusters: []string{"dev", "prod"}},
		},
		Suppressed: []report.Suppressed{{Finding: exempt, Reason: "it goes in May <soon>"}},
		Checked:    []report.Checked{{File: "platform/web/web.yaml", Object: "ConfigMap/web/web"}, {File: "platform/web/web.yaml", Object: "Service/web/web"}},
		Rules:      map[string]report.Rule{"team-label": {Title: "Team label", Description: "ConfigMaps say whose they are.", Fix: "Add the label team.", Severity: diag.Error}},
		Scope:      "2 clusters", Folder: "repos/acme", Home: "otomi.yaml", Version: "0.5.0",
	}
}

func write(t *testing.T, r report.Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format, diag.Text{}); err != nil {
		t.Fatalf("write %s: %v", format, err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	for _, format := range report.Formats() {
		for name, r := range map[string]report.Report{"sample": sample(), "empty": {Scope: "1 cluster"}} {
			got, golden := write(t, r, format), filepath.Join("testdata", name+"."+format)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		}
	}
}

// TestSARIF holds what is written to the schema that OASIS publishes with the standard; a module that writes SARIF carries it.
func TestSARIF(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(module.Dir(t, "github.com/securego/gosec/v2@v2.29.0"), "report/sarif/testdata/sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]report.Report{"sample": sample(), "empty": {}, "no home": {Findings: sample().Findings}} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(write(t, r, report.SARIF)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFingerprints: they stay when lines move, differ among findings that say the same, and with what is said.
func TestFingerprints(t *testing.T) {
	fingerprints := func(r report.Report) []string {
		var log struct {
			Runs []struct {
				Results []struct{ PartialFingerprints map[string]string }
			}
		}
		if err := json.Unmarshal([]byte(write(t, r, report.SARIF)), &log); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, result := range log.Runs[0].Results {
			all = append(all, result.PartialFingerprints["otomiFinding/v1"])
		}
		return all
	}
	before, moved := fingerprints(sample()), sample()
	for i := range moved.Findings {
		moved.Findings[i].At.Line += 10
	}
	moved.Suppressed[0].At.Line++
	if diff := cmp.Diff(before, fingerprints(moved)); diff != "" {
		t.Errorf("moved (-before +after):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, f := range before {
		if seen[f] || len(f) != 32 {
			t.Errorf("fingerprint %q is empty or not the only one", f)
		}
		seen[f] = true
	}
}

// TestJUnit reads what is written as XML, and counts.
func TestJUnit(t *testing.T) {
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Tests int `xml:"tests,attr"`
			Cases []struct {
				Failure *struct{} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	text := write(t, sample(), report.JUnit)
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	tests, failures, skipped := 0, 0, 0
	for _, s := range all.Suites {
		if s.Tests != len(s.Cases) {
			t.Errorf("a suite says %d tests and has %d", s.Tests, len(s.Cases))
		}
		for _, c := range s.Cases {
			tests++
			if c.Failure != nil {
				failures++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
	}
	if tests != 7 || failures != 3 || skipped != 1 || all.Tests != 7 || all.Failures != 3 || all.Skipped != 1 {
		t.Errorf("%d tests, %d failures, %d skipped in %s", tests, failures, skipped, text)
	}
}

// broken fails at the n-th write.
type broken struct{ n int }

func (b *broken) Write(p []byte) (int, error) {
	if b.n--; b.n < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestWriteFails: whatever piece cannot be written, the error is returned.
func TestWriteFails(t *testing.T) {
	for _, format := range report.Formats() {
		for n := range 4 {
			if err := sample().Write(&broken{n}, format, diag.Text{}); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s, write %d: %v", format, n, err)
			}
		}
	}
}

// TestWholeStrings: no string is cut in two, for secrets are looked for in what is written at once.
func TestWholeStrings(t *testing.T) {
	for _, format := range report.Formats() {
		var pieces pieces
		if err := sample().Write(&pieces, format, diag.Text{}); err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			if strings.Count(p, `"`)%2 != 0 || len(p) > 4000 {
				t.Errorf("%s writes %q", format, p)
			}
		}
		if len(pieces) < 4 {
			t.Errorf("%s is written in %d pieces", format, len(pieces))
		}
	}
}

type pieces []string

func (p *pieces) Write(data []byte) (int, error) {
	*p = append(*p, string(data))
	return len(data), nil
}
