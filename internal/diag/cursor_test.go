package diag_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestExcerptsInAnyOrder: what is shown of a finding does not depend on what was shown before it.
func TestExcerptsInAnyOrder(t *testing.T) {
	texts := map[string]string{"a.yaml": "a: 1\nb: größe\n\nd: x\r\ne: y", "b.yaml": "", "c.yaml": "x: y\n"}
	p := diag.Text{Source: func(name string) []byte { return []byte(texts[name]) }}
	var one, all strings.Builder
	var findings diag.Findings
	for i := range 300 {
		at := diag.Position{File: string("abc"[i*7%3]) + ".yaml", Line: i * 11 % 8, Col: i * 5 % 13}
		f := diag.Errorf("x", at, "wrong")
		findings = append(findings, f)
		if err := p.Print(&one, diag.Findings{f}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Print(&all, findings); err != nil {
		t.Fatal(err)
	}
	if one.String() != all.String() {
		t.Error("findings that are printed together show other excerpts than each by itself")
	}
}

// TestTextIsReadOnce: a file with many findings is gone through once, not for each.
func TestTextIsReadOnce(t *testing.T) {
	asked := 0
	p := diag.Text{Source: func(string) []byte { asked++; return []byte("a: x\nb: y\n") }}
	if err := p.Print(io.Discard, diag.Findings{
		diag.Errorf("x", diag.Position{File: "a.yaml", Line: 1, Col: 4}, "wrong"),
		diag.Errorf("x", diag.Position{File: "a.yaml", Line: 2, Col: 4}, "wrong"),
	}); err != nil || asked != 1 {
		t.Errorf("Print asked for the text of one file %d times, %v, want 1", asked, err)
	}
}

// BenchmarkPrint must take as long per finding whatever their number, on lines of their own and on one.
func BenchmarkPrint(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, end := range []string{"\n", ", "} {
			text := []byte(strings.Repeat("k: yes"+end, n))
			p := diag.Text{Source: func(string) []byte { return text }}
			findings := make(diag.Findings, n)
			for i := range findings {
				at := diag.Position{File: "a.yaml", Line: 1 + bytes.Count([]byte(end), []byte("\n"))*i, Col: 4}
				if end != "\n" {
					at.Col += len("k: yes, ") * i
				}
				findings[i] = diag.Errorf("x", at, "wrong")
			}
			b.Run(fmt.Sprintf("%d ending in %q", n, end), func(b *testing.B) {
				for b.Loop() {
					if err := p.Print(io.Discard, findings); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/finding")
			})
		}
	}
}
