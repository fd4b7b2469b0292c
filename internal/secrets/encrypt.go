package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Encrypt turns plain text into a SOPS file for those whom .sops.yaml names. An error is a diag.Findings.
func (c Config) Encrypt(name string, text []byte, now time.Time) ([]byte, error) {
	rule, err := c.rule(name)
	if err != nil {
		return nil, err
	}
	f := newFile(name, rule.indent)
	f.tree.Metadata = rule.metadata()
	k := newService()
	var errs []error
	if f.key, errs = f.tree.GenerateDataKeyWithKeyServices(k.clients()); len(errs) > 0 {
		return nil, k.unclosed(name, errs)
	}
	out, err := f.seal(text, now)
	root, _ := source.Parse(name, text)
	if err == nil && hasValue(root) && bytes.Count(out, []byte("ENC[AES256_GCM,data:")) < 2 {
		at := diag.Position{File: name} // the one encrypted text is the mac
		return nil, diag.Findings{diag.Errorf(ruleUnfit, at, "the creation rule for this file leaves all of its values readable").WithHint("see its regex and suffix settings in %s", ConfigFile)}
	}
	return out, err
}

func hasValue(n *source.Node) bool {
	return n != nil && (n.Kind.Scalar() && n.Text != "" || slices.ContainsFunc(n.Items, hasValue))
}

// Edit encrypts the changed text of an encrypted file, for those who could read it before. Values that did not change keep
// the very text that they had. An error is a diag.Findings.
func (c Config) Edit(name string, old, text []byte, now time.Time) ([]byte, error) {
	f, findings := open(name, old, c.indentOf(name))
	if findings.Failed() {
		return nil, findings
	}
	return f.seal(text, now)
}

// seal makes text the content of the file and makes sure that it can be read back.
func (f *file) seal(text []byte, now time.Time) ([]byte, error) {
	root, branches, findings := fit(f.name, text, f.store)
	if findings.Failed() {
		return nil, findings
	}
	f.tree.Branches = branches
	out, err := f.close(now)
	var large diag.Findings
	if errors.As(err, &large) {
		return nil, large
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf(ruleUnfit, diag.Position{File: f.name}, "%v", err)}
	}
	if findings := f.verify(root, out); findings.Failed() {
		return nil, findings
	}
	return out, nil
}

// unclosed says which keys a new data key could not be encrypted for.
func (k *service) unclosed(name string, errs []error) error {
	var findings diag.Findings
	for _, failed := range k.failed {
		findings = append(findings, diag.Errorf(ruleNoRecipient, diag.Position{File: name}, "encrypt for %s: %s", failed.key, reason(failed.err)))
	}
	if len(findings) == 0 {
		findings = append(findings, diag.Errorf(ruleConfig, diag.Position{File: ConfigFile}, "encrypt %s: %s", name, strings.Trim(fmt.Sprint(errs), "[]")))
	}
	return findings
}
