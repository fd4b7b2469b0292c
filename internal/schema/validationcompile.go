package schema

import (
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/cel"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// addRules compiles the rules of all schemas and has the library ask them wherever it asks the schema that they stand in.
func (c *compiled) addRules() diag.Findings {
	var findings diag.Findings
	var r *ruleCompiler
	for _, location := range sortedKeys(c.schemas) {
		n := c.node(location).Get(validations)
		if n == nil {
			continue
		}
		list, _ := readValidations(n, nil) // lint reports the others
		if r == nil {
			env, err := cel.NewEnv()
			if err != nil {
				return diag.Findings{diag.Errorf(invalid, n.At(), "%v", err)}
			}
			r = &ruleCompiler{env: env, typer: newTyper(c), names: c.names(), known: map[diag.Position]bool{}}
			c.budget = &budget{doc: c.doc.At()}
		}
		s := c.schemas[location]
		rules := rules{budget: c.budget}
		for _, v := range list {
			if rule := r.compile(v, r.typer.self(s), pathOf(location)); rule != nil {
				rules.rules = append(rules.rules, rule)
			}
		}
		s.Extensions = append(s.Extensions, rules)
	}
	if r != nil {
		findings = r.findings
	}
	return findings
}

// names are those of all properties that the schema describes.
func (c *compiled) names() []string {
	all := map[string]bool{}
	for _, s := range c.schemas {
		for name := range s.Properties {
			all[name] = true
		}
	}
	return sortedKeys(all)
}

type ruleCompiler struct {
	env      *cel.Env
	typer    *typer
	names    []string               // of all properties
	known    map[diag.Position]bool // a schema that is copied has its rules twice
	findings diag.Findings
}

func (r *ruleCompiler) compile(v validation, self *cel.Type, path []string) *rule {
	out := &rule{validation: v}
	var issues []cel.Issue
	if out.holds, issues = r.env.Compile(v.Rule.Text, self, cel.Bool); len(issues) > 0 {
		r.report(v.Rule, issues, path)
		return nil
	}
	if v.MessageExpression != nil {
		if out.wording, issues = r.env.Compile(v.MessageExpression.Text, self, cel.String); len(issues) > 0 {
			r.report(v.MessageExpression, issues, path)
			return nil
		}
	}
	if missing := unknownField(self, v.field); missing != "" {
		r.fail(v.FieldPath.At(), path, "", "self has no field "+missing)
	}
	return out
}

// unknownField is the first name of a path that self does not have.
func unknownField(self *cel.Type, path []string) string {
	for _, name := range path {
		if self == nil || self.Kind != cel.Object {
			return ""
		}
		field, known := self.Fields[name]
		if !known {
			return name
		}
		self = field
	}
	return ""
}

func (r *ruleCompiler) report(expression *source.Node, issues []cel.Issue, path []string) {
	for _, i := range issues {
		hint := ""
		if strings.Contains(i.Message, "'oldSelf'") {
			hint = noOldSelf
		}
		if name, found := strings.CutPrefix(i.Message, "undefined field '"); found {
			hint = diag.DidYouMean(strings.TrimSuffix(name, "'"), r.names)
		}
		r.fail(within(expression, i.Line, i.Col), path, hint, "the expression does not compile: "+i.Message)
	}
}

func (r *ruleCompiler) fail(at diag.Position, path []string, hint, message string) {
	if r.known[at] {
		return
	}
	r.known[at] = true
	f := diag.Errorf(invalid, at, "%s", message).WithPath(source.Path(below(path, validations)))
	f.Hint = hint
	r.findings = append(r.findings, f)
}

// within is a place inside a string, counted in lines and characters from its first; the string's own place where the file
// writes the text in another way.
func within(n *source.Node, line, col int) diag.Position {
	at := n.At()
	lines := strings.Split(n.Text, "\n")
	if n.File == nil || n.File.Data == nil || line > len(lines) {
		return at
	}
	written := strings.Split(string(n.File.Data), "\n")
	wanted := lines[line-1]
	for _, i := range []int{at.Line + line - 2, at.Line + line - 1} { // block scalars begin on the line below
		if i < 0 || i >= len(written) || strings.TrimSpace(wanted) == "" {
			continue
		}
		from := 0
		if line == 1 && i == at.Line-1 {
			from = len(string([]rune(written[i])[:min(at.Col-1, utf8.RuneCountInString(written[i]))]))
		}
		if found := strings.Index(written[i][from:], wanted); found >= 0 {
			at.Line, at.Col = i+1, utf8.RuneCountInString(written[i][:from+found])+col
			return at
		}
	}
	return at
}

// typer derives what CEL knows of values from what holds for them.
type typer struct {
	ruler ruler
	owner map[*jsonschema.Schema]*jsonschema.Schema // of a part or branch: the schema that it is part of
	built map[string]*cel.Type
}

func newTyper(c *compiled) *typer {
	t := &typer{
		ruler: ruler{numbers: map[*jsonschema.Schema]uint32{}},
		owner: map[*jsonschema.Schema]*jsonschema.Schema{}, built: map[string]*cel.Type{},
	}
	for _, location := range sortedKeys(c.schemas) {
		s := c.schemas[location]
		for _, parts := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.If, s.Then, s.Else}} {
			for _, p := range parts {
				if p != nil {
					t.owner[p] = s
				}
			}
		}
	}
	return t
}

