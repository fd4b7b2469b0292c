package pipeline_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/pipeline"
)

const head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

// spec is that of a function which says what it is called and given, or fails.
type spec struct {
	Say  string `json:"say" schema:"required"`
	Fail bool   `json:"fail"`
}

func say(_ context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, "Say")
	if findings.Failed() {
		return findings
	}
	at := diag.Position{File: l.File(l.Config).Name, Line: 1, Col: 1}
	findings = append(findings, diag.Infof("said", at, "%s says %s", l.Owner(), config.Say).WithPath("spec.say"))
	if config.Fail {
		findings = append(findings, diag.Errorf("failed", diag.Position{}, "%s fails", l.Owner()))
	}
	l.Items[0].SetLabel("said", config.Say)
	return findings
}

func run(t *testing.T, config string) (code int, out, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	f := pipeline.Function([]krm.Function{{Name: "say", Kind: "Say", Spec: spec{}, Run: say}})
	in := head + "items:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n" + config
	code = krm.Run(t.Context(), f, krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func config(steps string) string {
	return "functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Pipeline, metadata: {name: p}, spec: {steps: " + steps + "}}\n"
}

func TestFindings(t *testing.T) {
	const at = "Pipeline.otomi.io/p: "
	for name, c := range map[string]struct {
		steps, want string
		code        int
	}{
		"two steps":       {"[{kind: Say, spec: {say: a}}, {kind: Say, name: second, spec: {say: b}}]", at + "info: spec.steps[0].spec.say: p-say says a [said]\n" + at + "info: spec.steps[1].spec.say: second says b [said]\n", 0},
		"first fails":     {"[{kind: Say, spec: {say: a, fail: true}}, {kind: Say, name: second, spec: {say: b}}]", "error: p-say fails [failed]\n" + at + "info: spec.steps[0].spec.say: p-say says a [said]\n", 1},
		"unknown kind":    {"[{kind: Sya, spec: {say: a}}]", at + "error: spec.steps[0].kind: there is no function of kind \"Sya\" [unknown-step]\n    did you mean \"Say\"?\n", 1},
		"empty steps":     {"[]", at + "error: spec.steps: there are no steps, so nothing would be done [no-steps]\n    name a function: [{kind: Say, spec: {…}}]\n", 1},
		"itself":          {"[{kind: Pipeline}]", at + "error: spec.steps[0].kind: there is no function of kind \"Pipeline\" [unknown-step]\n    the kinds are Say\n", 1},
		"same name":       {"[{kind: Say, spec: {say: a}}, {kind: Say, spec: {say: b}}]", at + "error: spec.steps[1]: the step has the name p-say, as spec.steps[0] has: each would remove what the other renders [step-name]\n    give both a name\n", 1},
		"bad second spec": {"[{kind: Say, spec: {say: a}}, {kind: Say, name: b, spec: {asy: b}}]", at + "error: spec.steps[1].spec.asy: unknown field \"asy\" [unknown-field]\n    did you mean \"say\"?\n", 1},
		"incomplete":      {"[{kind: Say}]", at + "error: spec.steps[0].spec.say: the value is missing [required]\n", 1},
		"no kind":         {"[{name: x}]", at + "error: spec.steps[0].kind: the value is missing [required]\n", 1},
		"no steps":        {"", at + "error: spec.steps: the value is missing [required]\n", 1},
	} {
		code, out, stderr := run(t, config(c.steps))
		if diff := cmp.Diff(c.want, stderr); diff != "" || code != c.code {
			t.Errorf("%s: exit code %d, want %d; stderr (-want +got):\n%s", name, code, c.code, diff)
		}
		if changed := strings.Contains(out, "labels"); changed != (code == 0) {
			t.Errorf("%s: the item was changed: %v, exit code %d\n%s", name, changed, code, out)
		}
		if strings.Contains(out, "kind: Say\n    name") {
			t.Errorf("%s: a result is about a functionConfig that nobody has:\n%s", name, out)
		}
	}
}

// TestConfigMap takes the steps from a ConfigMap, as kpt makes one of options.
func TestConfigMap(t *testing.T) {
	code, out, stderr := run(t, "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}, data: {steps: \"[{kind: Say, spec: {say: a}}]\"}}\n")
	if code != 0 || !strings.Contains(out, "labels: {said: a}") || !strings.Contains(stderr, "pipeline-say says a") {
		t.Errorf("exit code %d, stderr %s, stdout\n%s", code, stderr, out)
	}
}

// TestNoRemovals: two pipelines that nobody named call their steps the same, and neither may remove what the other rendered.
func TestNoRemovals(t *testing.T) {
	render := func(_ context.Context, l *krm.List) diag.Findings {
		return l.Own(nil, func(*krm.Item) string { return "" }, func(*krm.Item) bool { return true })
	}
	for steps, want := range map[string]int{"[{kind: Render}]": 1, "[{kind: Render, name: function-render}]": 0} {
		f := pipeline.Function([]krm.Function{{Name: "render", Kind: "Render", Spec: struct{}{}, Run: render}})
		in := head + "items:\n" +
			"- {apiVersion: v1, kind: A, metadata: {name: a, annotations: {otomi.io/rendered-by: pipeline-render}}}\n" +
			"- {apiVersion: v1, kind: A, metadata: {name: b, annotations: {otomi.io/rendered-by: function-render}}}\n" +
			"functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}, data: {steps: '" + steps + "'}}\n"
		var o, e bytes.Buffer
		if code := krm.Run(t.Context(), f, krm.Process{In: strings.NewReader(in), Out: &o, Err: &e}); code != want {
			t.Errorf("%s: code %d, want %d\n%s", steps, code, want, e.String())
		}
	}
}
