package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// tree merges layers, low to high; a name that begins with "secrets" makes a secret layer.
func tree(t *testing.T, rules *values.Rules, layers ...string) *values.Tree {
	t.Helper()
	var list []values.Layer
	for i, text := range layers {
		file := &source.File{Name: []string{"env/a.yaml", "env/b.yaml", "env/secrets.c.yaml"}[i], Secret: i == 2}
		root, findings := source.ParseFile(file, []byte(text))
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		list = append(list, values.Layer{File: file, Root: root})
	}
	merged, findings := values.Merge(list, rules)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return merged
}

func TestParseSettings(t *testing.T) {
	got, findings := ParseSettings(load(t, testCore()), tree(t, nil, `
policyPreset: privileged
policies:
  no-latest:
    action: warn
    parameters: {tags: [latest, edge]}
    excludedNamespaces: [kube-*]
`, `
policies:
  no-latest:
    action: deny
    exempt:
      - object: Deployment/team-blue/web
        reason: "the vendor has no versions "
        until: 2026-12-31
      - {release: legacy, reason: goes away}
      - {namespace: sandbox, reason: for trying out}
  max-replicas: {}
`))
	wantFindings(t, "ParseSettings", findings)
	at := func(line, col int) diag.Position { return diag.Position{File: "env/b.yaml", Line: line, Col: col} }
	want := Settings{Preset: "privileged", Policies: map[string]Setting{
		"max-replicas": {Named: true},
		"no-latest": {
			Named: true, Action: Deny, Parameters: map[string]any{"tags": []any{"latest", "edge"}}, ExcludedNamespaces: []string{"kube-*"},
			Exempt: []Exemption{
				{
					Object: "Deployment/team-blue/web", Reason: "the vendor has no versions", Until: "2026-12-31",
					At: at(6, 9), Path: "policies.no-latest.exempt[0]",
				},
				{Release: "legacy", Reason: "goes away", At: at(9, 9), Path: "policies.no-latest.exempt[1]"},
				{Namespace: "sandbox", Reason: "for trying out", At: at(10, 9), Path: "policies.no-latest.exempt[2]"},
			},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseSettings differs (-want +got):\n%s", diff)
	}
}

// A default of the schema is nobody's word: it does not turn a policy on under the preset privileged.
func TestParseSettingsDefaults(t *testing.T) {
	defaults, _ := source.Parse("schema.yaml", []byte("{max-replicas: {}, no-latest: {action: warn}}"))
	rules := &values.Rules{Fields: map[string]*values.Rules{"policies": {Default: defaults, Fields: map[string]*values.Rules{
		"no-latest":    {Default: defaults.Get("no-latest")},
		"max-replicas": {Default: defaults.Get("max-replicas")},
	}}}}
	settings, findings := ParseSettings(load(t, testCore()), tree(t, rules, "{policyPreset: privileged, policies: {max-replicas: {action: deny}}}"))
	wantFindings(t, "ParseSettings", findings)
	for id, want := range map[string]bool{"max-replicas": true, "no-latest": false, "unique-hosts": false} {
		if got := settings.on(Policy{ID: id}); got != want {
			t.Errorf("on(%s) = %t, want %t", id, got, want)
		}
	}
	if got := settings.Policies["no-latest"].Action; got != Warn {
		t.Errorf("action = %q, want the default's", got)
	}
}

// A preset has the policies of those below it; a policy that values name is on in all of them, and one that they turn off
// in none.
func TestPresets(t *testing.T) {
	presets := []string{Privileged, Baseline, "", Restricted}
	for _, test := range []struct {
		of, policies string
		want         []bool
	}{
		{Privileged, "{}", []bool{true, true, true, true}},
		{Baseline, "{}", []bool{false, true, true, true}},
		{"", "{}", []bool{false, true, true, true}},
		{Restricted, "{}", []bool{false, false, false, true}},
		{None, "{}", []bool{false, false, false, false}},
		{None, "{no-latest: {}}", []bool{true, true, true, true}},
		{Restricted, "{no-latest: {enabled: true}}", []bool{true, true, true, true}},
		{Baseline, "{no-latest: {enabled: false, action: deny}}", []bool{false, false, false, false}},
		{Privileged, "{no-latest: {enabled: false}}", []bool{false, false, false, false}},
	} {
		settings, findings := ParseSettings(load(t, testCore()), tree(t, nil, "policies: "+test.policies))
		wantFindings(t, "ParseSettings", findings)
		for i, preset := range presets {
			settings.Preset = preset
			if got := settings.on(Policy{ID: "no-latest", Preset: test.of}); got != test.want[i] {
				t.Errorf("a policy of preset %q with policies %s is on under %q: %t, want %t", test.of, test.policies, preset, got, test.want[i])
			}
		}
	}
}

func TestParseSettingsMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing": {"a: 1", nil},
		"preset": {
			"policyPreset: basline",
			[]string{`error [policy-settings] env/a.yaml:1:15: policyPreset: there is no preset of this name; they are privileged, baseline and restricted (did you mean "baseline"?)`},
		},
		"wrong types": {
			"policyPreset: 1\npolicies: [a]",
			[]string{
				"error [policy-settings] env/a.yaml:1:15: policyPreset: want string, have integer",
				"error [policy-settings] env/a.yaml:2:11: policies: want map, have list",
			},
		},
		"unknown policy": {
			"policies:\n  no-latests: {}\n  elsewhere: {}",
			[]string{
				`error [unknown-policy] env/a.yaml:3:3: policies.elsewhere: there is no policy "elsewhere"`,
				`error [unknown-policy] env/a.yaml:2:3: policies.no-latests: there is no policy "no-latests" (did you mean "no-latest"?)`,
			},
		},
		"fields of a policy": {
			"policies:\n  no-latest:\n    acton: deny\n    action: dry-run\n    excludedNamespaces: [1, \"a*b\", \"*\"]\n    exempt: {}\n    enabled: \"false\"\n  max-replicas: deny",
			[]string{
				"error [policy-settings] env/a.yaml:8:17: policies.max-replicas: want map, have string",
				`error [policy-settings] env/a.yaml:3:5: policies.no-latest.acton: there is no field "acton" here (did you mean "action"?)`,
				"error [policy-settings] env/a.yaml:7:14: policies.no-latest.enabled: want boolean, have string",
				`error [policy-settings] env/a.yaml:4:13: policies.no-latest.action: the action is deny, warn or dryrun (did you mean "dryrun"?)`,
				"error [policy-settings] env/a.yaml:5:26: policies.no-latest.excludedNamespaces[0]: want string, have integer",
				"error [policy-settings] env/a.yaml:5:29: policies.no-latest.excludedNamespaces[1]: a namespace is a name, with * at its beginning, its end or both",
				"error [policy-settings] env/a.yaml:5:36: policies.no-latest.excludedNamespaces[2]: a namespace is a name, with * at its beginning, its end or both",
				"error [policy-settings] env/a.yaml:6:13: policies.no-latest.exempt: want list, have map",
			},
		},
		"parameters": {
			"policies:\n  no-latest:\n    parameters:\n      tags: latest\n      tag: x\n  max-replicas:\n    parameters:\n      max: 0\n      tier: {names: [1]}\n  unique-hosts:\n    parameters: {any: 1}",
			[]string{
				"error [policy-parameters] env/a.yaml:8:12: policies.max-replicas.parameters.max: minimum: got 0, want 1",
				"error [policy-parameters] env/a.yaml:9:22: policies.max-replicas.parameters.tier.names[0]: got number, want string",
				`error [policy-parameters] env/a.yaml:5:7: policies.no-latest.parameters.tag: there is no parameter "tag" (did you mean "tags"?)`,
				"error [policy-parameters] env/a.yaml:4:13: policies.no-latest.parameters.tags: got string, want array",
				"error [policy-parameters] env/a.yaml:11:18: policies.unique-hosts.parameters.any: this policy takes no parameters",
			},
		},
		"exemptions": {
			"policies:\n  no-latest:\n    exempt:\n      - {object: web, reason: x}\n      - {object: Pod/a/b, release: r, reason: x}\n      - {reason: x}\n      - {namespace: \"team-*\"}\n      - {release: r, reason: x, until: soon}\n      - {release: r, resaon: x}\n      - all\n      - {release: 1, reason: x}",
			[]string{
				"error [policy-settings] env/a.yaml:4:9: policies.no-latest.exempt[0]: object is KIND/NAMESPACE/NAME, or KIND/NAME for one without a namespace",
				"error [policy-settings] env/a.yaml:5:9: policies.no-latest.exempt[1]: an exemption names an object, a release or a namespace, one of them",
				"error [policy-settings] env/a.yaml:6:9: policies.no-latest.exempt[2]: an exemption names an object, a release or a namespace, one of them",
				"error [policy-settings] env/a.yaml:7:9: policies.no-latest.exempt[3]: an exemption names one thing, without *; excludedNamespaces takes patterns",
				"error [policy-settings] env/a.yaml:7:9: policies.no-latest.exempt[3]: an exemption has a reason",
				"error [policy-settings] env/a.yaml:8:9: policies.no-latest.exempt[4]: until is a day, as 2006-01-02",
				`error [policy-settings] env/a.yaml:9:22: policies.no-latest.exempt[5].resaon: there is no field "resaon" here (did you mean "reason"?)`,
				"error [policy-settings] env/a.yaml:10:9: policies.no-latest.exempt[6]: want map, have string",
				"error [policy-settings] env/a.yaml:11:19: policies.no-latest.exempt[7].release: want string, have integer",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := ParseSettings(load(t, testCore()), tree(t, nil, test.text))
			wantFindings(t, "ParseSettings", findings, test.want...)
		})
	}
}

