package values_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

func TestMissingSecrets(t *testing.T) {
	made := &values.Rules{Secret: &values.Secret{Generator: "{{ uuidv4 }}"}}
	app := &values.Rules{Fields: map[string]*values.Rules{
		"token": made, "empty": made, "set": made, "removed": made, "plain": {},
		"deep":  {Fields: map[string]*values.Rules{"key": made}},
		"users": {Items: &values.Rules{Fields: map[string]*values.Rules{"secret": made}}},
	}}
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"top": made, "apps": {Rest: app},
		"size": {Default: scalar("{}"), Fields: map[string]*values.Rules{"key": made}},
	}}
	lower, upper := "apps: {web: {empty: '', set: x, removed: x, users: [{name: a}, {secret: b}]}}", "apps: {web: {removed: null}, none: null}"
	tree, findings := values.Merge([]values.Layer{layer(t, "lower", lower), layer(t, "upper", upper)}, rules)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var got []string
	for _, m := range tree.MissingSecrets() {
		listed := ""
		if m.Listed {
			listed = " (list)"
		}
		got = append(got, source.Path(m.Path)+listed)
	}
	if diff := cmp.Diff("apps.web.token\napps.web.users[0].secret (list)\nsize.key\ntop", strings.Join(got, "\n")); diff != "" {
		t.Errorf("MissingSecrets (-want +got):\n%s", diff)
	}
}
