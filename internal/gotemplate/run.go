package gotemplate

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"strings"
	"sync/atomic"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Limits stop a template that runs away. Zero means the usual limit.
type Limits struct {
	Output int           // bytes that all templates of a run write, those that include and tpl return too; usually 128 MiB
	Depth  int           // of include and tpl within each other; usually 1000
	List   int           // items of a list that a function makes; usually a million
	Time   time.Duration // of the execution of one template; usually a minute
}

func (l Limits) orUsual() Limits {
	or := func(n, usual int) int {
		if n == 0 {
			return usual
		}
		return n
	}
	return Limits{
		Output: or(l.Output, 128<<20), Depth: or(l.Depth, 1000), List: or(l.List, 1_000_000),
		Time: time.Duration(or(int(l.Time), int(time.Minute))),
	}
}

// Env is what templates of a run can reach besides their data.
type Env struct {
	Limits Limits
	// Lookup answers a chart's lookup; nil: nothing is found.
	Lookup func(apiVersion, kind, namespace, name string) (map[string]any, error)
	// Volatile answers the nth call, from 0, of a random or clock function with the same arguments; nil: see Placeholder.
	Volatile func(function string, args []any, n int) (any, error)
	// Hermetic makes every such call an error.
	Hermetic bool
	// Exact keeps integers that charts read from YAML, JSON and TOML integers. Helm makes them float64.
	Exact bool
}

// Run executes templates of a set for one release. It is for one goroutine.
type Run struct {
	ctx       context.Context
	set       *Set
	env       Env
	scope     *scope
	out       *output                // what is being written
	executing string                 // the file that is executed, as shown to users
	place     atomic.Pointer[string] // of the loop that was begun last, or of the template: see where
	used      int                    // bytes written so far
	depth     int
	calls     map[string]int                    // of volatile functions, by name and arguments
	before    map[string]map[string]int         // calls, when a template's execution began
	texts     map[string]File                   // texts given to tpl, by the name they were parsed under
	parses    map[string]map[string]*parse.Tree // trees of texts given to tpl
	builtin   *template.Template                // see builtinEq
	found     diag.Findings
	filled    bool // a placeholder stood for an answer in the template that is executed
	passed    bool // and may have been put where the templates that follow find it
}

// Placeholders reports whether what was executed last may hold placeholders for what random and clock functions return: its
// own, or those of a template before it that changed values which both see.
func (r *Run) Placeholders() bool { return r.filled }

// passing watches the functions that change what they are given.
func (r *Run) passing(f template.FuncMap) {
	for name, function := range f {
		if !changesArguments(name) || name == "tpl" { // what the text calls is watched too
			continue
		}
		v := reflect.ValueOf(function)
		call := v.Call
		if v.Type().IsVariadic() {
			call = v.CallSlice
		}
		f[name] = reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
			r.passed = r.passed || r.filled
			return call(args)
		}).Interface()
	}
}

// scope is a name space of templates: the set's own, and one for every text given to tpl that defines templates.
type scope struct {
	templates *template.Template
	includes  map[string]*scope // by text: scopes within this one
}

// Run begins a run of the set's templates.
func (s *Set) Run(ctx context.Context, env Env) *Run {
	env.Limits = env.Limits.orUsual()
	r := &Run{
		ctx: ctx, set: s, env: env, calls: map[string]int{}, before: map[string]map[string]int{},
		texts: map[string]File{}, parses: map[string]map[string]*parse.Tree{}, builtin: builtinEq(),
	}
	t := template.New("gotpl")
	r.scope = r.newScope(t)
	for _, trees := range s.trees {
		addTrees(t, trees)
	}
	return r
}

func (r *Run) newScope(t *template.Template) *scope {
	s := &scope{templates: t, includes: map[string]*scope{}}
	// The option is set anew because Clone loses it: golang/go#43022.
	t.Option(map[Dialect]string{Core: "missingkey=error", Generator: "missingkey=error", Chart: "missingkey=zero"}[r.set.dialect])
	t.Funcs(r.functions(s))
	return s
}

func addTrees(t *template.Template, trees map[string]*parse.Tree) {
	for name, tree := range trees {
		// The only error is a redefinition under html/template's rules, which text/template does not have.
		_, _ = t.AddParseTree(name, tree)
	}
}

