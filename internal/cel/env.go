// Package cel evaluates rules that people write in CEL, the Common Expression Language, as in the x-kubernetes-validations
// of CRDs: an expression and the type of self go in, a Program comes out, or what is wrong with the expression and where in
// it. A Program takes plain Go values. Expressions have the libraries that Kubernetes' have, without those that ask an API
// server, and end in bounded time.
package cel

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/ext"
	"github.com/google/cel-go/interpreter"
	"k8s.io/apiserver/pkg/cel/library"
)

// costLimit bounds one evaluation: what Kubernetes gives one rule, a second or two of work.
const costLimit = 1_000_000

// Env compiles expressions. It is for one goroutine; Programs are for all.
type Env struct {
	env   *cel.Env
	types *provider
}

// NewEnv makes an Env.
func NewEnv() (*Env, error) {
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.DefaultUTCTimeZone(true), cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals(),
			cel.ValidateHomogeneousAggregateLiterals()),
		cel.CostEstimatorOptions(checker.PresenceTestHasCost(false)),
		ext.Strings(ext.StringsVersion(2)), ext.Sets(), ext.TwoVarComprehensions(), ext.Lists(ext.ListsVersion(3)),
		library.Lists(library.ListsVersion(1)), library.SemverLib(library.SemverVersion(1)),
		library.URLs(), library.Regex(), library.Quantity(), library.IP(), library.CIDR(), library.Format(),
	)
	if err != nil {
		return nil, fmt.Errorf("make CEL environment: %w", err)
	}
	types := &provider{Provider: env.CELTypeProvider(), names: map[*Type]string{}, types: map[string]*Type{}}
	if env, err = env.Extend(cel.CustomTypeProvider(types)); err != nil {
		return nil, fmt.Errorf("make CEL environment: %w", err)
	}
	return &Env{env: env, types: types}, nil
}

// Issue is one thing that is wrong with an expression. Lines and columns count from 1, columns in characters.
type Issue struct {
	Line, Col int
	Message   string
}

// Program is an expression that is ready to run.
type Program struct {
	program cel.Program
	about   *Type
	names   []string // of the variables that stand for the value
}

// Compile compiles an expression about self that gives a value of the kind: Bool or String.
func (e *Env) Compile(expression string, self *Type, gives Kind) (*Program, []Issue) {
	return e.compile(expression, self, gives, "self")
}

// CompileObject compiles a yes or no about an object of which no type is known. The expression calls it self or object.
func (e *Env) CompileObject(expression string) (*Program, []Issue) {
	return e.compile(expression, nil, Bool, "self", "object")
}

func (e *Env) compile(expression string, about *Type, gives Kind, names ...string) (*Program, []Issue) {
	var variables []cel.EnvOption
	for _, name := range names {
		variables = append(variables, cel.Variable(name, e.types.cel(about)))
	}
	env, err := e.env.Extend(variables...)
	if err != nil {
		return nil, []Issue{{1, 1, err.Error()}}
	}
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		var out []Issue
		for _, i := range issues.Errors() {
			out = append(out, Issue{max(1, i.Location.Line()), max(0, i.Location.Column()) + 1, words(i.Message)})
		}
		return nil, out
	}
	if t := ast.OutputType(); !t.IsExactType(cel.DynType) && !t.IsExactType(e.types.cel(&Type{Kind: gives})) {
		return nil, []Issue{{1, 1, fmt.Sprintf("want %s, the expression gives %s", article(gives.String()), article(t.String()))}}
	}
	program, err := env.Program(ast,
		cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost), cel.CostLimit(costLimit), cel.CostTracking(&library.CostEstimator{}),
		cel.CostTrackerOptions(interpreter.PresenceTestHasCost(false)))
	if err != nil {
		return nil, []Issue{{1, 1, err.Error()}}
	}
	return &Program{program: program, about: about, names: names}, nil
}

// words is the library's message as our messages read.
func words(message string) string {
	message = strings.TrimSuffix(message, " (in container '')")
	if rest, found := strings.CutPrefix(message, "Syntax error: "); found {
		rest, _, _ = strings.Cut(rest, " expecting {") // a list of all that CEL has
		return "syntax error: " + rest
	}
	return message
}
