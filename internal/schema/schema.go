// Package schema knows what values may look like. The schema files of a core stack go in and are united into one JSON
// Schema, compiled once. It answers three questions: by which rules layers merge (Rules), what is wrong with a merged
// tree (Check), and what the united schema is (Document, and for one layer Loose). Everything it says is a finding at the
// line that the user edits.
//
// Beside JSON Schema's keywords it knows these:
//
//	x-merge, x-merge-key  how a list of a higher layer joins a lower one's: append, prepend, byKey
//	x-null: keep          null is a value here, not a removal
//	x-secret              true, or a template that generates it: the value must not stand in a plain file, and is not shown
//	x-validations         rules in CEL about self, as in CRDs: rule, message, messageExpression, reason, fieldPath
package schema

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// file is where a core keeps its schema.
const file = core.Platform + "/schema.yaml"

// Schema is the united schema of a core stack. It is never changed and may be used from several goroutines.
type Schema struct {
	united   *source.Node // as written, united; nil: there is none
	compiled *compiled    // nil: every tree is accepted
	rules    *values.Rules
}

// Load reads platform/schema.yaml of every core of the stack and unites them, low to high: see Unite. The Schema is
// never nil; one that does not compile accepts every tree.
func Load(stack core.Stack) (*Schema, diag.Findings) {
	var files []*source.File
	var findings diag.Findings
	for _, c := range stack {
		name := c.Display(file)
		data, err := fs.ReadFile(c.FS, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			findings = append(findings, diag.Errorf("read-schema", diag.Position{File: name}, "read schema: %v", err))
			continue
		}
		files = append(files, &source.File{Name: name, Data: data})
	}
	s, more := Unite(files...)
	return s, append(findings, more...)
}

// Unite reads schemas, low to high, as YAML or JSON in draft 7 or 2020-12, and unites them property by property at every
// depth: properties, definitions and requirements are joined, and what one of them says of other properties, such as
// additionalProperties: false, it says of those that none of them describes, behind a reference and in a part of allOf, too.
// Two schemas that give one property a type or a default are an error, unless both say no more than that it is a map, empty by
// default.
//
// Whatever the schemas say, apps.<release> takes enabled, rawValues and patches for every release. A name below apps that
// no schema describes takes only those three, unless the schema leaves apps open with additionalProperties: true, or is
// open itself and says nothing of apps.
func Unite(files ...*source.File) (*Schema, diag.Findings) {
	united, findings := uniteFiles(files)
	if united == nil || findings.Failed() {
		rules, _ := buildRules(nil)
		return &Schema{rules: rules}, findings
	}
	s := &Schema{united: united}
	s.compiled, findings = compile(s.united, files, append(findings, lint(united)...))
	rules, more := buildRules(s.compiled)
	s.rules = rules
	return s, once(append(findings.Hush(places(more)), more...))
}

// once leaves out what was found at the same character before: uniting copies what references lead to.
func once(findings diag.Findings) diag.Findings {
	type mistake struct {
		at            diag.Position
		rule, message string
	}
	found := map[mistake]bool{}
	return slices.DeleteFunc(findings, func(f diag.Finding) bool {
		m := mistake{f.At, f.Rule, f.Message}
		again := found[m]
		found[m] = true
		return again
	})
}

// Rules are what the schema says about merging layers, its defaults included. The tree of rules may be cyclic, as the
// schema may be.
func (s *Schema) Rules() *values.Rules { return s.rules }

// DescribesApp reports whether a schema names the app, or has a pattern that matches it.
func (s *Schema) DescribesApp(name string) bool {
	return s.compiled != nil && s.compiled.describesApp(name)
}

// Document is the united schema, as written.
func (s *Schema) Document() *source.Node {
	if s.united == nil {
		return &source.Node{Kind: source.Map}
	}
	return s.united
}
