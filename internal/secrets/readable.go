package secrets

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/getsops/sops/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Readable is what everybody can read of an encrypted file: its tree without what is encrypted and without SOPS' own block;
// nil where there is nothing.
func Readable(name string, text []byte) *source.Node {
	root, _ := source.Parse(name, text)
	if root == nil {
		return nil
	}
	return readable(root, true)
}

func readable(n *source.Node, root bool) *source.Node {
	if n.Kind.Scalar() {
		if n.Text == "" || n.Kind == source.Null || block.Value(n.Text) {
			return nil
		}
		return n
	}
	c := *n
	c.Keys, c.Items = nil, nil
	for i, item := range n.Items {
		if root && n.Kind == source.Map && n.Keys[i].Name == block.Key {
			continue
		}
		kept := readable(item, false)
		switch {
		case n.Kind == source.Map && kept != nil:
			c.Keys, c.Items = append(c.Keys, n.Keys[i]), append(c.Items, kept)
		case n.Kind == source.List && !block.Comment(item): // items keep their numbers
			c.Items = append(c.Items, kept)
		}
	}
	if !hasValue(&c) {
		return nil
	}
	return &c
}

// Setting is what .sops.yaml says about which values of a file stay readable, and where.
func (c Config) Setting(name string) (diag.Position, string) {
	at := diag.Position{File: ConfigFile}
	root, err := c.read(name)
	if err != nil {
		return at, "its creation rule cannot be read"
	}
	for _, rule := range items(root.Get("creation_rules")) {
		match := rule.Get("path_regex")
		if match != nil && match.Text != "" {
			if found, err := regexp.MatchString(match.Text, name); err != nil || !found {
				continue
			}
		}
		for i, k := range rule.Keys {
			if slices.Contains(settings(), k.Name) && rule.Items[i].Text != "" {
				return k.At(), fmt.Sprintf("%s is %s", k.Name, rule.Items[i].Text)
			}
		}
		return rule.At(), "SOPS encrypts no value whose name, or the name of a map around it, ends in " + sops.DefaultUnencryptedSuffix
	}
	return at, "no creation rule is for it"
}

// settings are the keys of a creation rule that say which values are encrypted.
func settings() []string {
	return []string{"unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex"}
}

func items(list *source.Node) []*source.Node {
	if list == nil {
		return nil
	}
	return list.Items
}
