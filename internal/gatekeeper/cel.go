package gatekeeper

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	admission "k8s.io/apiserver/pkg/admission/plugin/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

const celRule = "cel-compile"

// celSource is a template's code for the engine that judges by CEL, as Gatekeeper reads it.
type celSource struct {
	Variables  []celNamed `json:"variables"`
	Conditions []celNamed `json:"matchCondition"` // Gatekeeper's name for them has no s
	Rules      []struct {
		Expression        string `json:"expression"`
		Message           string `json:"message"`
		MessageExpression string `json:"messageExpression"`
	} `json:"validations"`
	FailurePolicy *string `json:"failurePolicy"`
}

type celNamed struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// expression is one expression with the types that it may give.
type expression struct {
	name, text string
	gives      []*cel.Type
}

// GetName implements admission.NamedExpressionAccessor.
func (e expression) GetName() string { return e.name }

// GetExpression implements admission.ExpressionAccessor.
func (e expression) GetExpression() string { return e.text }

// ReturnTypes implements admission.ExpressionAccessor.
func (e expression) ReturnTypes() []*cel.Type { return e.gives }

// program is CEL ready to judge. The API server's own code compiles and runs the expressions, with its libraries and its limit
// of cost, as it does for Gatekeeper.
type program struct {
	source                      celSource
	conditions, rules, messages admission.ConditionEvaluator
}

// forgives reports whether an error lets the object pass.
func (s celSource) forgives() bool { return s.FailurePolicy != nil && *s.FailurePolicy == "Ignore" }

// cel compiles a template's CEL. Mistakes are findings at their places, though Gatekeeper would find them only when it judges.
func (r *reader) cel(where string, from map[string]any) *program {
	s, ok := decode[celSource](r, templateRule, where, from)
	if !ok || !r.celNames(where, s) {
		return nil
	}
	r.celFields(where, from, s)
	compiler, err := admission.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		r.fail(celRule, where, "prepare CEL: %v", err)
		return nil
	}
	c := celCompiler{CompositedCompiler: compiler, reader: r}
	given := admission.OptionalVariableDeclarations{HasParams: true}
	for _, v := range builtinVariables() {
		compiler.CompileAndStoreVariable(v, given, environment.StoredExpressions)
	}
	for i, v := range s.Variables {
		e := expression{name: v.Name, text: v.Expression, gives: []*cel.Type{cel.AnyType, cel.DynType}}
		c.check(index(where+".variables", i)+".expression", compiler.CompileAndStoreVariable(e, given, environment.StoredExpressions))
	}
	p := &program{source: s}
	p.conditions = c.all(len(s.Conditions), func(i int) (string, string) {
		return index(where+".matchCondition", i) + ".expression", s.Conditions[i].Expression
	}, cel.BoolType)
	p.rules = c.all(len(s.Rules), func(i int) (string, string) {
		return index(where+".validations", i) + ".expression", s.Rules[i].Expression
	}, cel.BoolType)
	p.messages = c.all(len(s.Rules), func(i int) (string, string) {
		return index(where+".validations", i) + ".messageExpression", s.Rules[i].MessageExpression
	}, cel.StringType)
	return p
}

// builtinVariables are those that every template has: what the request is about, also where that is being deleted, and the
// constraint's parameters.
func builtinVariables() []expression {
	return []expression{
		{name: "anyObject", gives: []*cel.Type{cel.AnyType}, text: `object == null && request.operation == "DELETE" ? oldObject : object`},
		{name: "params", gives: []*cel.Type{cel.AnyType}, text: `has(params.spec) && has(params.spec.parameters) ? params.spec.parameters : null`},
	}
}

// celNames refuses names that are taken, and policies that do not exist.
func (r *reader) celNames(where string, s celSource) bool {
	const reserved = "gatekeeper_internal_"
	for i, v := range s.Variables {
		if strings.HasPrefix(v.Name, reserved) || v.Name == "params" || v.Name == "anyObject" {
			r.fail(templateRule, index(where+".variables", i)+".name", "the name %s is Gatekeeper's own", v.Name)
		}
	}
	for i, c := range s.Conditions {
		if strings.HasPrefix(c.Name, reserved) {
			r.fail(templateRule, index(where+".matchCondition", i)+".name", "names that begin with %s are Gatekeeper's own", reserved)
		}
	}
	if p := s.FailurePolicy; p != nil && *p != "Fail" && *p != "Ignore" {
		r.fail(templateRule, where+".failurePolicy", "want Fail or Ignore, not %q", *p)
	}
	return !r.findings.Failed()
}

// celFields warns of what makes a template judge otherwise than it reads.
func (r *reader) celFields(where string, from map[string]any, s celSource) {
	known := []string{"validations", "failurePolicy", "matchCondition", "variables", "generateVAP"}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if !slices.Contains(known, name) {
			f := r.at(templateRule, where+"."+name, "Gatekeeper ignores the field %s", name).WithHint("%s", diag.DidYouMean(name, known))
			f.Severity = diag.Warning
			r.findings = append(r.findings, f)
		}
	}
	if len(s.Rules) == 0 {
		f := r.at(templateRule, where, "the CEL has no validations, so it forbids nothing")
		f.Severity = diag.Warning
		r.findings = append(r.findings, f)
	}
}

type celCompiler struct {
	*admission.CompositedCompiler
	reader *reader
}

// all compiles expressions that are evaluated together; an empty text keeps the place of one that is not there.
func (c celCompiler) all(n int, at func(i int) (field, text string), gives *cel.Type) admission.ConditionEvaluator {
	list := make([]admission.ExpressionAccessor, n)
	for i := range n {
		field, text := at(i)
		if text == "" && gives == cel.StringType {
			continue
		}
		e := expression{text: text, gives: []*cel.Type{gives}}
		list[i] = e
		c.check(field, c.CompileCELExpression(e, admission.OptionalVariableDeclarations{}, environment.StoredExpressions))
	}
	return c.CompileCondition(list, admission.OptionalVariableDeclarations{}, environment.StoredExpressions)
}

// check reports what is wrong with an expression at its lines.
func (c celCompiler) check(field string, result admission.CompilationResult) {
	if result.Error == nil {
		return
	}
	r := c.reader
	var compilation *apiservercel.CompilationError
	if !errors.As(result.Error.Cause, &compilation) {
		r.fail(celRule, field, "the expression %s", result.Error.Detail)
		return
	}
	for _, issue := range compilation.Issues.Errors() {
		message, _, _ := strings.Cut(issue.Message, " expecting {") // a list of all that CEL has
		message = strings.TrimSuffix(message, " (in container '')")
		f := diag.Errorf(celRule, r.locator.Inside(field, max(1, issue.Location.Line()), issue.Location.Column()+1), "%s", message).WithPath(field)
		f.Object = r.object.ID().String()
		r.findings = append(r.findings, f)
	}
}
