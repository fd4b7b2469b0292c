package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Mark names a set of policies: those of a core, nil for none, and Gatekeeper's templates and constraints. It is the value of the
// label on objects that were held against them: equal for equal policies, wherever they come from. Their tests do not count. More
// is what else a verdict depended on; what is "" does not count.
func Mark(fsys fs.FS, stream []object.Object, more ...string) (string, error) {
	h := sha256.New()
	if fsys != nil {
		if err := digest(h, fsys); err != nil {
			return "", err
		}
	}
	for _, o := range stream {
		text, err := json.Marshal(o.Object["spec"])
		if err != nil {
			return "", fmt.Errorf("encode %s: %w", o.ID(), err)
		}
		_, _ = fmt.Fprintf(h, "%s %x\n", o.ID(), sha256.Sum256(text))
	}
	for i, text := range more {
		if text != "" {
			_, _ = fmt.Fprintf(h, "%d %x\n", i, sha256.Sum256([]byte(text)))
		}
	}
	return "otomi-" + hex.EncodeToString(h.Sum(nil))[:8], nil
}

// Deviation tells in what settings differ from those that policies come with, as far as a verdict depends on it; "" where they do
// not, however they are written.
func (s *Set) Deviation(settings Settings) (string, error) {
	text, err := verdict(s.Active(settings))
	if err != nil {
		return "", err
	}
	if usual, err := verdict(s.Active(Settings{})); err != nil || usual == text {
		return "", err
	}
	return "settings:\n" + text, nil // which may turn all policies off
}

// verdict is what a verdict depends on, beside the policies' text.
func verdict(policies []Active) (string, error) {
	var b strings.Builder
	for _, p := range policies {
		for i, x := range p.Exempt {
			if i == 0 {
				p.Exempt = slices.Clone(p.Exempt)
			}
			p.Exempt[i] = Exemption{Object: x.Object, Release: x.Release, Namespace: x.Namespace, Until: x.Until}
		}
		text, err := json.Marshal([]any{p.ID, p.Action, p.Parameters, p.ExcludedNamespaces, p.Exempt})
		if err != nil {
			return "", fmt.Errorf("encode settings of %s: %w", p.ID, err)
		}
		b.Write(append(text, '\n'))
	}
	return b.String(), nil
}

// digest hashes the names and texts of a core's policies.
func digest(h io.Writer, fsys fs.FS) error {
	return fs.WalkDir(fsys, core.Policies, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == core.Policies {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(text))
		return err
	})
}
