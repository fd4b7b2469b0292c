package diag_test

import (
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
	found := diag.Findings{{Path: "a"}, {Path: "a.b"}, {Path: "ab"}, {Path: "c"}}
	got := found.Besides(diag.Findings{{Severity: diag.Error, Path: "a"}, {Severity: diag.Warning, Path: "c"}})
	if len(got) != 2 || got[0].Path != "ab" || got[1].Path != "c" || found[0].Path != "a" {
		t.Errorf("Besides = %v of %v, want ab and c", got, found)
	}
}
