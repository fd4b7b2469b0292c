package cluster

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestMaskDropped: a secret that nobody knows any more is hidden where its field is taken away, if the field is called like one; what is
// called otherwise, or says where a secret is, is shown.
func TestMaskDropped(t *testing.T) {
	env := func(name, value string) map[string]any { return map[string]any{"name": name, "value": value} }
	pod := func(env ...any) map[string]any {
		return map[string]any{"containers": []any{map[string]any{"name": "web", "env": env}}}
	}
	ref := map[string]any{"name": "OTHER_PASSWORD", "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "db", "key": "shown-key"}}}
	before := some("Pod", map[string]any{
		"spec":  pod(env("DB_PASSWORD", "lost-1"), env("GREETING", "shown-1"), env("smtp.pin-code", "lost-2"), ref, env("LICENCE_FILE", "lost-3")),
		"data":  map[string]any{"apiKey": "lost-4", "secretName": "shown-2", "nested": map[string]any{"tokens": "shown-3", "token": []any{"lost-5"}, "pinCode": int64(7654321)}},
		"flags": []any{"shown-4"},
	})
	after := some("Pod", map[string]any{"spec": pod(env("GREETING", "shown-5")), "data": map[string]any{}})
	m := newMasker(nil, some("Secret", map[string]any{"data": map[string]any{"pinCode": b64("new-pin-1")}}), before, after)
	m.names.taint(members{"spec": items{{"web", members{"env": items{{"LICENCE_FILE", members{"value": same{}}}}}}}})
	whole := before.DeepCopy()
	m.pair(before, after, nil)
	m.pair(whole, nil, nil)
	for _, u := range []any{before.Object, whole.Object} {
		data, _ := json.Marshal(u)
		for _, lost := range []string{"lost-1", "lost-2", "lost-3", "lost-4", "lost-5", "7654321"} {
			if strings.Contains(string(data), lost) {
				t.Errorf("%s is shown:\n%s", lost, data)
			}
		}
		for _, shown := range []string{"shown-1", "shown-2", "shown-3", "shown-4", "shown-key", `"db"`} {
			if !strings.Contains(string(data), shown) {
				t.Errorf("%s is hidden:\n%s", shown, data)
			}
		}
	}
}
