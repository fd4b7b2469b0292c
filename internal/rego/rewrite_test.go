package rego

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestReads(t *testing.T) {
	for text, want := range map[string]string{
		`p if input.review.object`:                                              "review",
		`p if some x in input.parameters.a`:                                     "parameters",
		`p if input["review"][input.parameters.x]`:                              "parameters review",
		`p if object.get(input, ["parameters", "a"], [])`:                       "parameters",
		`p contains x if some x in object.get(input, ["parameters", "a"], [])`:  "parameters",
		`p if count(object.get(input, ["review", input.parameters.x], [])) > 1`: "parameters review",
		`p if every x in input.review.y { x == input.parameters.z }`:            "parameters review",
		`p if f(input)`:                                  "whole",
		`p if input[data.x]`:                             "whole",
		`p if object.get(input, "parameters", {})`:       "whole",
		`p if object.get(input, [data.x], {})`:           "whole",
		`p if x := input`:                                "whole",
		`p if q with input as {}`:                        "whole",
		`p if walk(input, [x, y])`:                       "whole",
		`p if {x | some x in input}`:                     "whole",
		`p if q with input.review as input.parameters.x`: "parameters review",
		`p if data.input.x`:                              "",
	} {
		m, err := Annotated("a.rego", "package a\n\n"+text+"\n\nf(x) if x\n\nq if data.y\n")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		names, whole := Reads(m)
		got := strings.Join(slices.Sorted(maps.Keys(names)), " ")
		if whole {
			got = "whole"
		}
		if got != want {
			t.Errorf("Reads(%s) = %q, want %q", text, got, want)
		}
	}
}

func TestBelow(t *testing.T) {
	for text, want := range map[string]string{
		`p if input.parameters.x`:                                   `input.parameters.a.x`,
		`p if input.parameters`:                                     `input.parameters.a`,
		`p if some x in input.parameters.x`:                         `some x in input.parameters.a.x`,
		`p if input.parameters[_].x`:                                `input.parameters.a[_].x`,
		`p if input.review[input.parameters.x]`:                     `input.review[input.parameters.a.x]`,
		`p if object.get(input, ["parameters", "x", y], [])`:        `object.get(input, ["parameters", "a", "x", y], [])`,
		`p if count(object.get(input, ["parameters"], [])) > 1`:     `gt(count(object.get(input, ["parameters", "a"], [])), 1)`,
		`p if object.get(input, ["review", "x"], input.parameters)`: `object.get(input, ["review", "x"], input.parameters.a)`,
		`p if q with input.parameters as {}`:                        `data.a.q with input.parameters.a as {}`,
		`p if input.review.parameters`:                              `input.review.parameters`,
	} {
		m, err := Annotated("a.rego", "package a\n\n"+text+"\n\ny := 1\n\nq if data.y\n")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		before := m.String()
		got := strings.TrimSpace(Below(m, "parameters", "a").Rules[0].Body.String())
		if got != strings.Replace(want, "data.a.q", "q", 1) {
			t.Errorf("Below(%s) = %s, want %s", text, got, want)
		}
		if m.String() != before {
			t.Errorf("Below changed %s", text)
		}
	}
}
