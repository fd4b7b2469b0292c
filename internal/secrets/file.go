package secrets

import (
	"bytes"
	"errors"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/stores/json"
	"github.com/getsops/sops/v3/stores/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// file is an encrypted file, opened.
type file struct {
	name  string
	root  *source.Node // as it is written
	tree  sops.Tree    // as it was before it was encrypted
	key   []byte
	kept  *keeper
	store *yaml.Store
	emit  sops.EncryptedFileEmitter // what the file is written as
}

// Encrypted reports whether text is a SOPS file, whole or not.
func Encrypted(data []byte) bool {
	root, _ := source.Parse("", data)
	return block.Encrypted(root)
}

// Mentioned reports whether text is a SOPS file, or was one before it was broken so that it is no YAML.
func Mentioned(data []byte) bool {
	root, findings := source.Parse("", data)
	return block.Encrypted(root) || findings.Failed() && block.Mentioned(data)
}

// Whole finds without a key what is wrong with an encrypted file: a part of it is missing, or was put in as plain text.
func Whole(name string, data []byte) diag.Findings {
	_, findings := load(name, data, 0)
	return findings
}

// open decrypts a file and checks that it is what was encrypted.
func open(name string, data []byte, indent int) (*file, diag.Findings) {
	f, findings := load(name, data, indent)
	if findings.Failed() {
		return nil, findings
	}
	return f, f.open()
}

func newFile(name string, indent int) *file {
	store := yaml.NewStore(&config.YAMLStoreConfig{Indent: indent})
	return &file{name: name, kept: newKeeper(), store: store, emit: store}
}

// load reads an encrypted file without a key.
func load(name string, data []byte, indent int) (*file, diag.Findings) {
	f := newFile(name, indent)
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '{' { // YAML reads it, and what else reads it would not read YAML
		f.emit = json.NewStore(&config.JSONStoreConfig{Indent: -1})
	}
	var findings diag.Findings
	if f.root, findings = source.ParseFile(&source.File{Name: name, Secret: true}, data); findings.Failed() {
		return nil, block.Broken(scrub(findings, data), data)
	}
	if findings = whole(name, f.root); findings.Failed() {
		return nil, findings
	}
	var err error
	if f.tree, err = f.store.LoadEncryptedFile(data); err != nil {
		return nil, diag.Findings{diag.Errorf(RuleHalfWritten, block.Position(f.root), "the sops block cannot be read: %v", err).WithHint("restore the file from git")}
	}
	return f, nil
}

func (f *file) open() diag.Findings {
	k := newService()
	var err error
	if f.key, err = f.tree.Metadata.GetDataKeyWithKeyServices(k.clients(), sops.DefaultDecryptionOrder); err != nil {
		return diag.Findings{k.unopened(block.Position(f.root), f.tree.Metadata.KeyGroups, threshold(f.tree.Metadata.ShamirThreshold, f.tree.Metadata.KeyGroups))}
	}
	inline := inlined(f.tree.Branches)
	mac, err := f.tree.Decrypt(f.key, f.kept)
	if err != nil {
		return diag.Findings{f.tampered()}
	}
	restore(f.tree.Branches, inline)
	meta := f.tree.Metadata
	if was, err := aes.NewCipher().Decrypt(meta.MessageAuthenticationCode, f.key, meta.LastModified.Format(time.RFC3339)); err != nil || was != mac {
		at := f.root.Lookup(block.Key, "mac").At()
		return diag.Findings{diag.Errorf(RuleTampered, at, "values were added, removed, moved or renamed after the file was encrypted").
			WithHint("restore it from git, and change it with: kubectl otomi secrets edit %s", diag.ShellWord(f.name))}
	}
	return nil
}

// whole makes sure that a file is encrypted, complete, and that all of it is encrypted that should be.
func whole(name string, root *source.Node) diag.Findings {
	if !block.Encrypted(root) {
		return diag.Findings{diag.Errorf(RuleNotEncrypted, diag.Position{File: name}, "this file is not encrypted").
			WithHint("encrypt it: kubectl otomi secrets encrypt %s", diag.ShellWord(name))}
	}
	if missing := block.Missing(root); missing.Failed() {
		return missing
	}
	_, plain := block.Plain(root)
	return plain
}

// tampered says which value is not what SOPS wrote. SOPS' own words quote the value, so they are not passed on.
func (f *file) tampered() diag.Finding {
	hint := "restore it from git, then put the value in with: kubectl otomi secrets edit " + f.name
	if f.kept.failed == nil {
		at := block.Position(f.root)
		if n, path := f.find(nil, f.root, func(n *source.Node) bool { return n.Kind.Scalar() && n.Kind != source.String && n.Kind != source.Null }); n != nil {
			return diag.Errorf(RuleTampered, n.At(), "this value of an encrypted file is not encrypted").WithPath(path).WithHint("%s", hint)
		}
		return diag.Errorf(RuleTampered, at, "a value of this encrypted file is not encrypted").WithHint("%s", hint)
	}
	n, path := f.find(nil, f.root, func(n *source.Node) bool { return n.Kind == source.String && n.Text == *f.kept.failed })
	finding := diag.Errorf(RuleTampered, n.At(), "this value was changed or moved after it was encrypted").WithPath(path).WithHint("%s", hint)
	if !block.Value(*f.kept.failed) {
		finding.Message = "this value of an encrypted file is not encrypted"
	}
	return finding
}

// find is the first value outside the sops block that a condition holds for, and its path.
func (f *file) find(path []string, n *source.Node, holds func(*source.Node) bool) (*source.Node, string) {
	if holds(n) {
		return n, source.Path(path)
	}
	for i, item := range n.Items {
		at := append(path[:len(path):len(path)], member(n, i))
		if len(path) == 0 && at[0] == block.Key {
			continue
		}
		if found, where := f.find(at, item, holds); found != nil {
			return found, where
		}
	}
	return nil, ""
}

// text is the plain text.
func (f *file) text() ([]byte, error) { return f.store.EmitPlainFile(f.tree.Branches) }

// close encrypts the tree with the data key and writes the file.
func (f *file) close(now time.Time) ([]byte, error) {
	mac, err := f.tree.Encrypt(f.key, f.kept)
	if err != nil {
		return nil, errors.New("encrypt: a value is of a type that SOPS does not know")
	}
	meta := &f.tree.Metadata
	meta.LastModified = now.UTC().Truncate(time.Second)
	if meta.MessageAuthenticationCode, err = aes.NewCipher().Encrypt(mac, f.key, meta.LastModified.Format(time.RFC3339)); err != nil {
		return nil, err
	}
	return f.encrypted()
}

// encrypted is the text of the encrypted file, unless nobody could read so much of it again.
func (f *file) encrypted() ([]byte, error) {
	out, err := f.emit.EmitEncryptedFile(f.tree)
	if err == nil && len(out) > source.MaxBytes {
		return nil, diag.Findings{diag.Errorf(ruleUnfit, diag.Position{File: f.name}, "encrypted, the file would have %d bytes, more than the %d a layer may have", len(out), source.MaxBytes).
			WithHint("split it into several: every value takes about 100 bytes more once it is encrypted")}
	}
	return out, err
}
