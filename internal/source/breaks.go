package source

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// breaks are where the parser's lines begin, in a file with characters that end a line for it, as YAML 1.1 has it, and for
// every editor do not. They stay what they are for values: kustomize and others write texts that hold them so.
type breaks []struct{ line, col int }

// breaksOf is nil for data without such characters: there the parser's lines are everybody's.
func breaksOf(data []byte) breaks {
	if !bytes.ContainsAny(data, "\u0085\u2028\u2029") {
		return nil
	}
	line, col := 1, 0
	out := breaks{{line, col}}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		i += size
		col++
		switch {
		case r == '\r' && i < len(data) && data[i] == '\n': // one break, with what follows
		case r == '\n', r == '\r':
			line, col = line+1, 0
			out = append(out, struct{ line, col int }{line, col})
		case r == '\u0085', r == '\u2028', r == '\u2029':
			out = append(out, struct{ line, col int }{line, col})
		}
	}
	return out
}

// place is what a place of the parser's is for everybody.
func (b breaks) place(line, col int) (int, int) {
	if line < 1 || line > len(b) {
		return line, col
	}
	return b[line-1].line, b[line-1].col + col
}

// Place gives the nodes that the YAML library made of data the lines and columns that Parse gives its own.
func Place(doc *yaml.Node, data []byte) {
	if b := breaksOf(data); b != nil {
		b.move(doc)
	}
}

// move gives what was parsed its places.
func (b breaks) move(y *yaml.Node) {
	y.Line, y.Column = b.place(y.Line, y.Column)
	for _, c := range y.Content {
		b.move(c)
	}
}

// moved is a finding of the parser's at its place.
func (b breaks) moved(f diag.Finding) diag.Finding {
	f.At.Line, f.At.Col = b.place(f.At.Line, f.At.Col)
	for i := range f.Notes {
		f.Notes[i].At.Line, f.Notes[i].At.Col = b.place(f.Notes[i].At.Line, f.Notes[i].At.Col)
	}
	return f
}
