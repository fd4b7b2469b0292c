package gotemplate

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Output is what a template wrote. That of our own templates, and of a traced run, knows where it comes from.
type Output struct {
	Text   []byte
	raw    string // Text before clean took something out of lines
	starts []int  // of raw's lines
	marks  []mark
	made   []made
}

func (r *Run) output(raw string, out *output) Output {
	o := Output{Text: []byte(r.clean(raw))}
	if len(out.marks) > 0 {
		o.trace(made{text: raw, marks: out.marks, made: out.made})
	}
	return o
}

// trace notes where the text comes from.
func (o *Output) trace(m made) {
	o.raw, o.starts, o.marks, o.made = m.text, []int{0}, m.marks, m.made
	for i := range len(o.raw) {
		if o.raw[i] == '\n' {
			o.starts = append(o.starts, i+1)
		}
	}
}

// made is text that include made for the template, which may have printed it in another form.
type made struct {
	offset int // of what was written before
	text   string
	marks  []mark
	made   []made
}

// Helper is the place in an included template that made the line of the output, where that can be told: where the line is
// one of those that include returned, but for spaces around it and what stands before it. At has the place of the call.
func (o Output) Helper(line int) diag.Position {
	if line < 1 || line > len(o.starts) {
		return diag.Position{}
	}
	written, _, _ := strings.Cut(o.raw[o.starts[line-1]:], "\n")
	written = strings.TrimRight(written, " \t")
	end := o.starts[line-1] + len(written)
	if i := o.mark(end - 1); i < 0 || o.marks[i].text {
		return diag.Position{}
	}
	for _, m := range slices.Backward(o.made) {
		if m.offset > end {
			continue
		}
		var inner Output
		inner.trace(m)
		if n := inner.only(strings.TrimSpace(written)); n > 0 {
			return cmp.Or(inner.Helper(n), inner.At(n, 0))
		}
	}
	return diag.Position{}
}

// only is the one line that a text is or ends with, or 0.
func (o Output) only(text string) int {
	found := 0
	for i, line := range strings.Split(o.raw, "\n") {
		if line = strings.TrimSpace(line); line == "" || !strings.HasSuffix(text, line) {
			continue
		}
		if found > 0 {
			return 0
		}
		found = i + 1
	}
	return found
}

// mark says where the text from an offset on comes from: a text node, character by character, or an action as a whole.
type mark struct {
	offset int
	text   bool
	at     diag.Position
}

// Traced reports whether At knows anything.
func (o Output) Traced() bool { return len(o.marks) > 0 }

// At is the place in a template that wrote the character at line and column, both from 1, of the output. A column of 0
// stands for the first of the line that is no space. It is the zero position where nothing is known.
func (o Output) At(line, col int) diag.Position {
	offset := o.offset(line, col)
	i := o.mark(offset)
	if i < 0 {
		return diag.Position{}
	}
	m := o.marks[i]
	if !m.text {
		return m.at
	}
	written := o.raw[m.offset:offset]
	at := m.at
	if n := strings.Count(written, "\n"); n > 0 {
		at.Line, at.Col = at.Line+n, 1
		written = written[strings.LastIndexByte(written, '\n')+1:]
	}
	at.Col += len([]rune(written))
	return at
}

// mark is the number of the mark that says where the character at an offset comes from, or -1.
func (o Output) mark(offset int) int {
	return sort.Search(len(o.marks), func(i int) bool { return o.marks[i].offset > offset }) - 1
}

// offset is where the column of the line stands in raw.
func (o Output) offset(line, col int) int {
	if line < 1 || line > len(o.starts) {
		return len(o.raw)
	}
	start := o.starts[line-1]
	rest, _, _ := strings.Cut(o.raw[start:], "\n")
	if col == 0 {
		return start + len(rest) - len(strings.TrimLeft(rest, " \t-"))
	}
	if runes := []rune(rest); col-1 <= len(runes) {
		return start + len(string(runes[:col-1]))
	}
	return start + len(rest)
}

// output collects what one template writes and keeps the run's limits.
type output struct {
	run   *Run
	text  strings.Builder
	marks []mark
	made  []made
}

func (o *output) Write(p []byte) (int, error) {
	r := o.run
	r.used += len(p)
	if r.used > r.env.Limits.Output {
		return 0, r.here(limit("the templates write more than %d bytes", r.env.Limits.Output))
	}
	if r.ctx.Err() != nil {
		return 0, r.here(stopped(r.ctx))
	}
	return o.text.Write(p)
}

func (o *output) mark(place string) {
	kind, at := readPlace(place)
	m := mark{offset: o.text.Len(), text: kind == "text", at: at}
	if n := len(o.marks); n > 0 && o.marks[n-1].offset == m.offset {
		o.marks[n-1] = m
		return
	}
	o.marks = append(o.marks, m)
}
