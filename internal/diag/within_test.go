package diag_test

import (
	"fmt"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		object, path, other string
		want                bool
	}{
		{"Pod/a", "spec.containers[0].image", "spec.containers[0].image", true},
		{"Pod/a", "spec.containers[0].image", "spec.containers", true},
		{"Pod/a", "spec.containers[0].image", "spec", true},
		{"Pod/a", "spec.containers", "spec.containers[0]", false},
		{"Pod/a", "specs", "spec", false},
		{"Pod/b", "spec", "spec", false},
	} {
		f := diag.Finding{Object: c.object, Path: c.path}
		if got := f.Within(diag.Finding{Object: "Pod/a", Path: c.other}); got != c.want {
			t.Errorf("%s %s within Pod/a %s: %v, want %v", c.object, c.path, c.other, got, c.want)
		}
	}
}

func TestBesides(t *testing.T) {
	at := func(file string) diag.Position { return diag.Position{File: file, Line: 1, Col: 1} }
	known := diag.Findings{
		diag.Errorf("x", at("a.yaml"), "wrong").WithPath("a"), diag.Errorf("x", at("a.yaml"), "wrong").WithPath("l[0].b"),
		diag.Warningf("x", at("a.yaml"), "odd").WithPath("c"), diag.Errorf("x", at("b.yaml"), "wrong"),
	}
	for _, c := range []struct {
		file, path string
		told       bool
	}{
		{"a.yaml", "a", false},
		{"a.yaml", "a.b", false},
		{"a.yaml", `a["b.c"].d`, false},
		{"a.yaml", "l[0].b", false},
		{"a.yaml", "l[0].b[3]", false},
		{"a.yaml", "l[0]", true},
		{"a.yaml", "l[0].bc", true},
		{"a.yaml", "ab", true},
		{"a.yaml", "c", true},
		{"a.yaml", "", true},
		{"b.yaml", "a", true},
		{"b.yaml", "", true},
		{"c.yaml", "a", true},
	} {
		found := diag.Findings{diag.Errorf("y", at(c.file), "wrong").WithPath(c.path)}
		if got := found.Besides(known); len(got) == 1 != c.told || found[0].Path != c.path {
			t.Errorf("Besides of %s %s = %v, want it told: %v", c.file, c.path, got, c.told)
		}
	}
}

// BenchmarkBesides must take as long per finding whatever their number.
func BenchmarkBesides(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		findings, known := make(diag.Findings, n), make(diag.Findings, n)
		for i := range n {
			findings[i] = diag.Errorf("x", diag.Position{File: "a.yaml"}, "wrong").WithPath(fmt.Sprintf("a.k%d", i))
			known[i] = diag.Errorf("x", diag.Position{File: "a.yaml"}, "wrong").WithPath(fmt.Sprintf("b.k%d", i))
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				_ = findings.Besides(known)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/finding")
		})
	}
}
