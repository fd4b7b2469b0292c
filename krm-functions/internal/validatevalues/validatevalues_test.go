package validatevalues_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/validatevalues"
)

// check runs the function on values, with what else their item says, and a schema.
func check(t *testing.T, values, schema, config string) (code int, out, stderr string) {
	t.Helper()
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" +
		"- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: 'true'}}, " + values + "}\n" +
		"- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: schema}\n  data:\n    s.yaml: '" + schema + "'\n" +
		"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: ValidateValues, metadata: {name: test}, spec: " + config + "}\n"
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), validatevalues.Function(), krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	if before, _, _ := strings.Cut(in, "functionConfig:"); !strings.HasPrefix(o.String(), before) {
		t.Errorf("the items were changed:\n%s", &o)
	}
	return code, o.String(), e.String()
}

func TestFindings(t *testing.T) {
	const both, number = "{values: {name: merged}, schema: {configMap: schema, key: s.yaml}}", "properties: {a: {type: integer}}"
	for name, c := range map[string]struct {
		values, schema, config, want string
		code                         int
	}{
		"right":          {"spec: {a: 1}", number, both, "", 0},
		"wrong":          {"spec: {a: x}, status: {sources: {/a: env/a.yaml:3:4}}", number, both, `env/a.yaml:3:4: error: a: want an integer, have the string "x" [schema-type]`, 1},
		"no place":       {"spec: {a: x}", number, both, `Values.otomi.io/merged: error: a: want an integer`, 1},
		"missing":        {"spec: {}", "required: [a]", both, "a: ", 1},
		"placeholder":    {"spec: {a: otomi-secret-placeholder}", number, both, "", 0},
		"no schema":      {"spec: {a: 1}", "type: [", both, "s.yaml:2:1: error", 1},
		"no such key":    {"spec: {a: 1}", number, "{values: {name: merged}, schema: {configMap: schema, key: t.yaml}}", "the ConfigMap schema has no key t.yaml", 1},
		"no such item":   {"spec: {a: 1}", number, "{values: {name: mergd}, schema: {configMap: schema, key: s.yaml}}", `the stream has no Values "mergd"`, 1},
		"which schema":   {"spec: {a: 1}", number, "{values: {name: merged}}", "spec.schema: the value is missing", 1},
		"which values":   {"spec: {a: 1}", number, "{schema: {configMap: schema, key: s.yaml}}", "spec.values: the value is missing", 1},
		"unknown option": {"spec: {a: 1}", number, "{value: {name: merged}}", `spec.value: unknown field "value" [unknown-field]` + "\n    did you mean \"values\"?", 1},
	} {
		code, _, stderr := check(t, c.values, c.schema, c.config)
		if code != c.code || !strings.Contains(stderr, c.want) || (stderr == "") != (c.want == "") {
			t.Errorf("%s: exit code %d, want %d; stderr %s\nwant %s", name, code, c.code, stderr, c.want)
		}
	}
}

// TestSecrets: what the schema calls a secret, and what merge-values says is one, is not told.
func TestSecrets(t *testing.T) {
	const config = "{values: {name: merged}, schema: {configMap: schema, key: s.yaml}}"
	for name, c := range map[string]struct{ values, schema string }{
		"by the schema": {"spec: {a: hunter2-secret}", "properties: {a: {type: integer, x-secret: true}}"},
		"by the values": {"spec: {a: hunter2-secret}, status: {secrets: [/a]}", "properties: {a: {type: integer}}"},
		"elsewhere":     {"spec: {a: hunter2-secret, b: hunter2-secret}, status: {secrets: [/a]}", "properties: {b: {enum: [x]}}"},
	} {
		code, out, stderr := check(t, c.values, c.schema, config)
		_, results, _ := strings.Cut(out, "results:")
		if code != 1 || strings.Contains(stderr+results, "hunter2") {
			t.Errorf("%s: exit code %d, stderr %s, results %s", name, code, stderr, results)
		}
	}
}
