// Package gatekeeper judges objects as Gatekeeper would on a cluster. ConstraintTemplates, Constraints and ExpansionTemplates go
// in as objects and come out as a Set, compiled; an object goes into Review, and what the constraints have to say of it comes
// out. Nothing of Gatekeeper runs here: the semantics are held equal to it by tests that compare the two. CEL is run by the API
// server's own packages.
package gatekeeper

import (
	"reflect"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// The API groups whose objects make policies.
const (
	TemplateGroup   = "templates.gatekeeper.sh"
	ConstraintGroup = "constraints.gatekeeper.sh"
	ExpansionGroup  = "expansion.gatekeeper.sh"
)

// Set is templates with their constraints, and what expands workloads into Pods. It is safe for concurrent use.
type Set struct {
	templates   []*Template
	constraints []*Constraint
	expansions  []*expansion
}

// Is reports whether an object is a policy of Gatekeeper's, or part of one.
func Is(o object.Object) bool {
	group, _, _ := strings.Cut(o.GetAPIVersion(), "/")
	switch group {
	case TemplateGroup, ConstraintGroup, ExpansionGroup:
		return true
	default:
		return false
	}
}

// Read makes a Set of the objects that are Gatekeeper's; others are left alone. What is wrong with one is a finding at the
// line of its YAML, and the Set is without it. A constraint whose template is missing waits for Join.
func Read(objects []object.Object) (*Set, diag.Findings) {
	s := &Set{}
	var findings diag.Findings
	for _, o := range objects {
		if !Is(o) {
			continue
		}
		r := newReader(o)
		gvk := o.GroupVersionKind()
		switch {
		case gvk.Group == TemplateGroup && gvk.Kind == "ConstraintTemplate":
			s.templates = append(s.templates, r.template())
		case gvk.Group == ConstraintGroup:
			s.constraints = append(s.constraints, &Constraint{Kind: gvk.Kind, Name: o.GetName(), Object: o, reader: r})
		case gvk.Group == ExpansionGroup && gvk.Kind == "ExpansionTemplate":
			if e := r.expansion(); e != nil {
				s.expansions = append(s.expansions, e)
			}
		}
		findings = append(findings, r.findings...)
	}
	endless, f := cycles(s.expansions)
	s.expansions = slices.DeleteFunc(s.expansions, func(e *expansion) bool { return endless[e] })
	findings = append(findings, f...)
	findings = append(findings, s.link()...)
	return s, findings
}

// Join puts sets together: a constraint finds its template in any of them.
func Join(sets ...*Set) (*Set, diag.Findings) {
	s := &Set{}
	for _, one := range sets {
		if one != nil {
			s.templates = append(s.templates, one.templates...)
			s.constraints = append(s.constraints, one.constraints...)
			s.expansions = append(s.expansions, one.expansions...)
		}
	}
	return s, s.link()
}

// link gives constraints their templates, and holds them against the templates' schemas. A Set is never changed once it was
// handed out, so what is linked is a copy.
func (s *Set) link() diag.Findings {
	var findings diag.Findings
	templates := map[string]*Template{}
	s.templates = slices.DeleteFunc(s.templates, func(t *Template) bool {
		first, again := templates[t.Kind]
		if !again || t.Kind == "" {
			templates[t.Kind] = t
			return false
		}
		findings = append(findings, twice(t.Object, first.Object)...)
		return true
	})
	constraints := map[string]*Constraint{}
	s.constraints = slices.DeleteFunc(s.constraints, func(c *Constraint) bool {
		first, again := constraints[c.ID()]
		if !again {
			constraints[c.ID()] = c
			return false
		}
		findings = append(findings, twice(c.Object, first.Object)...)
		return true
	})
	for i, c := range s.constraints {
		if t := templates[c.Kind]; t != nil && c.Template == nil {
			linked := *c
			linked.Template, linked.reader = t, newReader(c.Object)
			if !t.broken {
				linked.read()
			}
			findings = append(findings, linked.reader.findings...)
			s.constraints[i] = &linked
		}
	}
	return findings
}

// twice is a finding about two objects of one name, unless they say the same.
func twice(o, first object.Object) diag.Findings {
	if reflect.DeepEqual(o.Object, first.Object) {
		return nil
	}
	f := diag.Errorf("gatekeeper-duplicate", o.Source.Position(), "%s is defined twice", o.ID()).
		WithNote(first.Source.Position(), "defined here")
	f.Object = o.ID().String()
	return diag.Findings{f}
}

// Missing reports constraints that no template makes a kind for.
func (s *Set) Missing() diag.Findings {
	var findings diag.Findings
	for _, c := range s.constraints {
		if c.Template == nil {
			f := c.reader.at("gatekeeper-constraint", "kind", "no ConstraintTemplate makes the kind %s, so the constraint was not judged by", c.Kind).
				WithHint("%s", s.near(c.Kind))
			findings = append(findings, f)
		}
	}
	return findings
}

func (s *Set) near(kind string) string {
	kinds := make([]string, len(s.templates))
	for i, t := range s.templates {
		kinds[i] = t.Kind
	}
	if hint := diag.DidYouMean(kind, kinds); hint != "" {
		return hint
	}
	return "put its ConstraintTemplate beside it"
}

// Constraints are those that judge, in the order they were read.
func (s *Set) Constraints() []*Constraint {
	return slices.DeleteFunc(slices.Clone(s.constraints), func(c *Constraint) bool { return !c.ready })
}

// Tested are the constraints that suites ask, in the order they were read: those that Gatekeeper's own static check counts,
// whatever is being done with an object. A template's operations are about when it is asked, not about what it says.
func (s *Set) Tested() []*Constraint {
	return slices.DeleteFunc(slices.Clone(s.constraints), func(c *Constraint) bool { return !c.tested })
}

// Misfit reports whether a constraint's values do not fit its template's schema.
func (s *Set) Misfit() bool {
	return slices.ContainsFunc(s.constraints, func(c *Constraint) bool { return c.misfit })
}

// Templates are all templates that were read, those that are wrong left out.
func (s *Set) Templates() []*Template {
	return slices.DeleteFunc(slices.Clone(s.templates), func(t *Template) bool { return t.broken })
}

// ReadsInventory reports whether a constraint's template reads data.inventory.
func (s *Set) ReadsInventory() bool {
	return slices.ContainsFunc(s.constraints, func(c *Constraint) bool { return c.ready && c.Template.inventory })
}
