package main

import (
	"cmp"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/term"
)

// table aligns the cells of rows, which are lines of text with tabs between cells. No line ends with blanks. On a terminal that is
// too narrow for it, a row takes several lines instead, broken between cells.
type table struct {
	to    io.Writer
	width int // of the terminal; 0: it is none
	rows  strings.Builder
}

// narrow is where text goes that ends up on a terminal of a width.
type narrow interface{ columns() int }

func newTable(to io.Writer) *table {
	t := &table{to: to}
	if n, ok := to.(narrow); ok {
		t.width = n.columns()
	} else if terminal(to) {
		t.width, _, _ = term.GetSize(int(file(to).Fd())) // 0 where nobody knows
	}
	return t
}

// Write adds to the rows.
func (t *table) Write(text []byte) (int, error) { return t.rows.Write(text) }

// Flush writes the rows, and begins anew.
func (t *table) Flush() error {
	rows := t.rows.String()
	t.rows.Reset()
	var aligned, out strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(w, rows); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(aligned.String()) {
		line = strings.TrimRight(line, " \n")
		if t.width > 0 && utf8.RuneCountInString(line) > t.width {
			return t.flushNarrow(rows)
		}
		out.WriteString(line + "\n")
	}
	_, err := io.WriteString(t.to, out.String())
	return err
}

// flushNarrow writes rows whose cells are not aligned. A cell is never broken, so that names can be copied. What a row goes on with
// stands deeper than the row begins, however deep that is, so that nobody reads it with the row below.
func (t *table) flushNarrow(rows string) error {
	var out strings.Builder
	for row := range strings.Lines(rows) {
		row = strings.TrimRight(row, "\t\n")
		used, deeper := 0, len(row)-len(strings.TrimLeft(row, " >"))+2 // a mark stands before what begins
		for cell := range strings.SplitSeq(row, "\t") {
			cell = cmp.Or(cell, "-") // so that those after it are still counted right
			size := utf8.RuneCountInString(cell)
			switch {
			case used > 0 && used+2+size > t.width:
				out.WriteString("\n" + strings.Repeat(" ", deeper))
				used = deeper
			case used > 0:
				out.WriteString("  ")
				used += 2
			}
			out.WriteString(cell)
			used += size
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(t.to, out.String())
	return err
}
