package main

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
)

// TestSelectionOfNothing: what selects nothing is wrong usage, and says what could be selected.
func TestSelectionOfNothing(t *testing.T) {
	releases := []render.Release{{Name: "web", Runlevel: "20", Labels: map[string]string{"team": "blue"}}, {Name: "base", Runlevel: "10"}}
	for _, c := range []struct {
		flags    renderFlags
		releases []render.Release
		want     string // empty: something is selected
	}{
		{renderFlags{}, nil, ""},
		{renderFlags{runlevel: "20"}, releases, ""},
		{renderFlags{selector: "team=blue", releases: []string{"web"}}, releases, ""},
		{renderFlags{selector: "team!=blue"}, releases, ""},
		{renderFlags{runlevel: "20"}, []render.Release{{Runlevel: "20"}}, ""},
		{renderFlags{runlevel: "10"}, []render.Release{{Runlevel: "20"}}, "no release is selected (there are no releases)"},
		{renderFlags{runlevel: "99"}, releases, "--runlevel 99: no release is selected (releases: base in 10, web in 20 with team=blue)"},
		{renderFlags{runlevel: "11-19"}, releases, "--runlevel 11-19: no release is selected"},
		{renderFlags{selector: "team=red"}, releases, "--selector team=red: no release is selected"},
		{renderFlags{selector: "team=blue", runlevel: "10"}, releases, "--selector team=blue --runlevel 10: no release is selected"},
		{renderFlags{releases: []string{"wbe"}}, releases, `no release is called "wbe" (did you mean "web"?)`},
		{renderFlags{releases: []string{"web"}, runlevel: "10"}, releases, "--release web --runlevel 10: no release is selected"},
		{renderFlags{releases: []string{"web"}}, nil, `no release is called "web" (there are no releases)`},
	} {
		only, err := c.flags.selection()
		if err != nil {
			t.Fatal(err)
		}
		err = only.check(c.releases)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("check of %q = %v, want %q", only, err, c.want)
		}
	}
}

// TestReleasesIn: a release of which nothing could be made can be selected too.
func TestReleasesIn(t *testing.T) {
	inv := &inventory.Inventory{
		Entries: []inventory.Entry{{ID: object.ID{Name: "a"}, Release: "web", Runlevel: "20"}, {ID: object.ID{Name: "b"}, Release: "web", Runlevel: "20"}},
		Undone:  []inventory.Undone{{ID: object.ID{Name: "c"}, Release: "late", Runlevel: "30"}},
	}
	got := choice(releasesIn(inv, map[string]map[string]string{"late": {"team": "red"}}))
	if want := "releases: late in 30 with team=red, web in 20"; got != want {
		t.Errorf("releases of the inventory = %s, want %s", got, want)
	}
	// Those of the values repo are named once, with their labels.
	desired := []render.Release{{Name: "web", Runlevel: "20", Labels: map[string]string{"team": "blue"}}, {Name: "plain", Runlevel: "20"}}
	got = choice(append(desired, releasesIn(inv, nil)...))
	if want := "releases: late in 30, plain in 20, web in 20 with team=blue"; got != want {
		t.Errorf("releases of both = %s, want %s", got, want)
	}
}
