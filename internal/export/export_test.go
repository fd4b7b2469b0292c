package export

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// one is a core with one policy, whose METADATA's custom part and Rego are given.
func one(t *testing.T, custom, rego string) *policy.Set {
	t.Helper()
	text := "# METADATA\n# scope: package\n# title: A title\n# description: Why.\n# custom:\n"
	for line := range strings.Lines(custom) {
		text += "#   " + strings.TrimSuffix(line, "\n") + "\n"
	}
	set, findings := policy.Load(fstest.MapFS{
		"policies/some-policy/policy.rego": {Data: []byte(text + "package some_policy\n\n" + rego + "\n")},
		"policies/lib/near.rego":           {Data: []byte("package lib.near\n\nimport data.lib.far\n\nbad if far.bad\n")},
		"policies/lib/far.rego":            {Data: []byte("package lib.far\n\nbad if input.review.object.spec.bad\n")},
		"policies/lib/other.rego":          {Data: []byte("package lib.other\n\nunused := 1\n")},
	}, nil)
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	return set
}

const plainRule = `violation contains {"msg": "bad"} if input.review.object.spec.bad`

// want compares an object with what it should be, as YAML.
func want(t *testing.T, o object.Object, text string) {
	t.Helper()
	var expected map[string]any
	if err := yaml.Unmarshal([]byte(text), &expected); err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	all, err := yaml.Marshal(expected)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(all), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", o.ID(), diff)
	}
}

func TestObjects(t *testing.T) {
	set := one(t, `kinds: [{apiGroups: [""], kinds: [Pod]}]
severity: warning
parameters:
  type: object
  properties:
    most: {type: integer, exclusiveMinimum: 0, default: 3, description: The most}
    names: {type: array, items: {enum: [a, b]}, default: [a]}
    either: {type: [string, "null"]}`, "import rego.v1\n\nimport data.lib.near\n\n"+`violation contains {"msg": "bad"} if near.bad`)
	settings := policy.Settings{Policies: map[string]policy.Setting{"some-policy": {
		Parameters: map[string]any{"names": []any{"b"}}, ExcludedNamespaces: []string{"kube-*"},
		Exempt: []policy.Exemption{{Object: "Pod/a/b", Reason: "old", Until: "2026-12-31"}, {Namespace: "c", Reason: "new"}},
	}}}
	objects, findings := Objects(set, settings, Options{})
	if findings != nil || len(objects) != 3 {
		t.Fatalf("Objects = %v, %v", objects, findings)
	}
	want(t, objects[1], `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: SomePolicy
metadata: {name: some-policy}
spec:
  enforcementAction: warn
  match: {kinds: [{apiGroups: [""], kinds: [Pod]}], excludedNamespaces: [kube-*]}
  parameters:
    most: 3
    names: [b]
    exempt: [{object: Pod/a/b, reason: old, until: "2026-12-31"}, {namespace: c, reason: new}]
`)
	want(t, objects[2], `
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config, namespace: gatekeeper-system}
spec: {match: [{processes: [audit, webhook], excludedNamespaces: [kube-*]}]}
`)
	template := objects[0]
	if template.GetName() != "somepolicy" || template.GetKind() != "ConstraintTemplate" {
		t.Errorf("the template is %s", template.ID())
	}
	text := string(template.Source.Text)
	for _, part := range []string{
		"version: v1", "package lib.otomi.policies.some_policy", "package lib.near", "package lib.far", "package lib.otomi.exemptions",
		"enum:\n                - a\n                - b\n                type: string",
		"exclusiveMinimum: true\n              minimum: 0\n              type: integer", "nullable: true\n              type: string",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the template lacks %q:\n%s", part, text)
		}
	}
	for _, part := range []string{"lib.other", "rego.v1"} {
		if strings.Contains(text, part) {
			t.Errorf("the template has %q:\n%s", part, text)
		}
	}
}

// TestEnforcement: what values say of all policies only ever weakens what one leads to.
func TestEnforcement(t *testing.T) {
	set := one(t, "kinds: [{apiGroups: [\"\"], kinds: [Pod]}]", plainRule)
	for _, c := range []struct{ action, most, want policy.Action }{
		{"", "", policy.Deny},
		{"", policy.Warn, policy.Warn},
		{"", policy.Dryrun, policy.Dryrun},
		{policy.Warn, policy.Deny, policy.Warn},
		{policy.Dryrun, policy.Warn, policy.Dryrun},
		{policy.Warn, policy.Dryrun, policy.Dryrun},
		{policy.Deny, policy.Deny, policy.Deny},
	} {
		settings := policy.Settings{Policies: map[string]policy.Setting{"some-policy": {Named: true, Action: c.action}}}
		objects, findings := Objects(set, settings, Options{Enforcement: c.most})
		if findings != nil {
			t.Fatal(findings)
		}
		if got := objects[1].Object["spec"].(map[string]any)["enforcementAction"]; got != string(c.want) {
			t.Errorf("an action %q where the most is %q is %q, want %q", c.action, c.most, got, c.want)
		}
	}
}

