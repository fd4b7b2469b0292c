package gotemplate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// tplName begins the names under which texts given to tpl are parsed. Template files cannot have such a name.
const tplName = "\x00tpl"

// tpl executes a text as a template. What it defines is seen within it only, as in Helm, which clones all templates for
// every call; here only texts that define something pay for that, once per text.
func (r *Run) tpl(s *scope, text string, data any) (string, error) {
	if !strings.Contains(text, "{{") {
		return r.clean(text), nil
	}
	trees, err := r.parseText(text)
	if err != nil {
		return "", err
	}
	name := mainName(trees)
	inner := s
	if len(trees) > 1 {
		if inner = s.includes[text]; inner == nil {
			if inner, err = r.cloneScope(s); err != nil {
				return "", err
			}
			addTrees(inner.templates, trees)
			s.includes[text] = inner
		}
	} else if s.templates.Lookup(name) == nil {
		addTrees(s.templates, trees)
	}
	out, err := r.nested(func() (string, *output, error) { return r.execute(inner, name, data) })
	return r.clean(out), err
}

func (r *Run) cloneScope(s *scope) (*scope, error) {
	t, err := s.templates.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone templates: %w", err)
	}
	return r.newScope(t), nil
}

func mainName(trees map[string]*parse.Tree) string {
	for name := range trees {
		if strings.HasPrefix(name, tplName) {
			return name
		}
	}
	return ""
}

// parseText parses a text given to tpl, once per run.
func (r *Run) parseText(text string) (map[string]*parse.Tree, error) {
	if trees, ok := r.parses[text]; ok {
		return trees, nil
	}
	file := File{Name: fmt.Sprint(tplName, len(r.texts)), Display: tplName, Text: text}
	p := r.set.cache.parseFile(r.set.dialect, file, false)
	if p.findings.Failed() {
		return nil, textError(p.findings)
	}
	r.texts[file.Name] = file
	r.parses[text] = p.trees
	return p.trees, nil
}

// textError says what is wrong with a text given to tpl: the finding belongs to the call, the text has no file.
func textError(findings diag.Findings) error {
	f := findings[0]
	return failure{message: fmt.Sprintf("in the text given to tpl, line %d: %s", max(f.At.Line, 1), f.Message), hint: f.Hint}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
