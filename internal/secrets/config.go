package secrets

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/version"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// ConfigFile says who may read which file; it stands beside otomi.yaml.
const ConfigFile = ".sops.yaml"

// maxConfig is how many bytes .sops.yaml may have: more than any list of people needs, and read in no time.
const maxConfig = 1 << 20

// Config is a values repo's .sops.yaml. SOPS' own package, which alone knows the format, reads it from the disk, but not
// before it has been read with care from FS.
type Config struct {
	FS  fs.FS  // the values repo; a link out of it must be an error
	Dir string // its folder, absolute
}

// Check finds out whether a file can be encrypted.
func (c Config) Check(name string) error {
	_, err := c.rule(name)
	return err
}

// creation is what .sops.yaml says about a file.
type creation struct {
	*config.Config
	indent int
}

// metadata is that of a new file.
func (c *creation) metadata() sops.Metadata {
	m := sops.Metadata{
		KeyGroups: c.KeyGroups, ShamirThreshold: c.ShamirThreshold, Version: version.Version,
		UnencryptedSuffix: c.UnencryptedSuffix, EncryptedSuffix: c.EncryptedSuffix,
		UnencryptedRegex: c.UnencryptedRegex, EncryptedRegex: c.EncryptedRegex,
		UnencryptedCommentRegex: c.UnencryptedCommentRegex, EncryptedCommentRegex: c.EncryptedCommentRegex,
		MACOnlyEncrypted: c.MACOnlyEncrypted,
	}
	if c.UnencryptedSuffix+c.EncryptedSuffix+c.UnencryptedRegex+c.EncryptedRegex+c.UnencryptedCommentRegex+c.EncryptedCommentRegex == "" {
		m.UnencryptedSuffix = sops.DefaultUnencryptedSuffix
	}
	return m
}

// rule is the first creation rule that is for a file. An error is a diag.Findings.
func (c Config) rule(name string) (*creation, error) {
	root, err := c.read(name)
	if err != nil {
		return nil, err
	}
	at := diag.Position{File: ConfigFile}
	if i, ok := root.Find("creation_rules"); ok {
		at = root.Keys[i].At()
	}
	if findings := expressions(root); findings.Failed() {
		return nil, findings
	}
	file := filepath.Join(c.Dir, ConfigFile)
	found, err := config.LoadCreationRuleForFile(file, filepath.Join(c.Dir, filepath.FromSlash(name)), nil)
	switch {
	case err != nil && strings.Contains(err.Error(), "no matching creation rules"), err == nil && found == nil:
		return nil, diag.Findings{diag.Errorf(ruleNoRule, at, "no creation rule is for %s", name).
			WithHint("add one whose path_regex matches it, or one without path_regex at the end")}
	case err != nil:
		if n := quoted(root, err.Error()); n != nil {
			at = n.At()
		}
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "error loading config: "), "Could not unmarshal config file: "))}
	case keyless(found.KeyGroups):
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "the creation rule for %s names no key", name).WithHint("name one: age, pgp, kms, gcp_kms, azure_keyvault, hc_vault_transit_uri or key_groups")}
	}
	stores, err := config.LoadStoresConfig(file)
	if err != nil {
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "%v", err)}
	}
	return &creation{found, max(stores.YAML.Indent, 0)}, nil
}

// read makes sure that .sops.yaml is a file that SOPS can read in bounded time and memory, and gives the places in it.
func (c Config) read(name string) (*source.Node, error) {
	at := diag.Position{File: ConfigFile}
	info, err := fs.Stat(c.FS, ConfigFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.Findings{diag.Errorf(ruleNoConfig, diag.Position{}, "there is no %s beside otomi.yaml, so nothing says who may read %s", ConfigFile, name).
			WithHint(`make a key with age-keygen, and write into %s: creation_rules: [{path_regex: 'secrets\.(.*\.)?yaml$', age: age1…}]`, ConfigFile)}
	case err != nil:
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "%v", cause(err))}
	case !info.Mode().IsRegular():
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "it is not a file")}
	case info.Size() > maxConfig:
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "the file has %d bytes, more than the %d it may have", info.Size(), maxConfig)}
	}
	data, err := fs.ReadFile(c.FS, ConfigFile)
	if err != nil {
		return nil, diag.Findings{diag.Errorf(ruleConfig, at, "%v", cause(err))}
	}
	if f := private(data); f.Failed() {
		return nil, f
	}
	root, findings := source.Parse(ConfigFile, data)
	return root, findings.Err()
}

// private finds a private key, before a message or an excerpt can repeat it: SOPS quotes what it takes for a public one.
func private(data []byte) diag.Findings {
	key := regexp.MustCompile(`(?i)AGE-SECRET-KEY-(PQ-)?1|-----BEGIN [A-Z0-9 ]*PRIVATE KEY`).FindIndex(data)
	if key == nil {
		return nil
	}
	before := data[:key[0]]
	at := diag.Position{File: ConfigFile, Line: bytes.Count(before, []byte("\n")) + 1, Col: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
	f := diag.Errorf(ruleConfig, at, "a private key stands here, where everybody can read it; want the public one, which begins with age1").
		WithHint("make a new key with age-keygen: who has seen this file can read what this one opens")
	f.Quiet = true
	return diag.Findings{f}
}

// expressions finds regular expressions of .sops.yaml that are none: SOPS takes them for some that match nothing.
func expressions(root *source.Node) diag.Findings {
	var out diag.Findings
	for _, rule := range items(root.Get("creation_rules")) {
		for i, k := range rule.Keys {
			if !strings.HasSuffix(k.Name, "_regex") {
				continue
			}
			if _, err := regexp.Compile(rule.Items[i].Text); err != nil {
				out = append(out, diag.Errorf(ruleConfig, rule.Items[i].At(), "%s is no regular expression: %s", k.Name, strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
			}
		}
	}
	return out
}

// quoted is the value of .sops.yaml that a message names.
func quoted(n *source.Node, message string) *source.Node {
	if n == nil || n.Kind == source.String && len(n.Text) > 8 && strings.Contains(message, n.Text) {
		return n
	}
	for _, item := range n.Items {
		if found := quoted(item, message); found != nil {
			return found
		}
	}
	return nil
}

func keyless(groups []sops.KeyGroup) bool {
	for _, g := range groups {
		if len(g) == 0 {
			return true
		}
	}
	return len(groups) == 0
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// indentOf is how far the file's text is to be indented: as .sops.yaml says, if it does.
func (c Config) indentOf(name string) int {
	if r, err := c.rule(name); err == nil {
		return r.indent
	}
	return 0
}
