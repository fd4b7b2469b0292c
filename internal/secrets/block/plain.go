package block

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// PlainInEncrypted is the rule that a value of an encrypted file is plain text.
const PlainInEncrypted = "plain-in-encrypted"

// Plain finds the values of an encrypted file that everybody can read although its sops block wants them encrypted: somebody
// has put them in by hand. No finding holds one. SOPS leaves null and empty text as they are, and where comments decide what is
// encrypted, only who has a key learns of it.
func Plain(root *source.Node) (map[*source.Node]bool, diag.Findings) {
	p := plains{found: map[*source.Node]bool{}, match: matcher(root.Get(Key)), encrypted: set(root.Get(Key), "encrypted_regex")+set(root.Get(Key), "encrypted_suffix") != ""}
	if p.match == nil {
		return nil, nil
	}
	for i, k := range root.Keys {
		if k.Name != Key {
			p.value(root.Items[i], []string{k.Name}, p.match(k.Name))
		}
	}
	return p.found, p.findings
}

type plains struct {
	match     func(key string) bool
	encrypted bool // are values below a key that matches encrypted, or all others?
	found     map[*source.Node]bool
	findings  diag.Findings
}

func (p *plains) value(n *source.Node, path []string, matched bool) {
	for i, item := range n.Items {
		if n.Kind == source.Map {
			name := n.Keys[i].Name
			p.value(item, append(path, name), matched || p.match(name))
		} else {
			p.value(item, append(path, strconv.Itoa(i)), matched)
		}
	}
	if matched != p.encrypted || !n.Kind.Scalar() || n.Text == "" || Value(n.Text) || p.found[n] {
		return
	}
	finding := diag.Errorf(PlainInEncrypted, n.At(), "this value stands in plain text in an encrypted file").WithPath(source.Path(path)).
		WithHint("restore the file from git (git checkout -- %[1]s), put the value in with kubectl otomi secrets edit %[1]s, and change the secret if it was ever committed", n.At().File)
	finding.Quiet = true
	p.found[n], p.findings = true, append(p.findings, finding)
}

// matcher is what a sops block says of keys: one of its settings, or what SOPS does without. It is nil where comments count.
func matcher(meta *source.Node) func(key string) bool {
	if set(meta, "encrypted_comment_regex")+set(meta, "unencrypted_comment_regex") != "" {
		return nil
	}
	if expression := set(meta, "encrypted_regex") + set(meta, "unencrypted_regex"); expression != "" {
		re, err := regexp.Compile(expression)
		return func(key string) bool { return err == nil && re.MatchString(key) } // SOPS takes what is none for one that matches nothing
	}
	suffix := set(meta, "encrypted_suffix") + set(meta, "unencrypted_suffix")
	if suffix == "" {
		suffix = "_unencrypted"
	}
	return func(key string) bool { return strings.HasSuffix(key, suffix) }
}

func set(meta *source.Node, name string) string {
	if n := meta.Get(name); n != nil {
		return n.Text
	}
	return ""
}