// TestSync: Gatekeeper is told what policies read of the cluster, and a policy that does not say what is refused.
func TestSync(t *testing.T) {
	reads := func(ref string) string { return `violation contains {"msg": "bad"} if ` + ref + `.spec.bad` }
	for name, c := range map[string]struct{ custom, rule, want string }{
		"namespaced": {"", reads(`data.inventory.namespace[_]["apps/v1"].Deployment[_]`), "[{group: apps, kind: Deployment, version: v1}]"},
		"cluster":    {"", reads(`data.inventory.cluster.v1.Namespace[_]`), `[{group: "", kind: Namespace, version: v1}]`},
		"declared":   {"inventory: [{group: \"\", version: v1, kind: Pod}]", reads(`data.inventory.namespace[_][_][_][_]`), `[{group: "", kind: Pod, version: v1}]`},
		"open":       {"", reads(`data.inventory.namespace[_][_].Pod[_]`), ""},
		"incomplete": {"inventory: [{kind: Pod}]", reads(`data.inventory.cluster.v1.Pod[_]`), ""},
	} {
		objects, findings := Objects(one(t, "kinds: [{apiGroups: [\"\"], kinds: [Pod]}]\n"+c.custom, c.rule), policy.Settings{}, Options{Namespace: "gk"})
		if c.want == "" {
			if !findings.Failed() || !strings.Contains(fmt.Sprint(findings), "some-policy") {
				t.Errorf("%s: %v, want a finding that names the policy", name, findings)
			}
			continue
		}
		if findings != nil {
			t.Errorf("%s: %v", name, findings)
			continue
		}
		want(t, objects[2], "apiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: config, namespace: gk}\nspec: {sync: {syncOnly: "+c.want+"}}")
	}
}

// TestRefused: what Gatekeeper could not judge as the static check does is an error that names the policy.
func TestRefused(t *testing.T) {
	parameters := func(of string) string { return "parameters: {type: object, properties: {p: " + of + "}}" }
	for name, c := range map[string]struct{ custom, rego, want string }{
		"two types":          {parameters("{type: [string, boolean]}"), plainRule, "custom.parameters, p: a value has one type there, this one has boolean, string"},
		"oneOf":              {parameters("{type: string, oneOf: [{minLength: 1}]}"), plainRule, "custom.parameters, p: oneOf has no equal"},
		"nested":             {parameters("{type: array, items: {type: object, properties: {q: {type: string, not: {}}}}}"), plainRule, "custom.parameters, p.[].q: not has no equal"},
		"taken":              {"parameters: {type: object, properties: {exempt: {type: string}}}", plainRule, "its parameter exempt has the name"},
		"no map":             {"parameters: {type: object, additionalProperties: {type: string}}", plainRule, "its parameters are no map of properties"},
		"import of input":    {"", "import input.review.object as this\n\n" + `violation contains {"msg": "bad"} if this.spec.bad`, "Gatekeeper takes no import of input.review.object"},
		"import of the rest": {"", "import data.inventory\n\n" + `violation contains {"msg": "bad"} if inventory.cluster.v1.Node[_].spec.bad`, "Gatekeeper takes no import of data.inventory"},
	} {
		_, findings := Objects(one(t, "kinds: [{apiGroups: [\"\"], kinds: [Pod]}]\n"+c.custom, c.rego), policy.Settings{}, Options{})
		if !slices.ContainsFunc(findings, func(f diag.Finding) bool {
			return f.Rule == rule && f.Severity == diag.Error && f.At.File == "policies/some-policy/policy.rego" && strings.Contains(f.Message, "policy some-policy cannot be put on a cluster: "+c.want)
		}) {
			t.Errorf("%s: %v\nwant %s", name, findings, c.want)
		}
	}
}

// TestCore: every policy of the platform can be put on a cluster, twice the same, and fits the definitions that a cluster with
// Gatekeeper has.
func TestCore(t *testing.T) {
	set, findings := policy.Load(otomi.Core, nil)
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	settings := policy.Settings{Policies: map[string]policy.Setting{}}
	for _, id := range set.IDs() {
		settings.Policies[id] = policy.Setting{Named: true}
	}
	objects, findings := Objects(set, settings, Options{})
	if findings != nil {
		t.Fatal(findings)
	}
	if got, want := len(objects), 2*len(set.IDs())+1; got != want {
		t.Errorf("%d policies are %d objects, want %d", len(set.IDs()), got, want)
	}
	if f := manifest.Check(t.Context(), objects, manifest.Options{CRDs: CRDs(objects)}); len(f) > 0 {
		t.Errorf("they do not pass the check of manifests: %v", f)
	}
	again, _ := Objects(set, settings, Options{})
	for i := range objects {
		if string(objects[i].Source.Text) != string(again[i].Source.Text) {
			t.Errorf("%s is another when it is made again", objects[i].ID())
		}
		if strings.Contains(string(objects[i].Source.Text), `- "#`) {
			t.Errorf("%s is written on one line", objects[i].ID())
		}
	}
}
