package gotemplate

import (
	"text/template/parse"
)

// follower follows one template with one dot.
type follower struct {
	*Reader
	vars     []variable
	assigned map[string]bool // variables that get other values later on, perhaps in a loop
}

type variable struct {
	name  string
	value *abstract
}

// include follows the templates of a name. One that there is not fails when it is executed.
func (r *Reader) include(name string, dot *abstract) {
	for _, tree := range r.trees[name] {
		r.follow(tree, dot)
	}
}

func (r *Reader) follow(tree *parse.Tree, dot *abstract) {
	if r.nested >= mostNested || r.ended() != nil {
		r.giveUp()
	}
	if r.gaveUp() || tree.Root == nil {
		return
	}
	key := tree.ParseName + "\x00" + tree.Name + "\x00" + dot.key()
	r.steps += len(key) / 100
	if r.done[key] {
		return
	}
	r.done[key] = true
	r.nested++
	defer func() { r.nested-- }()
	w := &follower{Reader: r, vars: []variable{{"$", dot}}, assigned: map[string]bool{}}
	w.assignments(tree.Root)
	w.list(tree.Root, dot)
}

// assignments notes which variables are assigned to.
func (w *follower) assignments(l *parse.ListNode) {
	if l == nil {
		return
	}
	note := func(p *parse.PipeNode) {
		if p != nil && p.IsAssign {
			for _, v := range p.Decl {
				w.assigned[v.Ident[0]] = true
			}
		}
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			note(n.Pipe)
		case *parse.IfNode:
			w.assignmentsIn(&n.BranchNode, note)
		case *parse.WithNode:
			w.assignmentsIn(&n.BranchNode, note)
		case *parse.RangeNode:
			w.assignmentsIn(&n.BranchNode, note)
		}
	}
}

func (w *follower) assignmentsIn(b *parse.BranchNode, note func(*parse.PipeNode)) {
	note(b.Pipe)
	w.assignments(b.List)
	w.assignments(b.ElseList)
}

func (w *follower) list(l *parse.ListNode, dot *abstract) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		if w.steps++; w.gaveUp() {
			return
		}
		switch n := n.(type) {
		case *parse.ActionNode:
			if v := w.pipe(n.Pipe, dot); len(n.Pipe.Decl) == 0 {
				v.whole() // it is printed
			}
		case *parse.IfNode:
			w.branch(&n.BranchNode, dot, false)
		case *parse.WithNode:
			w.branch(&n.BranchNode, dot, true)
		case *parse.RangeNode:
			w.loop(n, dot)
		case *parse.TemplateNode:
			w.include(n.Name, w.optional(n.Pipe, dot))
		}
	}
}

func (w *follower) optional(p *parse.PipeNode, dot *abstract) *abstract {
	if p == nil {
		return &abstract{}
	}
	return w.pipe(p, dot)
}

func (w *follower) branch(b *parse.BranchNode, dot *abstract, with bool) {
	before := len(w.vars)
	v := w.pipe(b.Pipe, dot)
	v.empty()
	inner := dot
	if with {
		inner = v
	}
	w.list(b.List, inner)
	w.vars = w.vars[:before]
	w.list(b.ElseList, dot)
	w.vars = w.vars[:before]
}

func (w *follower) loop(n *parse.RangeNode, dot *abstract) {
	before := len(w.vars)
	over := w.commands(n.Pipe, dot)
	over.empty()
	item := over.member()
	for i, d := range n.Pipe.Decl {
		v := &abstract{}
		if i == len(n.Pipe.Decl)-1 {
			v = item
		}
		w.declare(d, v, n.Pipe.IsAssign)
	}
	w.list(n.List, item)
	w.vars = w.vars[:before]
	w.list(n.ElseList, dot)
	w.vars = w.vars[:before]
}

// declare gives a variable its value. What a variable gets later on counts as read, for a loop may have come by before.
func (w *follower) declare(d *parse.VariableNode, v *abstract, assign bool) {
	if assign {
		v.whole()
		return
	}
	if w.assigned[d.Ident[0]] {
		v = either(v, &abstract{foreign: true})
	}
	w.vars = append(w.vars, variable{d.Ident[0], v})
}

// pipe is what a pipeline yields; it declares the variables.
func (w *follower) pipe(p *parse.PipeNode, dot *abstract) *abstract {
	v := w.commands(p, dot)
	for _, d := range p.Decl {
		w.declare(d, v, p.IsAssign)
	}
	return v
}

func (w *follower) commands(p *parse.PipeNode, dot *abstract) *abstract {
	var v *abstract
	for _, c := range p.Cmds {
		v = w.command(c, dot, v)
	}
	if v == nil {
		return &abstract{}
	}
	return v
}

// command is what one command of a pipeline yields; last is the result of the one before, nil for the first.
func (w *follower) command(c *parse.CommandNode, dot, last *abstract) *abstract {
	w.steps++
	var args []*abstract
	for _, a := range c.Args[1:] {
		args = append(args, w.value(a, dot))
	}
	if last != nil {
		args = append(args, last)
	}
	if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return w.bounded(w.call(f.Ident, args))
	}
	v := w.value(c.Args[0], dot)
	if len(args) == 0 {
		return v
	}
	for _, a := range args { // of a method
		a.whole()
	}
	v.whole()
	return &abstract{foreign: true}
}

// bounded is a value unless it outgrows what can be followed.
func (w *follower) bounded(v *abstract) *abstract {
	w.steps += v.weight / 10
	if v.weight <= mostWeight {
		return v
	}
	v.whole()
	w.giveUp()
	return &abstract{foreign: true}
}

// value is what an operand is.
func (w *follower) value(n parse.Node, dot *abstract) *abstract {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return fields(dot, n.Ident)
	case *parse.VariableNode:
		return fields(w.variable(n.Ident[0]), n.Ident[1:])
	case *parse.ChainNode:
		return fields(w.value(n.Node, dot), n.Field)
	case *parse.PipeNode:
		return w.pipe(n, dot)
	case *parse.StringNode:
		return constant(n.Text)
	case *parse.IdentifierNode:
		return w.call(n.Ident, nil)
	default: // numbers, booleans, nil
		return &abstract{}
	}
}

func (w *follower) variable(name string) *abstract {
	for i := len(w.vars) - 1; i >= 0; i-- {
		if w.vars[i].name == name {
			return w.vars[i].value
		}
	}
	return &abstract{foreign: true}
}

func fields(v *abstract, names []string) *abstract {
	for _, name := range names {
		v = v.field(name)
	}
	return v
}
