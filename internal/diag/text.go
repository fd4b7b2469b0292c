package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text is how findings are printed for people.
type Text struct {
	Source func(file string) []byte // the text of a file that a position names; nil result: no excerpt (secret or unknown)
	Color  bool
}

// Print writes the findings: position, severity, message and rule on one line, then the source line with a caret under
// the column, then notes and hint. Findings are written in the order given.
func (t Text) Print(w io.Writer, findings Findings) error {
	var b strings.Builder
	for _, f := range findings {
		t.finding(&b, f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Text) finding(b *strings.Builder, f Finding) {
	if !f.At.IsZero() {
		b.WriteString(t.paint("1", f.At.String()) + ": ")
	}
	color := map[Severity]string{Error: "1;31", Warning: "1;33", Info: "1;36"}[f.Severity]
	b.WriteString(t.paint(color, f.Severity.String()) + ": ")
	if f.Object != "" {
		b.WriteString(f.Object + ": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Rule != "" {
		b.WriteString(" [" + f.Rule + "]")
	}
	if len(f.Clusters) > 0 {
		b.WriteString(" (" + strings.Join(f.Clusters, ", ") + ")")
	}
	b.WriteByte('\n')
	t.excerpt(b, f.At)
	for _, n := range f.Notes {
		fmt.Fprintf(b, "    %s: %s\n", n.At, n.Message)
	}
	if f.Hint != "" {
		fmt.Fprintf(b, "    %s\n", f.Hint)
	}
}

// excerpt shows the line of the position and a caret under its column.
func (t Text) excerpt(b *strings.Builder, at Position) {
	if t.Source == nil || at.Line == 0 {
		return
	}
	line, ok := lineOf(t.Source(at.File), at.Line)
	if !ok {
		return
	}
	const widest = 160
	if utf8.RuneCountInString(line) > widest {
		line = string([]rune(line)[:widest]) + "…"
	}
	number := fmt.Sprint(at.Line)
	fmt.Fprintf(b, "    %s | %s\n", number, strings.ReplaceAll(line, "\t", " "))
	if at.Col > 0 && at.Col <= utf8.RuneCountInString(line)+1 {
		fmt.Fprintf(b, "    %s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", at.Col-1), t.paint("1;31", "^"))
	}
}

func (t Text) paint(code, s string) string {
	if !t.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func lineOf(data []byte, n int) (string, bool) {
	rest := string(data)
	for ; n > 1; n-- {
		_, after, found := strings.Cut(rest, "\n")
		if !found {
			return "", false
		}
		rest = after
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSuffix(line, "\r"), len(data) > 0
}
