package values

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// sopsKey is the map that SOPS adds to a file it encrypts.
const sopsKey = "sops"

// encrypted recognises a SOPS file by its content: github.com/getsops/sops keeps a message authentication code and the
// version beside the keys.
func encrypted(root *source.Node) bool {
	meta := root.Get(sopsKey)
	return meta.Get("mac") != nil && meta.Get("version") != nil
}

// encrypted replaces what was parsed by the decrypted values, or by placeholders, at the places of the encrypted ones.
func (l *Loader) encrypted(data []byte, out *loaded) {
	out.file.Secret, out.file.Data = true, nil
	shape := without(out.root, sopsKey)
	if l.Decrypt == nil {
		out.root = placeholders(shape)
		return
	}
	plain, err := l.Decrypt(out.file.Name, data)
	if err != nil {
		out.root = nil
		out.findings = append(out.findings, diag.Errorf("decrypt", diag.Position{File: out.file.Name}, "%v", err).
			WithHint("without keys, use --secrets placeholder"))
		return
	}
	root, findings := source.ParseFile(out.file, plain)
	out.findings = append(out.findings, findings...)
	out.root = place(root, shape)
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

// placeholders keeps maps, lists and what SOPS left readable, and hides the rest.
func placeholders(n *source.Node) *source.Node {
	c := *n
	if n.Kind == source.String && len(n.Text) > 4 && n.Text[:4] == "ENC[" {
		c.Text = Placeholder
	}
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = placeholders(item)
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
func place(n, at *source.Node) *source.Node {
	if n == nil || at == nil {
		return n
	}
	c := *n
	c.Line, c.Col = at.Line, at.Col
	c.Keys, c.Items = make([]source.Key, len(n.Keys)), make([]*source.Node, len(n.Items))
	for i := range n.Items {
		var there *source.Node
		if n.Kind == source.Map {
			c.Keys[i] = n.Keys[i]
			if j, ok := at.Find(n.Keys[i].Name); ok {
				c.Keys[i], there = at.Keys[j], at.Items[j]
			}
		} else if i < len(at.Items) {
			there = at.Items[i]
		}
		c.Items[i] = place(n.Items[i], there)
	}
	return &c
}
