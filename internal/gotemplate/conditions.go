package gotemplate

import (
	"slices"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Around are the paths of the values that the conditions around a place in a template look at, and the action at the place.
// Only those are told that a template names from .Values on. A loop is no condition.
func Around(text string, at diag.Position) [][]string {
	trees := map[string]*parse.Tree{}
	root := parse.New("around")
	root.Mode = parse.SkipFuncCheck
	if _, err := root.Parse(text, "", "", trees); err != nil {
		return nil
	}
	a := around{file: File{Text: text}, at: at}
	var last *parse.Tree // the one that begins last before the place has it
	for _, tree := range trees {
		if tree.Root != nil && len(tree.Root.Nodes) > 0 && a.reached(tree.Root.Nodes[0]) && (last == nil || last.Root.Nodes[0].Position() < tree.Root.Nodes[0].Position()) {
			last = tree
		}
	}
	if main := trees["around"]; main != nil && last != nil && main != last && a.after(main.Root) > a.after(last.Root) {
		last = main // what a file has behind a definition
	}
	if last != nil {
		a.list(last.Root)
	}
	return a.found
}

type around struct {
	file  File
	at    diag.Position
	found [][]string
}

// reached reports whether a node begins at the place or before it.
func (a *around) reached(n parse.Node) bool {
	p := a.file.place(n.Position())
	return p.Line < a.at.Line || p.Line == a.at.Line && p.Col <= a.at.Col
}

// after is the position of the list's last node that begins at the place or before it.
func (a *around) after(l *parse.ListNode) parse.Pos {
	if i := a.last(l); i >= 0 {
		return l.Nodes[i].Position()
	}
	return -1
}

func (a *around) last(l *parse.ListNode) int {
	if l == nil {
		return -1
	}
	for i, n := range slices.Backward(l.Nodes) {
		if a.reached(n) {
			return i
		}
	}
	return -1
}

// list descends to the place. A block's end is no node, but what follows it is one.
func (a *around) list(l *parse.ListNode) {
	i := a.last(l)
	if i < 0 {
		return
	}
	switch n := l.Nodes[i].(type) {
	case *parse.ActionNode:
		a.paths(n.Pipe)
	case *parse.TemplateNode:
		a.paths(n.Pipe)
	case *parse.IfNode:
		a.branch(&n.BranchNode)
	case *parse.WithNode:
		a.branch(&n.BranchNode)
	case *parse.RangeNode:
		a.within(&n.BranchNode)
	}
}

func (a *around) branch(b *parse.BranchNode) {
	a.paths(b.Pipe)
	a.within(b)
}

func (a *around) within(b *parse.BranchNode) {
	if a.last(b.ElseList) >= 0 {
		a.list(b.ElseList)
		return
	}
	a.list(b.List)
}

func (a *around) paths(n parse.Node) {
	switch n := n.(type) {
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				a.paths(arg)
			}
		}
	case *parse.ChainNode:
		a.paths(n.Node)
	case *parse.FieldNode:
		a.path(n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			a.path(n.Ident[1:])
		}
	}
}

func (a *around) path(fields []string) {
	if len(fields) > 1 && fields[0] == "Values" {
		a.found = append(a.found, fields[1:])
	}
}
