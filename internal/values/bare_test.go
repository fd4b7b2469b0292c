package values_test

import (
	"slices"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

func TestBares(t *testing.T) {
	root, findings := source.Parse("env/a.yaml", []byte(`
db: {password: hunter22, user: admin, pins: [1, {a: true}, "", null], empty: {}}
keys: {a: x, b: "", c: null, d: otomi-secret-placeholder, e: otomi-secret}
list: [{token: x, name: x}, {token: null}]
other: {password: x}
`))
	if findings.Failed() {
		t.Fatal(findings)
	}
	secret := &values.Rules{Secret: &values.Secret{}}
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"db":   {Fields: map[string]*values.Rules{"password": secret, "pins": secret, "empty": secret}},
		"keys": {Rest: secret},
		"list": {Items: &values.Rules{Fields: map[string]*values.Rules{"token": secret}}},
	}}
	var got []string
	for _, b := range values.Bares(root, rules) {
		got = append(got, source.Path(b.Path))
	}
	want := []string{"db.password", "db.pins[0]", "db.pins[1].a", "keys.a", "keys.e", "list[0].token"}
	if !slices.Equal(got, want) {
		t.Errorf("Bares = %v, want %v", got, want)
	}
}
