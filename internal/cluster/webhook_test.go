package cluster

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestRulesOfWebhooks(t *testing.T) {
	strs := func(s ...string) []any {
		var list []any
		for _, x := range s {
			list = append(list, x)
		}
		return list
	}
	rule := func(group, version, operation, resource string) map[string]any {
		return map[string]any{"apiGroups": strs(group), "apiVersions": strs(version), "operations": strs(operation), "resources": strs(resource)}
	}
	things := target{resource: schema.GroupVersionResource{Group: "x.io", Version: "v1", Resource: "things"}}
	for name, c := range map[string]struct {
		rule  map[string]any
		named bool
		want  bool
	}{
		"by name":                      {rule("x.io", "v1", "CREATE", "things"), true, true},
		"everything":                   {rule("*", "*", "*", "*"), false, true},
		"everything, where it is said": {rule("*", "*", "*", "*"), true, false},
		"with subresources":            {rule("x.io", "v1", "UPDATE", "*/*"), false, true},
		"another group":                {rule("y.io", "v1", "CREATE", "things"), false, false},
		"another version":              {rule("x.io", "v2", "CREATE", "things"), false, false},
		"only deletions":               {rule("x.io", "v1", "DELETE", "things"), false, false},
		"only its status":              {rule("x.io", "v1", "UPDATE", "things/status"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := things.in(c.rule, c.named); got != c.want {
				t.Errorf("in = %v, want %v", got, c.want)
			}
		})
	}
}

func TestSelectorsOfWebhooks(t *testing.T) {
	labels := map[string]string{"team": "a"}
	for name, c := range map[string]struct {
		selector any
		want     bool
	}{
		"none":      {nil, true},
		"empty":     {map[string]any{}, true},
		"fits":      {map[string]any{"matchLabels": map[string]any{"team": "a"}}, true},
		"does not":  {map[string]any{"matchLabels": map[string]any{"team": "b"}}, false},
		"not there": {map[string]any{"matchExpressions": []any{map[string]any{"key": "skip", "operator": "DoesNotExist"}}}, true},
		"nonsense":  {map[string]any{"matchExpressions": []any{map[string]any{"key": "skip", "operator": "?"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := selects(c.selector, labels); got != c.want {
				t.Errorf("selects = %v, want %v", got, c.want)
			}
		})
	}
}
