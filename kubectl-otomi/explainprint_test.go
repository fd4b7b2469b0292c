package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestExplanationFolds: on a terminal that is too narrow for its columns, an explanation takes more lines, as every table does. What
// belongs to a row stands deeper than it.
func TestExplanationFolds(t *testing.T) {
	stage, schema := diag.Position{File: "env/stages/dev/teams.yaml", Line: 8, Col: 15}, diag.Position{File: "embedded:platform/schema.yaml", Line: 250, Col: 105}
	x := explanation{
		Path: "teams.shop", isSet: true,
		Layers: []explainedLayer{
			{At: schema, Effect: "default", line: "{}"},
			{At: stage, Effect: "set", Wins: true, line: `{"namespace": "shop"}`},
		},
		Below: []explainedMember{{Path: "teams.shop.name", At: stage, line: "web"}, {Path: "teams.shop.port", At: schema, line: "8080"}},
	}
	for width, want := range map[int]string{
		0: `teams.shop
    embedded:platform/schema.yaml:250:105  {}                     default
  > env/stages/dev/teams.yaml:8:15         {"namespace": "shop"}  set
  in it:
    teams.shop.name  web   env/stages/dev/teams.yaml:8:15
    teams.shop.port  8080  embedded:platform/schema.yaml:250:105
`,
		44: `teams.shop
    embedded:platform/schema.yaml:250:105
      {}  default
  > env/stages/dev/teams.yaml:8:15
      {"namespace": "shop"}  set
  in it:
    teams.shop.name  web
      env/stages/dev/teams.yaml:8:15
    teams.shop.port  8080
      embedded:platform/schema.yaml:250:105
`,
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
