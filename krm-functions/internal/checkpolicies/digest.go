package checkpolicies

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
)

// digest is the SHA-256 over the names and texts of the policies that count: equal for equal policies, wherever they come
// from. Their tests do not count.
func digest(stack core.Stack) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(stack, core.Policies, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == core.Policies {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(stack, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(text))
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
