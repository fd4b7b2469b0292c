package values_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestFenceHolds: whatever a fenced file does, nothing outside its path changes without an error.
func TestFenceHolds(t *testing.T) {
	const beyond = "; this file may set only teams.blue"
	for text, want := range map[string]string{
		"teams: {blue: {a: 1}}":                 "",
		"teams: {blue: null}":                   "",
		"teams: {blue: !replace {a: 1}}":        "",
		"teams: {blue: 5}":                      "",
		"teams: {blue: [1]}":                    "",
		"teams: {}":                             "",
		"{}":                                    "",
		"teams: null":                           "f.yaml:1:8: teams: null would take away what other layers set here" + beyond,
		"teams:":                                "f.yaml:1:7: teams: null would take away what other layers set here" + beyond,
		"teams: 5":                              "f.yaml:1:8: teams: an integer would take away what other layers set here" + beyond,
		"teams: []":                             "f.yaml:1:8: teams: a list would take away what other layers set here" + beyond,
		"teams: !replace {blue: {a: 1}}":        "f.yaml:1:8: teams: !replace would take away what other layers set here" + beyond,
		"!replace {teams: {blue: {a: 1}}}":      "f.yaml:1:1: !replace would take away what other layers set here" + beyond,
		"teams: {red: {}}":                      "f.yaml:1:9: teams.red: this file may set only teams.blue",
		"teams: {red: null}":                    "f.yaml:1:9: teams.red: this file may set only teams.blue",
		"x: &x {red: {}}\nteams: *x":            "f.yaml:1:1: x: this file may set only teams.blue\nf.yaml:1:8: teams.red: this file may set only teams.blue",
		"teams: {blue: &x {a: 1}, red: *x}":     "f.yaml:1:26: teams.red: this file may set only teams.blue",
		"teams: {<<: {red: {}}, blue: {}}":      "f.yaml:1:14: teams.red: this file may set only teams.blue",
		"<<: [{apps: {}}, {teams: {blue: {}}}]": "f.yaml:1:7: apps: this file may set only teams.blue",
		"teams: {blue: {<<: {a: 1}}}":           "",
		"Teams: {blue: {}}":                     "f.yaml:1:1: Teams: this file may set only teams.blue",
	} {
		l := layer(t, "f.yaml", text)
		l.Only = []string{"teams", "blue"}
		_, findings := values.Merge([]values.Layer{l}, nil)
		findings.Sort()
		got := strings.ReplaceAll(findings.Error(), " (move it to a layer that may set it, or ask for a change of spec.layers)", "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestFenceOfTheRoot: a fence whose path has one part guards the root alone.
func TestFenceOfTheRoot(t *testing.T) {
	l := layer(t, "f.yaml", "!replace {a: 1}")
	l.Only = []string{"a"}
	if _, findings := values.Merge([]values.Layer{l}, nil); !findings.Failed() {
		t.Error("!replace at the root is no error in a fenced file")
	}
}
