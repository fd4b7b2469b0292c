package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestExplanationFolds: on a terminal that is too narrow for its columns, an explanation takes more lines, as every table does.
func TestExplanationFolds(t *testing.T) {
	x := explanation{Path: "teams.shop", isSet: true, Layers: []explainedLayer{{
		At: diag.Position{File: "env/teams/shop.yaml", Line: 3, Col: 5}, Effect: "set", Wins: true, line: `{"namespace": "shop"}`,
	}}}
	for width, want := range map[int]string{
		0:  "teams.shop\n  > env/teams/shop.yaml:3:5  {\"namespace\": \"shop\"}  set\n",
		40: "teams.shop\n  > env/teams/shop.yaml:3:5\n  {\"namespace\": \"shop\"}  set\n",
	} {
		out := &page{width: width}
		if err := writeExplanations(out, "text", "explanations", false, []explanation{x}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("in %d columns (-want +got):\n%s", width, diff)
		}
	}
}
