package gotemplate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Functions that instrument puts into templates. Users' templates cannot name them: instrument checks names first.
const (
	printFunc    = "_print"    // the value as text, no integer in scientific notation
	tickFunc     = "_tick"     // once per round of a loop, and before calls of tpl: stops when time is up
	markFunc     = "_mark"     // in traced templates: where the text that follows comes from
	volatileFunc = "_volatile" // a call whose answer is another in every run
)

// instrument checks which functions a file's trees call and rewrites the trees, as html/template does, so that executing
// them can be watched: what an action prints goes through _print, loops tick, and calls of random and clock functions
// carry their place.
type instrument struct {
	file     File
	dialect  Dialect
	traced   bool
	language language
	changes  bool // a function is called that may change its arguments
	findings diag.Findings
}

func (i *instrument) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	nodes := make([]parse.Node, 0, len(l.Nodes))
	for _, n := range l.Nodes {
		if i.traced {
			nodes = append(nodes, i.mark(n)...)
		}
		if pos, ok := tplCall(n); ok {
			nodes = append(nodes, action(pos, call(pos, tickFunc, i.place("tpl", pos))))
		}
		nodes = append(nodes, n)
		i.node(n)
	}
	l.Nodes = nodes
}

func (i *instrument) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		i.pipe(n.Pipe)
		i.print(n)
	case *parse.IfNode:
		i.branch(&n.BranchNode)
	case *parse.WithNode:
		i.branch(&n.BranchNode)
	case *parse.RangeNode:
		i.branch(&n.BranchNode)
		n.List.Nodes = slices.Insert(n.List.Nodes, 0, parse.Node(action(n.Pos, call(n.Pos, tickFunc, i.place("loop", n.Pos)))))
	case *parse.TemplateNode:
		i.pipe(n.Pipe)
	}
}

func (i *instrument) branch(b *parse.BranchNode) {
	i.pipe(b.Pipe)
	i.list(b.List)
	i.list(b.ElseList)
}

func (i *instrument) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		i.command(c)
	}
}

func (i *instrument) command(c *parse.CommandNode) {
	for k, arg := range c.Args {
		switch arg := arg.(type) {
		case *parse.IdentifierNode:
			i.check(arg)
			if i.dialect == Core || !isVolatile(arg.Ident) {
				continue
			}
			// A function as an argument is a call without arguments.
			place := []parse.Node{parse.NewIdentifier(volatileFunc).SetPos(arg.Pos), i.place(arg.Ident, arg.Pos)}
			if k == 0 {
				c.Args = append(place, c.Args[1:]...)
				i.rest(c.Args[2:])
				return
			}
			c.Args[k] = pipe(arg.Pos, command(arg.Pos, place...))
		default:
			i.rest([]parse.Node{arg})
		}
	}
}

// rest descends into arguments that hold pipelines.
func (i *instrument) rest(args []parse.Node) {
	for k, arg := range args {
		switch arg := arg.(type) {
		case *parse.PipeNode:
			i.pipe(arg)
		case *parse.ChainNode:
			node := []parse.Node{arg.Node}
			i.rest(node)
			arg.Node = node[0]
		case *parse.IdentifierNode:
			c := command(arg.Pos, arg)
			i.command(c)
			if c.Args[0] != parse.Node(arg) {
				args[k] = pipe(arg.Pos, c)
			}
		}
	}
}

func (i *instrument) check(n *parse.IdentifierNode) {
	if i.language.known[n.Ident] {
		i.changes = i.changes || changesArguments(n.Ident)
		return
	}
	at := i.file.place(n.Pos)
	if advice, forbidden := forbiddenFunctions()[n.Ident]; forbidden && i.dialect != Chart {
		i.findings = append(i.findings, diag.Errorf("forbidden-function", at,
			"%s is not the same in every run and everywhere, so templates cannot use it", n.Ident).WithHint("%s", advice))
		return
	}
	f := diag.Errorf(rule, at, "there is no function %q", n.Ident)
	f.Hint = diag.DidYouMean(n.Ident, sortedKeys(i.language.known))
	i.findings = append(i.findings, f)
}

// changesArguments reports whether a function may change what it is given: tpl because nobody knows what the text calls.
func changesArguments(function string) bool {
	switch function {
	case "set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "sortAlpha", "tpl":
		return true
	}
	return false
}

// print sends what an action prints through _print, unless it is a string anyway.
func (i *instrument) print(n *parse.ActionNode) {
	if len(n.Pipe.Decl) > 0 {
		return
	}
	switch first := n.Pipe.Cmds[len(n.Pipe.Cmds)-1].Args[0].(type) {
	case *parse.IdentifierNode:
		if i.language.text[first.Ident] {
			return
		}
	case *parse.StringNode:
		return
	}
	n.Pipe.Cmds = append(n.Pipe.Cmds, call(n.Pos, printFunc))
}

// mark is an action that says where what follows comes from. Only what writes by itself is marked.
func (i *instrument) mark(n parse.Node) []parse.Node {
	kind := ""
	switch n := n.(type) {
	case *parse.TextNode:
		kind = "text"
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return nil
		}
	case *parse.TemplateNode:
	default:
		return nil
	}
	pos := n.Position()
	return []parse.Node{action(pos, call(pos, markFunc, i.place(kind, pos)))}
}

// place is a string constant that holds a word and a position; see readPlace.
func (i *instrument) place(word string, pos parse.Pos) parse.Node {
	at := i.file.place(pos)
	text := fmt.Sprintf("%s\x00%d\x00%d\x00%s", word, at.Line, at.Col, at.File)
	return &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: strconv.Quote(text), Text: text}
}

func readPlace(text string) (string, diag.Position) {
	parts := strings.SplitN(text, "\x00", 4)
	line, _ := strconv.Atoi(parts[1])
	col, _ := strconv.Atoi(parts[2])
	return parts[0], diag.Position{File: parts[3], Line: line, Col: col}
}

func call(pos parse.Pos, function string, args ...parse.Node) *parse.CommandNode {
	return command(pos, append([]parse.Node{parse.NewIdentifier(function).SetPos(pos)}, args...)...)
}

func command(pos parse.Pos, args ...parse.Node) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: args}
}

func pipe(pos parse.Pos, commands ...*parse.CommandNode) *parse.PipeNode {
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: commands}
}

func action(pos parse.Pos, commands ...*parse.CommandNode) *parse.ActionNode {
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: pipe(pos, commands...)}
}
