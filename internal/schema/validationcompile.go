package schema

import (
	"strings"
	"unicode/utf8"

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
