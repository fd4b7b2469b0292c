package checkpolicies_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/checkpolicies"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// check runs the function on items and a spec; "" for no functionConfig.
func check(t *testing.T, items, spec string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items
	if spec != "" {
		in += "functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: CheckPolicies\n  metadata: {name: test}\n  spec: " + spec + "\n"
	}
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), checkpolicies.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// policies is a ConfigMap with one policy, of a name that ConfigMaps must not have.
const policies = `- apiVersion: v1
  kind: ConfigMap
  metadata: {name: mine, annotations: {config.kubernetes.io/local-config: "true"}}
  data:
    policies__no-name__policy.rego: |
      # METADATA
      # title: A name that nobody may use
      # custom:
      #   parameters:
      #     type: object
      #     properties: {name: {type: string, default: bad}}
      package no_name
      import rego.v1
      violation contains {"msg": msg, "details": {"path": "metadata.name"}} if {
        input.review.object.metadata.name == input.parameters.name
        msg := sprintf("nothing is called %s", [input.parameters.name])
      }
`

// stream is a template, which nobody applies, and a constraint.
const stream = `- apiVersion: templates.gatekeeper.sh/v1
  kind: ConstraintTemplate
  metadata: {name: noname, annotations: {config.kubernetes.io/local-config: "true"}}
  spec:
    crd: {spec: {names: {kind: NoName}}}
    targets:
      - target: admission.k8s.gatekeeper.sh
        rego: |
          package x
          violation[{"msg": "the stream does not like it", "details": {"path": "metadata.name"}}] { input.review.object.metadata.name == "bad" }
- apiVersion: constraints.gatekeeper.sh/v1beta1
  kind: NoName
  metadata: {name: all}
`

func configMap(name, annotations string) string {
	return "- {apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + ", namespace: x, annotations: {" + annotations + "}}}\n"
}

func TestFindings(t *testing.T) {
	values := `- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: "true"}}, spec: {policies: {no-name: %}}, status: {sources: {/policies/no-name/exempt/0/until: "env/p.yaml:9:9", /policies/no-name/exempt/0/reason: "env/p.yaml:8:9", /policies/no-name/exempt/0/object: "env/p.yaml:7:9"}}}` + "\n"
	with := func(settings string) string { return strings.Replace(values, "%", settings, 1) }
	exempt := "{exempt: [{object: ConfigMap/x/bad, reason: legacy, until: \"2026-01-31\"}]}"
	mine := "policies: [{configMap: mine}]"
	for name, c := range map[string]struct {
		items, spec string
		code        int
		want        string
	}{
		"violation":       {configMap("bad", ""), "{" + mine + "}", 1, "error: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"at its file":     {configMap("bad", "config.kubernetes.io/path: a.yaml"), "{" + mine + "}", 1, "a.yaml:1:52: error: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n    1 | "},
		"at its template": {configMap("bad", "config.kubernetes.io/path: a.yaml, otomi.io/source: web/templates/cm.yaml"), "{" + mine + "}", 1, "web/templates/cm.yaml: error: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"in a List":       {"- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: bad}}]}\n", "{" + mine + "}", 1, "error: ConfigMap/bad: metadata.name: nothing is called bad [no-name]\n"},
		"local":           {configMap("bad", "config.kubernetes.io/local-config: 'true'"), "{" + mine + "}", 0, ""},
		"Kptfile":         {"- {apiVersion: kpt.dev/v1, kind: Kptfile, metadata: {name: bad}}\n", "{" + mine + "}", 0, ""},
		"parameters":      {configMap("bad", "") + configMap("worse", ""), "{" + mine + ", parameters: {no-name: {name: worse}}}", 1, "error: ConfigMap/x/worse: metadata.name: nothing is called worse [no-name]\n"},
		"warning":         {configMap("bad", "") + with("{action: warn}"), "{" + mine + ", values: {name: merged}}", 0, "warning: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"preset":          {configMap("bad", ""), "{" + mine + ", preset: privileged}", 0, ""},
		"exempt":          {configMap("bad", "") + with(exempt), "{" + mine + ", values: {name: merged}, today: \"2026-01-31\"}", 0, ""},
		"expired":         {configMap("bad", "") + with(exempt), "{" + mine + ", values: {name: merged}, today: \"2026-02-01\"}", 1, "env/p.yaml:"},
		"as kustomize":    {configMap("bad", "") + with(exempt), "{" + mine + ", values: {name: merged}, today: \"2026-02-01T00:00:00Z\"}", 1, "env/p.yaml:"},
		"no today":        {configMap("bad", "") + with(exempt), "{" + mine + ", values: {name: merged}}", 0, "env/p.yaml:"},
		"not a date":      {configMap("bad", ""), "{" + mine + ", today: tomorrow}", 1, "CheckPolicies.otomi.io/test: error: spec.today: want a date such as 2026-11-20 [field-value]\n"},
		"unknown policy":  {configMap("bad", ""), "{" + mine + ", parameters: {no-nam: {}}}", 1, `CheckPolicies.otomi.io/test: error: there is no policy "no-nam" [unknown-policy]`},
		"unknown preset":  {configMap("bad", ""), "{" + mine + ", preset: basline}", 1, "CheckPolicies.otomi.io/test: error: there is no preset of this name; they are privileged, baseline and restricted [policy-settings]\n    did you mean \"baseline\"?\n"},
		"stream":          {configMap("bad", "") + stream, "{policies: [stream]}", 1, "error: ConfigMap/x/bad: metadata.name: the stream does not like it [NoName/all]\n"},
		"stream and ours": {configMap("bad", "") + stream, "{policies: [stream, {configMap: mine}]}", 1, "error: ConfigMap/x/bad: metadata.name: the stream does not like it [NoName/all]\nerror: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"stream unasked":  {configMap("bad", "") + stream, "{" + mine + ", preset: privileged}", 0, ""},
		"empty stream":    {configMap("bad", ""), "{policies: [stream]}", 0, "warning: spec.policies: the stream has no ConstraintTemplates and constraints [no-policies]\n"},
		"bad stream":      {configMap("bad", "") + strings.Replace(stream, "violation[", "violation[[", 1), "{policies: [stream]}", 1, "error: ConstraintTemplate.templates.gatekeeper.sh/noname: "},
		"policy missing":  {configMap("bad", ""), "{policies: [{configMap: your}]}", 1, `CheckPolicies.otomi.io/test: error: the stream has no ConfigMap "your" [missing-item]`},
		"no name":         {"- {apiVersion: v1, kind: ConfigMap, metadata: {generateName: a}}\n", "{" + mine + "}", 1, "error: ConfigMap: the object has no metadata.name: generateName"},
	} {
		code, _, stderr := check(t, c.items+policies, c.spec)
		if code != c.code || !strings.HasPrefix(stderr, c.want) || (stderr == "") != (c.want == "") {
			t.Errorf("%s: exit code %d, stderr %s\nwant %d, %s", name, code, stderr, c.code, c.want)
		}
	}
}

