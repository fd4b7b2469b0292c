// Package block recognises files that SOPS has encrypted, by what they look like: the tree of a file goes in, and out comes
// whether it is such a file, what is missing in it, and what stands in it in plain text. It needs no key and knows nothing of
// encryption.
package block

import (
	"bytes"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Key is the map that SOPS adds to a file.
const Key = "sops"

// The rules that a part of an encrypted file is missing, and that no key at hand can read it.
const (
	HalfWritten = "half-written"
	NoKey       = "no-key"
)

const prefix = "ENC[AES256_GCM,"

// Value reports whether a text is an encrypted value.
func Value(text string) bool { return strings.HasPrefix(text, prefix) }

// Comment reports whether a list's item is a comment: that is where SOPS keeps those that it has encrypted.
func Comment(n *source.Node) bool {
	return n.Kind == source.String && Value(n.Text) && strings.HasSuffix(n.Text, ",type:comment]")
}

// Encrypted reports whether SOPS has encrypted the file, also where a part of it is missing.
func Encrypted(root *source.Node) bool {
	meta := root.Get(Key)
	for _, name := range needed() {
		if meta.Get(name) != nil {
			return true
		}
	}
	return encryptedValue(root) != nil
}

// Mentioned reports whether there is an encrypted value in a text, which need not be YAML.
func Mentioned(data []byte) bool { return bytes.Contains(data, []byte(prefix)) }

// Broken tells whoever finds a syntax error in an encrypted file where it may come from.
func Broken(findings diag.Findings, data []byte) diag.Findings {
	if !Mentioned(data) {
		return findings
	}
	for i := range findings {
		if findings[i].Rule != "yaml-syntax" {
			continue // a file that was cut, or merged by hand, is no YAML; what else is wrong says so itself
		}
		findings[i].Rule = HalfWritten
		findings[i].Hint = "the file is encrypted: it was written half, or holds a merge conflict; restore it from git"
	}
	return findings
}

// needed is what every sops block has.
func needed() []string { return []string{"lastmodified", "mac", "version"} }

// Missing finds what is missing in an encrypted file.
func Missing(root *source.Node) diag.Findings {
	meta := root.Get(Key)
	if meta == nil {
		return diag.Findings{diag.Errorf(HalfWritten, encryptedValue(root).At(), "this value is encrypted and the file has no sops block: the end of the file is missing, or the value was copied from another file").
			WithHint("restore it from git; a value that was copied cannot be read here, so write it as it is and run: kubectl otomi secrets encrypt %s", diag.ShellWord(encryptedValue(root).At().File))}
	}
	for _, name := range needed() {
		if meta.Get(name) == nil {
			return diag.Findings{diag.Errorf(HalfWritten, Position(root), "the sops block has no %s: the end of the file is missing", name).
				WithHint("restore it from git")}
		}
	}
	return nil
}

// Position is the place of the sops block.
func Position(root *source.Node) diag.Position {
	if i, ok := root.Find(Key); ok {
		return root.Keys[i].At()
	}
	return root.At()
}

func encryptedValue(n *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	if n.Kind == source.String && Value(n.Text) {
		return n
	}
	for _, item := range n.Items {
		if found := encryptedValue(item); found != nil {
			return found
		}
	}
	return nil
}
