package values_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestDuplicateItems: a key that one layer's list has twice is a finding, wherever the list is, and only where it is merged by key.
func TestDuplicateItems(t *testing.T) {
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"list": {List: values.ByKey, Key: "id", Items: &values.Rules{Fields: map[string]*values.Rules{"sub": {List: values.ByKey}}}},
	}}
	for lists, want := range map[string]string{
		"list: [{id: 1}, {id: 2}]":                                                   "",
		"list: [{id: 1}, {id: \"1\"}, {name: x}, {name: x}, 1, 1]":                   "",
		"other: [{id: 1}, {id: 1}]":                                                  "",
		"list: [{id: " + values.Placeholder + "}, {id: " + values.Placeholder + "}]": "",
		"list: [{id: 1}, {id: 2}, {id: 1}]":                                          "upper:1:31: list[2].id: two items of this list have the same id (the schema merges this list by id: make one item of them)",
		"list: [{id: 2, sub: [{name: a}, {name: a}]}]":                               "upper:1:40: list[0].sub[1].name: two items of this list have the same name (the schema merges this list by name: make one item of them)",
	} {
		_, findings := values.Merge([]values.Layer{layer(t, "lower", "list: [{id: 1}]"), layer(t, "upper", lists)}, rules)
		if diff := cmp.Diff(want, findings.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lists, diff)
		}
	}
}
