package cluster

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestConceal: what a Secret of the set holds is hidden in what is said of other objects, and names stay.
func TestConceal(t *testing.T) {
	all := []ObjectStatus{
		{ID: object.ID{Kind: "Secret", Namespace: "shop", Name: "db"}, held: []string{"hunter2-hunter2", "shop"}},
		{ID: object.ID{Kind: "Deployment", Namespace: "shop", Name: "web"}, Reason: "login with hunter2-hunter2 failed in shop/web", Paused: "aHVudGVyMi1odW50ZXIy was leaked"},
	}
	conceal(all)
	if got, want := all[1].Reason, "login with <redacted> failed in shop/web"; got != want {
		t.Errorf("reason = %q, want %q", got, want)
	}
	if got, want := all[1].Paused, "<redacted> was leaked"; got != want {
		t.Errorf("paused = %q, want %q", got, want)
	}
}
