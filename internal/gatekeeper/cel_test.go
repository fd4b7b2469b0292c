package gatekeeper

import (
	"context"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// native is a ConstraintTemplate whose source for CEL begins at line 11.
func native(source string) string {
	return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: thing}
spec:
  crd:
    spec: {names: {kind: Thing}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: K8sNativeValidation
          source: ` + source + "\n"
}

// What is wrong with CEL is said at its line, though Gatekeeper would only say it when it judges.
func TestCELMistakes(t *testing.T) {
	for source, want := range map[string]string{
		`{validations: [{expression: "object.spec.a == 1 &&"}]}`:                                                              "11:47: error: Syntax error: mismatched input '<EOF>'",
		"\n            validations:\n              - expression: |\n                  true &&\n                    nothing\n": "15:21: error: undeclared reference to 'nothing'",
		`{validations: [{expression: object.spec.a}]}`:                                                                        "11:47: error: the expression must evaluate to bool but got dyn",
		`{validations: [{expression: "true", messageExpression: "1"}]}`:                                                       "11:74: error: the expression must evaluate to string but got int",
		`{validations: [{expression: params.spec.a == 1}]}`:                                                                   "11:47: error: undeclared reference to 'params'",
		`{validations: [{expression: "authorizer.group('').resource('pods').check('get').allowed()"}]}`:                       "11:47: error: undeclared reference to 'authorizer'",
		`{variables: [{name: params, expression: "1"}]}`:                                                                      "11:39: error: the name params is Gatekeeper's own",
		`{variables: [{name: a, expression: "1 +"}], validations: [{expression: "true"}]}`:                                    "11:54: error: Syntax error",
		`{matchCondition: [{name: gatekeeper_internal_a, expression: "true"}]}`:                                               "11:44: error: names that begin with gatekeeper_internal_ are Gatekeeper's own",
		`{failurePolicy: Sometimes, validations: []}`:                                                                         `11:35: error: want Fail or Ignore, not "Sometimes"`,
		`{matchConditions: [], validations: [{expression: "true"}]}`:                                                          "11:20: warning: Gatekeeper ignores the field matchConditions",
		`{}`: "11:11: warning: the CEL has no validations, so it forbids nothing",
	} {
		_, findings := Read(objects(t, native(source)))
		if len(findings) == 0 || !strings.Contains(placed(findings[0]), want) {
			t.Errorf("Read of %s = %v, want %s", source, findings, want)
		}
	}
}

func placed(f diag.Finding) string {
	f.Object, f.Path = "", ""
	return f.At.String() + ": " + f.Severity.String() + ": " + f.Message
}

// What CEL says of an error may quote what it was given; of a Secret nothing is quoted.
func TestCELSecret(t *testing.T) {
	set, findings := Read(objects(t, native(`{validations: [{expression: "int(object.stringData.password) > 1"}]}`)+`---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Thing
metadata: {name: all}
---
apiVersion: v1
kind: Secret
metadata: {name: a}
stringData: {password: hunter2}
`))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	object, err := NewObject(objects(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n")[0].Unstructured)
	if err != nil {
		t.Fatal(err)
	}
	run := rego.NewRun(t.Context(), 0)
	defer run.Close()
	violations, outcome := set.Constraints()[0].Judge(t.Context(), run, &Review{Object: object})
	if len(violations) != 1 || !strings.Contains(violations[0].Message, "object.stringData.password") || strings.Contains(violations[0].Message, "hunter2") || outcome.Err != nil {
		t.Errorf("Judge = %v, %v; want one violation that names the field and not its value", violations, outcome)
	}
}

// A check that was given up is no verdict.
func TestCELCancelled(t *testing.T) {
	list := objects(t, native(`{validations: [{expression: "false"}]}`)+"---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Thing\nmetadata: {name: all}\n")
	set, _ := Read(list)
	object, err := NewObject(list[1].Unstructured)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run := rego.NewRun(ctx, 0)
	defer run.Close()
	if _, outcome := set.Constraints()[0].Judge(ctx, run, &Review{Object: object}); outcome.Err == nil {
		t.Error("Judge with a context that has ended = no error")
	}
}