// Execute executes one template of the set. Every error is a finding; so is, of severity info, every call that a placeholder
// answered.
func (r *Run) Execute(name string, data any) (Output, diag.Findings) {
	if len(r.calls) > 0 {
		r.before[name] = maps.Clone(r.calls)
	}
	r.found, r.filled = nil, r.passed
	ctx, cancel := context.WithTimeoutCause(r.ctx, r.env.Limits.Time, limit("the template runs for more than %s", r.env.Limits.Time))
	defer cancel()
	r.executing = r.set.byName[name].Display
	r.place.Store(nil)
	x, err := r.inTime(ctx, name, data)
	if errors.Is(err, errStuck) {
		// What is stuck still works on r.
		return Output{}, diag.Findings{diag.Errorf("template-limit", r.where(), "%v", stopped(ctx))}
	}
	if err != nil {
		return Output{}, append(r.found, r.finding(err, data))
	}
	if r.found.Failed() {
		return Output{}, r.found
	}
	return r.output(x.text, x.out), r.found
}

// errStuck says that a function did not come back when the time was up.
var errStuck = errors.New("a function is stuck")

// execution is what came of executing a template.
type execution struct {
	text string
	out  *output
}

// inTime executes a template that stops by itself when the time is up, between the steps of the template. One that is
// within a function then is left behind: nobody waits for it, and it ends with the program.
func (r *Run) inTime(ctx context.Context, name string, data any) (execution, error) {
	const grace = 2 * time.Second
	type result struct {
		execution
		err error
	}
	outer := r.ctx
	r.ctx = ctx
	done := make(chan result, 1)
	go func() {
		text, out, err := r.execute(r.scope, name, data)
		done <- result{execution{text, out}, err}
	}()
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(late) }) })
	defer stop()
	select {
	case x := <-done:
		r.ctx = outer
		return x.execution, x.err
	case <-late:
		return execution{}, errStuck
	}
}

// stopped is why a run may not go on.
func stopped(ctx context.Context) error {
	cause := context.Cause(ctx)
	if _, ok := errors.AsType[limitError](cause); ok {
		return cause
	}
	return limit("stopped: %v", cause)
}

// Trace executes a template again, whose data must be as it was, to learn which line of it wrote what. Where the text is
// not what it was, nothing is learnt.
func (r *Run) Trace(name string, data any, was Output) Output {
	again := r.set.traced().Run(r.ctx, r.env)
	if calls := r.before[name]; calls != nil {
		again.calls = maps.Clone(calls)
	}
	out, _ := again.Execute(name, data)
	if string(out.Text) != string(was.Text) {
		return was
	}
	return out
}

func (r *Run) execute(s *scope, name string, data any) (string, *output, error) {
	outer := r.out
	defer func() { r.out = outer }()
	r.out = &output{run: r}
	defer r.enter(s, name)()
	if err := r.ctx.Err(); err != nil {
		return "", r.out, r.here(stopped(r.ctx))
	}
	err := s.templates.ExecuteTemplate(r.out, name, data)
	return r.out.text.String(), r.out, err
}

// clean takes out what text/template prints for nothing, as Helm does.
func (r *Run) clean(text string) string {
	if r.set.dialect != Chart {
		return text
	}
	return strings.ReplaceAll(text, "<no value>", "")
}

func (r *Run) include(s *scope, name string, data any) (string, error) {
	if s.templates.Lookup(name) == nil {
		f := failure{message: "there is no template " + quoted(name)}
		f.hint = diag.DidYouMean(name, r.set.defined())
		return "", f
	}
	return r.nested(func() (string, *output, error) { return r.execute(s, name, data) })
}

func (r *Run) nested(execute func() (string, *output, error)) (string, error) {
	if r.depth >= r.env.Limits.Depth {
		return "", limit("include and tpl are nested more than %d deep", r.env.Limits.Depth)
	}
	r.depth++
	defer func() { r.depth-- }()
	text, out, err := execute()
	if len(out.marks) > 0 && r.out != nil {
		r.out.made = append(r.out.made, made{r.out.text.Len(), text, out.marks, out.made})
	}
	return text, err
}

// failure is what a function has to say to the user, without Go's frame around it.
type failure struct{ message, hint, rule string }

func (f failure) Error() string { return f.message }
