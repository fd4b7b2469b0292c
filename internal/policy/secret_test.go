package policy

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestSecrets: whatever a policy makes of a Secret's data, none of it is in what is found; what it says of the rest stays.
func TestSecrets(t *testing.T) {
	set, findings := LoadDir(fstest.MapFS{"a.rego": {Data: []byte(`package main
import rego.v1
deny contains sprintf("half %s", [substring(input.stringData.x, 0, 8)])
deny contains sprintf("up %s", [upper(input.stringData.x)])
deny contains sprintf("decoded %s", [base64.decode(input.data.pw)])
deny contains sprintf("signs %s", [substring(input.stringData.signs, 0, 2)])
deny contains sprintf("applied %s", [reverse(input.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"])]) if input.kind == "Secret"
deny contains {"msg": "in a path", "details": {"path": sprintf("data.%s", [upper(input.stringData.x)])}}
deny contains sprintf("it is %s", ["hunter"]) if startswith(input.stringData.x, "hunter")
deny_plain contains "word for word" if startswith(input.stringData.x, "hunter")
reverse(s) := concat("", array.reverse(split(s, "")))
warn contains sprintf("%s has no labels", [input.metadata.name])
`)}}, nil)
	if set == nil {
		t.Fatal(findings)
	}
	list := objects(t, `
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: default, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"a":"hunter8secret"}'}}
data: {pw: aHVudGVyMXNlY3JldA==}
stringData: {x: hunter2secret, signs: "$%&!"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
`)
	var said []string
	for _, f := range set.Check(t.Context(), list, Settings{}, time.Time{}).Findings {
		said = append(said, f.Rule+" "+f.Object+" "+f.Path+": "+f.Message)
	}
	text := strings.Join(said, "\n")
	for _, secret := range []string{"hunter", "HUNTER", "retnuh", "$%"} {
		if strings.Contains(text, secret) {
			t.Errorf("the findings hold %q:\n%s", secret, text)
		}
	}
	for _, want := range []string{"warn Secret/default/s : s has no labels", "warn ConfigMap/default/c : c has no labels", "deny_plain Secret/default/s : word for word", "deny Secret/default/s : in a path", Withheld} {
		if !strings.Contains(text, want) {
			t.Errorf("the findings lack %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, Withheld); n != 6 {
		t.Errorf("%d findings are withheld, want 6:\n%s", n, text)
	}
}
