package values

import (
	"errors"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// encrypted replaces what was parsed by the decrypted values, or by placeholders, at the places of the encrypted ones.
func (l *Loader) encrypted(data []byte, out *loaded) {
	out.file.Secret, out.file.Data = true, nil
	if missing := block.Missing(out.root); missing.Failed() {
		out.root, out.findings = nil, append(out.findings, missing...)
		return
	}
	shape := without(out.root, block.Key)
	readable := &source.File{Name: out.file.Name} // what SOPS was told to leave in plain text is no secret
	plain, findings := block.Plain(out.root)
	out.findings = append(out.findings, findings...)
	if l.Decrypt == nil || findings.Failed() { // no key opens a file with plain text in it
		out.root = placeholders(shape, readable, plain)
		return
	}
	text, err := l.Decrypt(out.file.Name, data)
	if err != nil {
		out.root = nil
		failed := undecrypted(out.file.Name, err)
		if l.Keyless && failed[0].Rule == block.NoKey {
			out.root = placeholders(shape, readable, nil)
			failed = diag.Findings{diag.Infof(block.NoKey, failed[0].At, "no key at hand can read this file, so placeholders stand for its values")}
		}
		out.findings = append(out.findings, failed...)
		return
	}
	root, findings := source.ParseFile(out.file, text)
	out.findings = append(out.findings, findings...)
	out.root = place(root, shape, readable)
}

// undecrypted is why a file could not be decrypted.
func undecrypted(name string, err error) diag.Findings {
	var findings diag.Findings
	if !errors.As(err, &findings) || len(findings) == 0 {
		findings = diag.Findings{diag.Errorf("decrypt", diag.Position{File: name}, "%v", err)}
	}
	for i := range findings {
		if findings[i].Rule == block.NoKey {
			findings[i].Hint += "\nwithout a key, use --secrets placeholder"
		}
	}
	return findings
}

func without(n *source.Node, key string) *source.Node {
	c := *n
	c.Keys, c.Items = nil, nil
	for i, k := range n.Keys {
		if k.Name != key {
			c.Keys, c.Items = append(c.Keys, k), append(c.Items, n.Items[i])
		}
	}
	return &c
}

// placeholders keeps maps, lists and what SOPS left readable, and hides the rest: what is encrypted, and what should be.
func placeholders(n *source.Node, readable *source.File, plain map[*source.Node]bool) *source.Node {
	c := *n
	if block.Value(n.Text) || plain[n] {
		c.Kind, c.Text = source.String, Placeholder
	} else {
		c.File = readable
	}
	c.Items = make([]*source.Node, 0, len(n.Items))
	for _, item := range n.Items {
		if n.Kind == source.Map || !block.Comment(item) {
			c.Items = append(c.Items, placeholders(item, readable, plain))
		}
	}
	return &c
}

// mark notes that a value is a secret of the schema's, with all below it.
func mark(n *source.Node) *source.Node {
	c := *n
	c.Secret = true
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = mark(item)
	}
	return &c
}

// place gives decrypted values the positions that they have in the encrypted file, which has the same shape.
func place(n, at *source.Node, readable *source.File) *source.Node {
	if n == nil || at == nil {
		return n
	}
	c := *n
	c.Line, c.Col = at.Line, at.Col
	if n.Kind.Scalar() && !block.Value(at.Text) {
		c.File = readable
	}
	written := at.Items
	if at.Kind == source.List {
		written = slices.DeleteFunc(slices.Clone(at.Items), block.Comment)
	}
	c.Keys, c.Items = make([]source.Key, len(n.Keys)), make([]*source.Node, len(n.Items))
	for i := range n.Items {
		var there *source.Node
		if n.Kind == source.Map {
			c.Keys[i] = n.Keys[i]
			if j, ok := at.Find(n.Keys[i].Name); ok {
				c.Keys[i], there = at.Keys[j], at.Items[j]
			}
		} else if i < len(written) {
			there = written[i]
		}
		c.Items[i] = place(n.Items[i], there, readable)
	}
	return &c
}
