package gotemplate

import (
	"errors"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// enter notes that a template begins and returns what notes that it has ended. Another goroutine may look: see inTime.
func (r *Run) enter(s *scope, name string) (leave func()) {
	outer := r.place.Load()
	if t := s.templates.Lookup(name); t != nil && t.Tree != nil {
		if _, ok := r.set.byName[t.ParseName]; ok {
			place := "file\x000\x000\x00" + r.set.byName[t.ParseName].Display
			r.place.Store(&place)
		}
	}
	return func() { r.place.Store(outer) }
}

// tplCall is the position of the first call of tpl in a node's own pipeline.
func tplCall(n parse.Node) (parse.Pos, bool) {
	switch n := n.(type) {
	case *parse.ActionNode:
		return tplCall(n.Pipe)
	case *parse.IfNode:
		return tplCall(n.Pipe)
	case *parse.WithNode:
		return tplCall(n.Pipe)
	case *parse.RangeNode:
		return tplCall(n.Pipe)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				if pos, ok := tplCall(arg); ok {
					return pos, true
				}
			}
		}
	case *parse.IdentifierNode:
		return n.Pos, n.Ident == "tpl"
	}
	return 0, false
}

// where is the loop, or the call of tpl, that was begun last in the template that is executed, or that template.
func (r *Run) where() diag.Position {
	at := diag.Position{File: r.executing}
	if place := r.place.Load(); place != nil {
		_, at = readPlace(*place)
	}
	return at
}

// here gives an error that stops a run the place where the template stands.
func (r *Run) here(err error) error {
	if limited, ok := errors.AsType[limitError](err); ok {
		limited.at = r.where()
		return limited
	}
	return err
}
