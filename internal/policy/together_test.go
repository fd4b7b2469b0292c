package policy

import (
	"testing"
	"testing/fstest"
	"time"
)

// Policies are asked together; a verdict, or that there is none, is still each one's own.
func TestTogether(t *testing.T) {
	core := fstest.MapFS{}
	for id, rego := range map[string]string{
		"good":   `violation contains {"msg": sprintf("good %v", [object.get(input, ["parameters", "n"], 0)])} if input.review.object.kind == "Pod"`,
		"other":  `violation contains {"msg": sprintf("other %v", [input.parameters.n])} if input.review.object.kind == "Pod"`,
		"whole":  `violation contains {"msg": sprintf("whole %v", [all.parameters.n])} if all := input`,
		"failed": `violation contains {"msg": "failed"} if to_number(input.review.object.metadata.name) == 1`,
		"clash":  "value := 1\n\nvalue := 2 if input.review.object\n\nviolation contains {\"msg\": \"clash\"} if value == 1",
		"slow":   "violation contains {\"msg\": \"slow\"} if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j == -1\n}",
	} {
		core["policies/"+id+"/policy.rego"] = &fstest.MapFile{Data: []byte("# METADATA\n# title: A\n# custom:\n#   parameters: {type: object, properties: {n: {type: integer, default: 3}}}\npackage " + id + "\n\n" + rego + "\n")}
	}
	set := load(t, core)
	settings := Settings{Timeout: 300 * time.Millisecond, Policies: map[string]Setting{"other": {Parameters: map[string]any{"n": int64(7)}}}}
	list := objects(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n")
	got := set.Check(t.Context(), list, settings, time.Time{})
	wantFindings(t, "Check", got.Findings,
		"error [good] m.yaml:1: Pod/web: good 3",
		"error [other] m.yaml:1: Pod/web: other 7",
		"error [whole] m.yaml:1: Pod/web: whole 3",
		"error [policy-error] policies/clash/policy.rego:9:1: Pod/web: policy clash gave no verdict: rule data.clash.value produced conflicting values: 1 at policies/clash/policy.rego:7 2 at policies/clash/policy.rego:9",
		"error [policy-error] policies/failed/policy.rego:7:41: Pod/web: policy failed gave no verdict: to_number: strconv.ParseFloat: parsing \"web\": invalid syntax",
		"error [policy-error] policies/slow/policy.rego: Pod/web: policy slow gave no verdict: it was stopped after 300ms and not tried on other objects",
	)
	for _, id := range []string{"good", "other", "failed", "clash", "slow"} {
		if !set.find(id).together {
			t.Errorf("policy %s is asked apart", id)
		}
	}
	if set.find("whole").together {
		t.Error("policy whole is asked with the parameters of others")
	}
}
