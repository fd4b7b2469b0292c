package gator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// template has one line of Rego, in which the parts that a case is about are put.
const template = `apiVersion: templates.gatekeeper.sh/VERSION
kind: ConstraintTemplate
metadata: {name: NAME}
spec:
  crd: {spec: {names: {kind: Thing}, validation: VALIDATION}}
  targets:
    - target: TARGET
      CODE
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: KIND
metadata: {name: all}
spec: SPEC
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: default}
`

// TestRefused has what is wrong refused by both, and the same without the mistake by neither.
func TestRefused(t *testing.T) {
	const good = `rego: "package x\nviolation[{\"msg\": \"no\"}] { true }"`
	typed := `{openAPIV3Schema: {type: object, properties: {num: {type: integer, minimum: 1}, words: {type: array, items: {type: string, pattern: "^[a-z]+$"}}, kind: {type: string, enum: [a, b]}, deep: {type: object, required: [x], properties: {x: {type: string}}}, open: {type: object, additionalProperties: {type: integer}}}}}`
	code := func(rego string) string { return "code: [{engine: Rego, source: {" + rego + "}}]" }
	for name, change := range map[string][]string{
		"":                     {},
		"typed":                {"VALIDATION", typed, "SPEC", "{parameters: {num: 1, words: [a], kind: b, deep: {x: z}, open: {a: 1}}}"},
		"v0 by code":           {"CODE", code(`rego: "package x\nviolation[{\"msg\": \"no\"}] { true }"`)},
		"v1 by code":           {"CODE", code(`version: v1, rego: "package x\nviolation contains {\"msg\": \"no\"} if true"`)},
		"legacy":               {"VERSION", "v1beta1", "VALIDATION", "{openAPIV3Schema: {properties: {a: {}}}}", "SPEC", "{parameters: {b: 1, a: {c: d}}}"},
		"legacy off":           {"VERSION", "v1beta1", "VALIDATION", "{legacySchema: false, openAPIV3Schema: {type: object, properties: {a: {type: string}}}}"},
		"legacy on":            {"VALIDATION", "{legacySchema: true, openAPIV3Schema: {properties: {a: {}}}}", "SPEC", "{parameters: {b: 1}}"},
		"! version":            {"VERSION", "v2"},
		"! name":               {"NAME", "other"},
		"! target":             {"TARGET", "other.gatekeeper.sh"},
		"! no template":        {"KIND", "Other"},
		"! no rego":            {"CODE", "libs: []"},
		"! empty rego":         {"CODE", `rego: ""`},
		"! syntax":             {"CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { true"`},
		"! v1 in v0":           {"CODE", `rego: "package x\nviolation contains {\"msg\": \"no\"} if true"`},
		"! v0 in v1":           {"CODE", code(`version: v1, rego: "package x\nviolation[{\"msg\": \"no\"}] { true }"`)},
		"! v1 import":          {"CODE", `rego: "package x\nimport rego.v1\nviolation contains {\"msg\": \"no\"} if true"`},
		"! no violation":       {"CODE", `rego: "package x\ndeny[{\"msg\": \"no\"}] { true }"`},
		"! recursion":          {"CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { violation[_] }"`},
		"! unsafe":             {"CODE", `rego: "package x\nviolation[{\"msg\": msg}] { true }"`},
		"! undefined function": {"CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { unknown(1) }"`},
		"! data":               {"CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { data.other }"`},
		"! all data":           {"CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { data[_] }"`},
		"! import":             {"CODE", `rego: "package x\nimport data.other\nviolation[{\"msg\": \"no\"}] { true }"`},
		"! import inventory":   {"CODE", `rego: "package x\nimport data.inventory\nviolation[{\"msg\": \"no\"}] { true }"`},
		"! import input":       {"CODE", `rego: "package x\nimport input.review\nviolation[{\"msg\": \"no\"}] { true }"`},
		"! lib package":        {"CODE", good + "\n      libs: [\"package other\\na = 1\"]"},
		"! lib itself":         {"CODE", good + "\n      libs: [\"package lib\\na = 1\"]"},
		"! lib syntax":         {"CODE", good + "\n      libs: [\"package lib.a\\na = \"]"},
		"! lib data":           {"CODE", good + "\n      libs: [\"package lib.a\\na = data.other\"]"},
		"! not structural":     {"VALIDATION", "{openAPIV3Schema: {type: object, properties: {a: {}}}}"},
		"! type":               {"VALIDATION", typed, "SPEC", "{parameters: {num: one}}"},
		"! minimum":            {"VALIDATION", typed, "SPEC", "{parameters: {num: 0}}"},
		"! pattern":            {"VALIDATION", typed, "SPEC", "{parameters: {words: [a, A]}}"},
		"! enum":               {"VALIDATION", typed, "SPEC", "{parameters: {kind: c}}"},
		"! required":           {"VALIDATION", typed, "SPEC", "{parameters: {deep: {}}}"},
		"! additional":         {"VALIDATION", typed, "SPEC", "{parameters: {open: {a: x}}}"},
		"! null":               {"VALIDATION", typed, "SPEC", "{parameters: {kind: null}}"},
		"! unknown":            {"VALIDATION", typed, "SPEC", "{parameters: {m: 1}}"},
		"! unknown deep":       {"VALIDATION", typed, "SPEC", "{parameters: {deep: {x: a, z: b}}}"},
		"! no schema":          {"SPEC", "{parameters: {m: 1}}"},
		"! field of spec":      {"SPEC", "{paramters: {}}"},
		"! field of match":     {"SPEC", "{match: {kind: []}}"},
		"! match type":         {"SPEC", "{match: {namespaces: blue}}"},
		"! glob":               {"SPEC", `{match: {namespaces: ["a*b"]}}`},
		"! source":             {"SPEC", "{match: {source: Somewhere}}"},
		"! operator":           {"SPEC", "{match: {labelSelector: {matchExpressions: [{key: a, operator: Is}]}}}"},
		"! values":             {"SPEC", "{match: {namespaceSelector: {matchExpressions: [{key: a, operator: In}]}}}"},
		"! scoped":             {"SPEC", "{enforcementAction: scoped}"},
		"! action type":        {"SPEC", "{enforcementAction: [deny]}"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := strings.HasPrefix(name, "!")
			all := append(change, "VERSION", "v1", "NAME", "thing", "VALIDATION", "{}", "TARGET", "admission.k8s.gatekeeper.sh", "CODE", good, "KIND", "Thing", "SPEC", "{}")
			text := template
			for i := 0; i < len(all); i += 2 {
				text = strings.ReplaceAll(text, all[i], all[i+1])
			}
			compare(t, text, refused)
		})
	}
}

// TestRefusedExpansions is TestRefused for templates that expand.
func TestRefusedExpansions(t *testing.T) {
	expansion := func(name, spec string) string {
		return "apiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\nmetadata: {name: " + name + "}\nspec: " + spec + "\n---\n"
	}
	const pod = "generatedGVK: {version: v1, kind: Pod}"
	const apps = "applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}]"
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: default}\nspec: {template: {metadata: {}}}\n"
	judge := "---\n" + strings.NewReplacer("VERSION", "v1", "NAME", "thing", "VALIDATION", "{}", "TARGET", "admission.k8s.gatekeeper.sh", "CODE", `rego: "package x\nviolation[{\"msg\": \"no\"}] { true }"`,
		"KIND", "Thing", "SPEC", "{}").Replace(template)
	for name, text := range map[string]string{
		"":           expansion("a", "{"+apps+", templateSource: spec.template, "+pod+"}"),
		"! source":   expansion("a", "{"+apps+", "+pod+"}"),
		"! gvk":      expansion("a", "{"+apps+", templateSource: spec.template}"),
		"! apply":    expansion("a", "{templateSource: spec.template, "+pod+"}"),
		"! itself":   expansion("a", "{"+apps+", templateSource: spec.template, generatedGVK: {group: apps, version: v1, kind: Deployment}}"),
		"! circle":   expansion("a", "{"+apps+", templateSource: spec.template, "+pod+"}") + expansion("b", "{applyTo: [{groups: [\"\"], versions: [v1], kinds: [Pod]}], templateSource: spec, generatedGVK: {group: apps, version: v1, kind: Deployment}}"),
		"! missing":  expansion("a", "{"+apps+", templateSource: spec.other, "+pod+"}"),
		"! no map":   expansion("a", "{"+apps+", templateSource: kind, "+pod+"}"),
		"! too long": expansion(strings.Repeat("a", 64), "{"+apps+", templateSource: spec.template, "+pod+"}"),
	} {
		t.Run(name, func(t *testing.T) { compare(t, text+deployment+judge, strings.HasPrefix(name, "!")) })
	}
}

func compare(t *testing.T, text string, refused bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stream.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := rig.Run(t, ".", nil, "gator", "test", "-f", file, "-o", "json")
	if got := !strings.HasPrefix(theirs.Stdout, "[") && !strings.HasPrefix(theirs.Stdout, "null"); got != refused {
		t.Fatalf("gator refuses it = %t, want %t: this case is wrong\n%s%s", got, refused, theirs.Stdout, theirs.Stderr)
	}
	objects, findings := object.Parse("stream.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	set, findings := policy.FromStream(objects)
	for _, f := range set.Check(t.Context(), objects, policy.Settings{}, time.Time{}).Findings {
		if strings.HasPrefix(f.Rule, "gatekeeper-") || f.Rule == "policy-error" {
			findings = append(findings, f)
		}
	}
	if findings.Failed() != refused {
		t.Errorf("we refuse it = %t, gator = %t: %v\n%s", findings.Failed(), refused, findings, theirs.Stderr)
	}
	for _, f := range findings {
		if f.At.Line == 0 || f.Object == "" {
			t.Errorf("%v has no line or object", f)
		}
		t.Logf("%s %v", f.Rule, f)
	}
}