// Messages of the schema quote values; a secret one is not to be quoted.
func TestParseSettingsSecret(t *testing.T) {
	_, findings := ParseSettings(load(t, testCore()), tree(t, nil, "", "", "policies: {max-replicas: {parameters: {max: -42}}}"))
	wantFindings(t, "ParseSettings", findings,
		"error [policy-parameters] env/secrets.c.yaml:1:45: policies.max-replicas.parameters.max: the secret value does not fit the policy's schema")
}

func TestNewSettings(t *testing.T) {
	set := load(t, testCore())
	at := diag.Position{File: "fn.yaml"}
	settings, findings := NewSettings(set, Privileged, map[string]any{"max-replicas": map[string]any{"max": int64(9)}}, at)
	wantFindings(t, "NewSettings", findings)
	if got, other := settings.on(Policy{ID: "max-replicas"}), settings.on(Policy{ID: "no-latest"}); !got || other {
		t.Errorf("NewSettings turns on max-replicas %t, no-latest %t; want true, false", got, other)
	}
	more, findings := settings.WithParameters(set, map[string]any{"max-replicas": map[string]any{"tier": map[string]any{"names": []any{}}}}, at)
	wantFindings(t, "WithParameters", findings)
	want := map[string]any{"max": int64(9), "tier": map[string]any{"names": []any{}}}
	if diff := cmp.Diff(want, more.Policies["max-replicas"].Parameters); diff != "" {
		t.Errorf("WithParameters differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"max": int64(9)}, settings.Policies["max-replicas"].Parameters); diff != "" {
		t.Errorf("WithParameters changed the settings that it was called on (-want +got):\n%s", diff)
	}

	_, findings = NewSettings(set, "none", map[string]any{"max": nil, "max-replicas": map[string]any{"max": "x"}, "no-latest": 1}, at)
	wantFindings(t, "NewSettings", findings,
		"error [policy-settings] fn.yaml: there is no preset of this name; they are privileged, baseline and restricted",
		`error [unknown-policy] fn.yaml: there is no policy "max"`,
		"error [policy-parameters] fn.yaml: parameters.max-replicas.max: got string, want integer",
		"error [policy-settings] fn.yaml: parameters.no-latest: want a map of parameters")
}

func TestFill(t *testing.T) {
	p := load(t, testCore()).find("max-replicas").parameters
	given := map[string]any{"tier": map[string]any{}}
	got := p.fill(given)
	if diff := cmp.Diff(map[string]any{"tier": map[string]any{"names": []any{"gold"}}}, map[string]any{"tier": got["tier"]}); diff != "" {
		t.Errorf("fill differs (-want +got):\n%s", diff)
	}
	if got["max"] == nil {
		t.Error("fill left out max")
	}
	if diff := cmp.Diff(map[string]any{"tier": map[string]any{}}, given); diff != "" {
		t.Errorf("fill changed what it was given:\n%s", diff)
	}
	got["tier"].(map[string]any)["names"].([]any)[0] = "changed"
	if again := p.fill(nil)["tier"].(map[string]any)["names"].([]any)[0]; again != "gold" {
		t.Errorf("a change of filled parameters reached the schema: %v", again)
	}
}