// self is the type of the values that a schema is about. A part may speak of what the whole describes.
func (t *typer) self(s *jsonschema.Schema) *cel.Type {
	for t.owner[s] != nil {
		s = t.owner[s]
	}
	return t.of([]facet{{schema: s}})
}

func (t *typer) of(facets []facet) *cel.Type {
	facets = expand(facets)
	if len(facets) == 0 {
		return nil
	}
	key := t.ruler.key(facets, elsewhere)
	if done, ok := t.built[key]; ok {
		return done
	}
	if len(t.built) >= maxRules {
		return nil
	}
	out := &cel.Type{Kind: kindOf(facets)}
	t.built[key] = out
	switch out.Kind {
	case cel.Object:
		t.object(out, facets)
	case cel.List:
		out.Items = t.of(itemsOf(facets))
	}
	return out
}

// object fills in the fields of a map. One whose other keys are described too, or stay open on purpose, is a map of
// anything, or of what they are where nothing else is described.
func (t *typer) object(out *cel.Type, facets []facet) {
	named, open := false, false
	for _, f := range facets {
		named = named || len(f.schema.Properties) > 0
		open = open || len(f.schema.PatternProperties) > 0 || f.schema.AdditionalProperties == true || describesOthers(f)
	}
	switch {
	case named && !open:
		out.Fields = map[string]*cel.Type{}
		for _, f := range facets {
			for name := range f.schema.Properties {
				if _, done := out.Fields[name]; !done {
					out.Fields[name] = nil // a schema that refers to itself asks again
					out.Fields[name] = t.of(direct(facets, name))
				}
			}
		}
	case named:
		out.Kind = cel.Map
	default:
		out.Kind = cel.Map
		for _, f := range facets {
			if len(f.schema.PatternProperties) > 0 {
				return
			}
		}
		out.Items = t.of(rest(facets, ""))
	}
}

func describesOthers(f facet) bool {
	o := others(f.schema)
	return o != nil && (o.Bool == nil || *o.Bool)
}

func itemsOf(facets []facet) []facet {
	var out []facet
	for _, f := range facets {
		if len(f.schema.PrefixItems) > 0 {
			return nil
		}
		if f.schema.Items2020 != nil {
			out = append(out, facet{f.schema.Items2020, f.maybe})
		}
	}
	return out
}

// kindOf is the one kind that a value may be of, else Any.
func kindOf(facets []facet) cel.Kind {
	kinds := map[string]bool{}
	for _, f := range facets {
		if f.schema.Types != nil {
			for _, name := range f.schema.Types.ToStrings() {
				kinds[name] = true
			}
		} else if len(f.schema.Properties) > 0 || len(f.schema.PatternProperties) > 0 || describesOthers(f) {
			kinds["object"] = true
		}
	}
	if len(kinds) != 1 {
		return cel.Any
	}
	return map[string]cel.Kind{
		"boolean": cel.Bool, "integer": cel.Int, "number": cel.Double, "string": cel.String, "array": cel.List, "object": cel.Object,
	}[sortedKeys(kinds)[0]]
}
