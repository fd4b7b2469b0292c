package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Mark names a set of policies: those of a core, nil for none, and Gatekeeper's templates and constraints. It is the value of the
// label on objects that were held against them: equal for equal policies, wherever they come from. Their tests do not count.
func Mark(fsys fs.FS, stream []object.Object) (string, error) {
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
	return "otomi-" + hex.EncodeToString(h.Sum(nil))[:8], nil
}

// IsMark reports whether a label's value is one that Mark makes.
func IsMark(value string) bool { return regexp.MustCompile(`^otomi-[0-9a-f]{8}$`).MatchString(value) }

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
