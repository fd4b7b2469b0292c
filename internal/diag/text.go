package diag

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Text is how findings are printed for people.
type Text struct {
	Source func(file string) []byte // the text of a file that a position names; nil result: no excerpt (secret or unknown)
	Color  bool
}

// Print writes the findings: position, severity, message and rule on one line, then the source line with a caret under
// the column, then notes and hint. Findings are written in the order given, each in one piece. What a terminal would obey
// rather than show is written as Printable does.
func (t Text) Print(w io.Writer, findings Findings) error {
	p := printer{Text: t}
	for _, f := range findings {
		p.finding(f)
		if _, err := p.out.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

// printer is what is to be written, and the place that was last shown.
type printer struct {
	Text
	cursor
	out bytes.Buffer
}

func (p *printer) finding(f Finding) {
	if !f.At.IsZero() {
		p.out.WriteString(p.paint("1", oneLine(f.At.String())) + ": ")
	}
	color := map[Severity]string{Error: "1;31", Warning: "1;33", Info: "1;36"}[f.Severity]
	p.out.WriteString(p.paint(color, f.Severity.String()) + ": ")
	for _, about := range []string{f.Object, f.Path} {
		if about != "" {
			p.out.WriteString(oneLine(about) + ": ")
		}
	}
	p.out.WriteString(hanging(f.Message))
	if f.Rule != "" {
		p.out.WriteString(" [" + f.Rule + "]")
	}
	if len(f.Clusters) > 0 {
		p.out.WriteString(" (" + strings.Join(f.Clusters, ", ") + ")")
	}
	p.out.WriteByte('\n')
	if !f.Quiet {
		p.excerpt(f.At)
	}
	for _, n := range f.Notes {
		p.out.WriteString(indent)
		if !n.At.IsZero() {
			p.out.WriteString(oneLine(n.At.String()) + ": ")
		}
		p.out.WriteString(hanging(n.Message) + "\n")
	}
	if f.Hint != "" {
		fmt.Fprintf(&p.out, "%s%s\n", indent, hanging(f.Hint))
	}
}

// indent is what stands before everything that belongs to the line above.
const indent = "    "

// hanging keeps the lines of a longer text from looking like findings of their own.
func hanging(text string) string {
	return strings.ReplaceAll(Printable(strings.TrimRight(text, "\n")), "\n", "\n"+indent)
}

// oneLine is text of which no line can look like a finding of its own, for names that may hold anything.
func oneLine(text string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(Printable(text))
}

func (t Text) paint(code, s string) string {
	if !t.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