// TestMark checks who carries the mark: what was checked, when nothing failed.
func TestMark(t *testing.T) {
	mark := regexp.MustCompile(`validated-by: "?(otomi-[0-9a-f]{8})"?`)
	items := configMap("a", "") + configMap("b", "") + configMap("c", "config.kubernetes.io/local-config: 'true'") + policies
	_, out, _ := check(t, items, "{policies: [{configMap: mine}]}")
	mine := mark.FindAllStringSubmatch(out, -1)
	if len(mine) != 2 || mine[0][1] != mine[1][1] {
		t.Fatalf("%d marks, want the same one on two items:\n%s", len(mine), out)
	}
	for spec, same := range map[string]bool{
		"preset: baseline": true, "parameters: {no-name: {}}": true, "parameters: {no-name: {name: bad}}": true, "today: '2026-11-20'": true,
		"preset: privileged": false, "parameters: {no-name: {name: worse}}": false,
	} {
		_, again, stderr := check(t, items, "{policies: [{configMap: mine}], "+spec+"}")
		if got := mark.FindString(again); got == "" || same != (got == mine[0][0]) {
			t.Errorf("%s: the mark is %q, that of the usual settings %s; want the same: %v\n%s", spec, got, mine[0][0], same, stderr)
		}
	}
	if _, other, _ := check(t, items, ""); mark.FindString(other) == "" || mark.FindString(other) == mine[0][0] {
		t.Error("other policies leave the same mark, or none")
	}
	if _, failed, _ := check(t, configMap("bad", "")+items, "{policies: [{configMap: mine}]}"); mark.MatchString(failed) {
		t.Error("a check that failed leaves its mark")
	}
}

// TestMarkOfEmbedded: the plugin tells by the mark whether objects were held against the policies that it embeds.
func TestMarkOfEmbedded(t *testing.T) {
	want, err := policy.Mark(otomi.Core, nil)
	if err != nil || !object.IsCheckMark(want) {
		t.Fatalf("Mark of the embedded core = %q, %v", want, err)
	}
	for _, spec := range []string{"", "{}", "{policies: [embedded]}"} {
		if _, out, stderr := check(t, configMap("a", ""), spec); !strings.Contains(out, "validated-by: "+want) {
			t.Errorf("spec %q: no mark %s in\n%s%s", spec, want, out, stderr)
		}
	}
	if _, out, _ := check(t, configMap("a", "")+policies, "{policies: [embedded, {configMap: mine}]}"); strings.Contains(out, want) || !strings.Contains(out, "validated-by: otomi-") {
		t.Errorf("embedded policies and others have the mark of the embedded ones alone:\n%s", out)
	}
}

// TestSecrets: what merged Values of the stream call a secret is in no result and not on stderr, also where no field names them.
func TestSecrets(t *testing.T) {
	merged := "- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: 'true'}}, spec: {pw: hunter22}, status: {secrets: [/pw]}}\n"
	for _, spec := range []string{"{policies: [{configMap: mine}], values: {name: merged}, parameters: {no-name: {name: hunter22}}}", "{policies: [{configMap: mine}], parameters: {no-name: {name: hunter22}}}"} {
		code, out, stderr := check(t, merged+configMap("hunter22", "")+policies, spec)
		_, results, _ := strings.Cut(out, "\nresults:\n")
		if code != 1 || !strings.Contains(stderr, "nothing is called <redacted>") || strings.Contains(stderr, "called hunter22") || !strings.Contains(results, "nothing is called <redacted>") {
			t.Errorf("%s: exit code %d, want 1 and no secret in:\n%s%s", spec, code, stderr, results)
		}
	}
}
