package main

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// equal reports whether two clusters' explanations say the same.
func (x explanation) equal(y explanation) bool {
	x.Clusters, y.Clusters = nil, nil
	return reflect.DeepEqual(x, y)
}

// writeExplanations writes explanations of one kind: a document in which they have a name, or text, one below the other.
func writeExplanations[T interface {
	text(b *page, several bool) error
}](w io.Writer, format, name string, several bool, all []T) error {
	b := page{width: newTable(w).width}
	if format == "json" {
		if err := writeJSON(&b, map[string]any{name: all}); err != nil {
			return err
		}
	} else {
		for i, x := range all {
			if i > 0 {
				b.WriteByte('\n')
			}
			if err := x.text(&b, several); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// text is an explanation for people: the layers, then what is below, in columns.
func (x explanation) text(b *page, several bool) error {
	b.WriteString(x.Path)
	if several {
		b.WriteString(" (" + strings.Join(x.Clusters, ", ") + ")")
	}
	switch {
	case !x.said():
		b.WriteString(": no layer sets it")
	case !x.isSet:
		b.WriteString(": nothing is left of it")
	}
	b.WriteByte('\n')
	t := newTable(b)
	for _, l := range x.Layers {
		l.text(t, "  ")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(x.Below) == 0 {
		return nil
	}
	b.WriteString("  in it:\n")
	for _, m := range x.Below {
		fmt.Fprintf(t, "    %s\t%s\t%s\n", m.Path, m.line, m.At)
	}
	return t.Flush()
}

// text is a layer on one line, in columns.
func (l explainedLayer) text(t *table, indent string) {
	mark, place, effect := " ", l.At.String(), string(l.Effect)
	if l.Wins {
		mark = ">"
	}
	if l.Argument != "" {
		place += " " + visible(l.Argument)
	}
	if l.Path != "" {
		effect += " at " + l.Path
	}
	fmt.Fprintf(t, "%s%s %s\t%s\t%s\n", indent, mark, place, l.line, effect)
}

// visible is a text that a terminal shows and does not obey.
func visible(text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}
