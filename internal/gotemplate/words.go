package gotemplate

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// Word is a constant that a template has in its hands together with other things: one that it may compare values with.
type Word struct {
	Text     string
	Number   bool
	Function string   // that it is an argument of, where it is one's
	Names    []string // of the fields in the same pipeline; none: nobody knows what it is compared with
}

// Words are the constants in the pipelines of a template, but those that can be no more than text or layout. A text that
// cannot be parsed has none.
func Words(text string) []Word {
	var w words
	trees := map[string]*parse.Tree{}
	root := parse.New("words")
	root.Mode = parse.SkipFuncCheck
	if _, err := root.Parse(text, "", "", trees); err != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		inPipes(trees[name].Root, w.pipe)
	}
	return w.found
}

// inPipes calls do for every pipeline of a template, outermost ones only.
func inPipes(n parse.Node, do func(*parse.PipeNode)) {
	branch := func(b *parse.BranchNode) {
		do(b.Pipe)
		inPipes(b.List, do)
		if b.ElseList != nil {
			inPipes(b.ElseList, do)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, item := range n.Nodes {
			inPipes(item, do)
		}
	case *parse.ActionNode:
		do(n.Pipe)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			do(n.Pipe)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	}
}

// words collects those of one template.
type words struct {
	found []Word
	names []string // of the pipeline that is looked at
	known bool     // nothing in it is a variable or the dot
}

func (w *words) pipe(p *parse.PipeNode) {
	first := len(w.found)
	w.names, w.known = nil, true
	w.args("", p)
	for i := first; i < len(w.found); i++ {
		if w.known {
			w.found[i].Names = w.names
		}
	}
}

// args looks at what a function is given.
func (w *words) args(function string, n parse.Node) {
	switch n := n.(type) {
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			w.args("", c)
		}
	case *parse.CommandNode:
		if id, ok := n.Args[0].(*parse.IdentifierNode); ok {
			function = id.Ident
		}
		for _, arg := range n.Args {
			w.args(function, arg)
		}
	case *parse.ChainNode:
		w.names = append(w.names, n.Field[len(n.Field)-1])
		w.args("", n.Node)
	case *parse.FieldNode:
		w.names = append(w.names, n.Ident[len(n.Ident)-1])
	case *parse.VariableNode:
		w.names = append(w.names, n.Ident[len(n.Ident)-1])
		w.known = w.known && len(n.Ident) > 1
	case *parse.DotNode:
		w.known = false
	case *parse.StringNode:
		w.names = append(w.names, n.Text) // of a member, as index and dig take it
		w.word(Word{Text: n.Text, Function: function})
	case *parse.NumberNode:
		w.word(Word{Text: n.Text, Number: true, Function: function})
	}
}

func (w *words) word(word Word) {
	if !writing(word.Function) && strings.TrimSpace(word.Text) != "" {
		w.found = append(w.found, word)
	}
}

// writing tells functions whose constants are no values to compare with, but names of templates, messages, forms of text.
func writing(function string) bool {
	switch function {
	case "include", "template", "tpl", "required", "fail", "printf", "print", "println", "indent", "nindent", "cat", "join", "trunc",
		"toYaml", "toJson", "quote", "trimSuffix", "trimPrefix", "replace", "repeat", "lookup", "set", "unset", "Get", "Glob":
		return true
	}
	return false
}
