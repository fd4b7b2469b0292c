package source

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// What a file may hold at most: text beyond these is no configuration that people write, and is refused before it costs
// time or memory.
const (
	MaxBytes  = 8 << 20 // of one file, and of the text that its aliases stand for; the densest YAML of that size takes the parser a gigabyte
	maxDepth  = 200     // levels of nesting, those behind aliases included
	maxAlias  = 250_000 // values that aliases stand for, all together
	maxDigits = 1000    // of an integer
)

// Parse reads one document. An empty file, or one of comments only, gives nil and no finding.
func Parse(name string, data []byte) (*Node, diag.Findings) {
	return ParseFile(&File{Name: name, Data: data}, data)
}

// ParseFile reads one document of data whose nodes belong to file. The two differ where the text that users see is not
// the text that is read: an encrypted file, or what a template rendered.
func ParseFile(file *File, data []byte) (*Node, diag.Findings) {
	if f := unreadable(file.Name, data); f != nil {
		return nil, diag.Findings{*f}
	}
	data = bytes.TrimPrefix(data, []byte(bom))
	breaks := breaksOf(data)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, diag.Findings{breaks.moved(syntax(file, data, decoder, err))}
	}
	if err := decoder.Decode(&next); err == nil {
		at := diag.Position{File: file.Name}
		at.Line, at.Col = breaks.place(next.Line, next.Column)
		return nil, diag.Findings{diag.Errorf("several-documents", at, "a second document begins here; one file holds one").WithHint("move it to a file of its own")}
	} else if !errors.Is(err, io.EOF) {
		return nil, diag.Findings{breaks.moved(syntax(file, data, decoder, err))}
	}
	if breaks != nil {
		breaks.move(&doc)
	}
	r := newReader(file, doc.Content[0])
	n := r.node(doc.Content[0], 1)
	if n.Kind == Null && !r.findings.Failed() {
		return nil, r.findings
	}
	return n, r.findings
}
