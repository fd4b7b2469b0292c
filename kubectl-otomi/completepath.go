package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// pathWords are the paths of values.
func (a *app) pathWords(cmd *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	p := a.paths(typed, func(w *workspace, b *built) { w.merge(cmd.Context(), b, false) })
	return p.below(nil), p.directive()
}

// setWords are PATH=, and after that the words that the schema knows.
func (a *app) setWords(_ *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	p := a.paths(typed, func(w *workspace, b *built) { w.join(b) }) // what otomi.yaml says and what is derived cannot be set
	if text, _, value := strings.Cut(typed, "="); value {
		path, err := source.ParsePath(text)
		if err != nil || p.schema == nil {
			return nil, noFiles
		}
		found := p.schema.Words(path...)
		for i := range found {
			found[i] = text + "=" + found[i]
		}
		return found, noFiles
	}
	p.end = "="
	return p.below(nil), noSpace
}

// paths finds the paths that begin with what is typed, a level at a time: those that layers set and those that the schema
// describes.
type paths struct {
	root   *source.Node
	schema *schema.Schema
	typed  string
	end    string // of a path with nothing below it
	more   bool   // a path that was found has something below it
}

func (a *app) paths(typed string, fill func(*workspace, *built)) *paths {
	p := &paths{typed: typed}
	if w, c := a.meant(); w != nil {
		b := &built{cluster: c}
		fill(w, b) // as far as it goes
		p.schema = b.schema
		if b.tree != nil {
			p.root = b.tree.Root
		}
	}
	return p
}

// below are the paths below one.
func (p *paths) below(path []string) (found []cobra.Completion) {
	n, described := p.root.Lookup(path...), p.described(path)
	for _, name := range members(n, described) {
		child := append(slices.Clone(path), name)
		text, says := source.Path(child), p.described(child)
		open := len(members(p.root.Lookup(child...), says)) > 0
		rest, begun := strings.CutPrefix(p.typed, text)
		switch {
		case strings.Contains(text, `"`): // a shell would take the quotes away
		case open && begun && (rest == "" || rest[0] == '.' || rest[0] == '['):
			found = append(found, p.below(child)...)
		case strings.HasPrefix(text, p.typed):
			p.more = p.more || open
			if !open {
				text += p.end
			}
			found = append(found, cobra.CompletionWithDesc(text, about(says)))
		}
	}
	return found
}

func (p *paths) described(path []string) *source.Node {
	if p.schema == nil {
		return nil
	}
	return p.schema.At(path...)
}

// directive asks for no space behind a word that may go on.
func (p *paths) directive() cobra.ShellCompDirective {
	if p.more {
		return noSpace
	}
	return noFiles
}

// members are the names of what is in a value or described by its schema.
func members(n, described *source.Node) []string {
	var names []string
	switch {
	case n == nil:
	case n.Kind == source.Map:
		names = n.Names()
	case n.Kind == source.List:
		for i := range n.Items {
			names = append(names, strconv.Itoa(i))
		}
	}
	if properties := described.Get("properties"); properties != nil {
		names = append(names, properties.Names()...)
		slices.Sort(names)
	}
	return slices.Compact(names)
}

// about is the first sentence of a description.
func about(described *source.Node) string {
	if d := described.Get("description"); d != nil {
		first, _, _ := strings.Cut(strings.Join(strings.Fields(d.Text), " "), ". ")
		return strings.TrimSuffix(first, ".")
	}
	return ""
}
