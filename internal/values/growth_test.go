package values_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestDefaultsGrow: what defaults fill in is measured by what the layers set, and where it is too much, none is filled in.
func TestDefaultsGrow(t *testing.T) {
	few := &values.Rules{Fields: map[string]*values.Rules{}}
	for name := range strings.FieldsSeq("a b c d e") {
		few.Fields[name] = &values.Rules{Default: scalar("1")}
	}
	itself := &values.Rules{Default: scalar("{}")}
	itself.Fields = map[string]*values.Rules{"p": itself}
	list := &source.Node{Kind: source.List}
	for range 40_000 {
		list.Items = append(list.Items, &source.Node{Kind: source.Map})
	}
	big := values.Layer{Root: &source.Node{Kind: source.Map, Keys: []source.Key{{Name: "list"}}, Items: []*source.Node{list}}}

	rules := &values.Rules{Fields: map[string]*values.Rules{"list": {Items: few}}}
	tree, findings := values.Merge([]values.Layer{big}, rules)
	if len(findings) > 0 || tree.At("list", "39999", "e") == nil {
		t.Errorf("five defaults in each of 40,000 maps: %v", findings)
	}
	rules.Fields["p"] = itself
	tree, findings = values.Merge([]values.Layer{big}, rules)
	if len(findings) != 1 || findings[0].Rule != "endless-default" || findings[0].At != itself.Default.At() {
		t.Errorf("Merge with a default that holds itself finds %v, want endless-default at %s", findings, itself.Default.At())
	}
	if tree.At("p") != nil || tree.At("list", "39999", "e") != nil {
		t.Error("defaults are filled in nevertheless")
	}
	rules.Fields["list"].Items.Rest = itself
	if _, findings = values.Merge([]values.Layer{layer(t, "null", "p: null")}, rules); len(findings) > 0 {
		t.Errorf("nothing is filled in, yet: %v", findings)
	}
}
