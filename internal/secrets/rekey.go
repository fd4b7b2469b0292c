package secrets

import (
	"slices"
	"strconv"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keys"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
)

// Change is what Rekey did to a file.
type Change struct {
	Added, Removed []string // recipients
	Threshold      [2]int   // groups needed before and after; equal where that did not change
	Values         bool     // other values than before are encrypted
	Rotated        bool     // the values are encrypted anew, because who was removed knows the old data key
}

// None reports whether the file is as .sops.yaml wants it.
func (c Change) None() bool { return !c.readers() && !c.Values }

// readers reports whether others than before can read the file.
func (c Change) readers() bool {
	return len(c.Added)+len(c.Removed) > 0 || c.Threshold[0] != c.Threshold[1]
}

// Rekey makes a file readable for those whom .sops.yaml names now, and for nobody else, and encrypts those of its values that
// .sops.yaml wants encrypted. A file that is as it should be is given
// back as it is. An error is a diag.Findings.
func (c Config) Rekey(name string, data []byte, now time.Time) ([]byte, Change, error) {
	rule, err := c.rule(name)
	if err != nil {
		return nil, Change{}, err
	}
	f, findings := load(name, data, rule.indent)
	if findings.Failed() {
		return nil, Change{}, findings
	}
	meta := &f.tree.Metadata
	was, want := meta.KeyGroups, rule.KeyGroups
	change := Change{Added: missing(want, was), Removed: missing(was, want), Threshold: [2]int{threshold(meta.ShamirThreshold, was), threshold(rule.ShamirThreshold, want)}}
	change.Values = selection(*meta) != selection(rule.metadata())
	if change.None() {
		return data, change, nil
	}
	if findings := f.open(); findings.Failed() {
		return nil, Change{}, findings
	}
	change.Rotated = len(change.Removed) > 0
	f.follow(rule)
	if change.readers() {
		if err := f.recipients(want, change.Rotated); err != nil {
			return nil, Change{}, err
		}
	}
	if !change.Rotated && !change.Values { // the values stay as they are written
		again, err := f.store.LoadEncryptedFile(data)
		if err != nil {
			return nil, Change{}, diag.Findings{diag.Errorf(RuleHalfWritten, block.Position(f.root), "the sops block cannot be read: %v", err)}
		}
		f.tree.Branches = again.Branches
		out, err := f.encrypted()
		return out, change, err
	}
	text, err := f.text()
	if err != nil {
		return nil, Change{}, unwritable(name)
	}
	out, err := f.seal(text, now)
	return out, change, err
}

// follow makes the file one of the rule's in what is encrypted and in how many groups are needed; who can read it stays.
func (f *file) follow(rule *creation) {
	was, meta := f.tree.Metadata, rule.metadata()
	meta.KeyGroups, meta.DataKey, meta.Version = was.KeyGroups, was.DataKey, was.Version
	meta.MessageAuthenticationCode, meta.LastModified = was.MessageAuthenticationCode, was.LastModified
	f.tree.Metadata = meta
}

// selection is what says which values of a file are encrypted, to be compared.
func selection(m sops.Metadata) [7]string {
	return [7]string{
		m.UnencryptedSuffix, m.EncryptedSuffix, m.UnencryptedRegex, m.EncryptedRegex, m.UnencryptedCommentRegex, m.EncryptedCommentRegex,
		strconv.FormatBool(m.MACOnlyEncrypted),
	}
}

// recipients gives the data key, or a new one, to the recipients of want. Who has the old one already keeps it as it is
// written, so that the change of the file is small; parts of a shared key are all new.
func (f *file) recipients(want []sops.KeyGroup, rotate bool) error {
	meta := &f.tree.Metadata
	was := meta.KeyGroups
	meta.KeyGroups = want
	k := newService()
	var errs []error
	switch {
	case rotate:
		meta.DataKey = nil
		f.kept = newKeeper()
		f.key, errs = f.tree.GenerateDataKeyWithKeyServices(k.clients())
	case len(want) > 1 || len(was) > 1:
		errs = meta.UpdateMasterKeysWithKeyServices(f.key, k.clients())
	default:
		added := sops.Metadata{KeyGroups: []sops.KeyGroup{nil}}
		for i, key := range want[0] {
			if at := slices.IndexFunc(was[0], func(other keys.MasterKey) bool { return same(key, other) }); at >= 0 {
				want[0][i] = was[0][at]
			} else {
				added.KeyGroups[0] = append(added.KeyGroups[0], key)
			}
		}
		if len(added.KeyGroups[0]) > 0 {
			errs = added.UpdateMasterKeysWithKeyServices(f.key, k.clients())
		}
	}
	if len(errs) > 0 {
		return k.unclosed(f.name, errs)
	}
	return nil
}

// missing are the keys of want that have does not hold in the same group.
func missing(want, have []sops.KeyGroup) []string {
	var out []string
	for i, group := range want {
		for _, key := range group {
			held := i < len(have) && slices.ContainsFunc(have[i], func(other keys.MasterKey) bool { return same(key, other) })
			if !held {
				out = append(out, names([]sops.KeyGroup{{key}})...)
			}
		}
	}
	return out
}

// threshold is how many groups are needed: all of them where nothing is said.
func threshold(n int, groups []sops.KeyGroup) int {
	if n == 0 || len(groups) == 1 {
		return len(groups)
	}
	return n
}

func same(a, b keys.MasterKey) bool {
	return a.TypeToIdentifier() == b.TypeToIdentifier() && a.ToString() == b.ToString()
}
