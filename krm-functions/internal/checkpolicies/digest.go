package checkpolicies

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// policies are what items are held against, and where that comes from.
type policies struct {
	set    *policy.Set
	stack  core.Stack
	stream []object.Object // Gatekeeper's; nil: they do not count
}

// readStream adds the templates and constraints of the stream, which judge also where they are never applied themselves.
func (p *policies) readStream(l *krm.List) diag.Findings {
	var findings diag.Findings
	for _, item := range l.Items {
		objects, f := item.Objects()
		if len(objects) == 0 || !gatekeeper.Is(objects[0]) {
			continue
		}
		if item.Path() != "" {
			l.File(item)
		}
		p.stream, findings = append(p.stream, objects...), append(findings, f...)
	}
	if len(p.stream) == 0 {
		findings = append(findings, diag.Warningf("no-policies", diag.Position{}, "the stream has no ConstraintTemplates and constraints").WithPath("spec.policies"))
	}
	set, f := policy.FromStream(p.stream)
	findings = append(findings, f...)
	if p.set == nil {
		p.set = set
		return findings
	}
	p.set, f = policy.Join(p.set, set)
	return append(findings, f...)
}

// digest is the SHA-256 over the policies that count: equal for equal policies, wherever they come from. Their tests do not
// count.
func (p *policies) digest() (string, error) {
	h := sha256.New()
	if p.stack != nil {
		if err := digestCore(h, p.stack); err != nil {
			return "", err
		}
	}
	for _, o := range p.stream {
		text, err := json.Marshal(o.Object["spec"])
		if err != nil {
			return "", fmt.Errorf("encode %s: %w", o.ID(), err)
		}
		_, _ = fmt.Fprintf(h, "%s %x\n", o.ID(), sha256.Sum256(text))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digestCore hashes the names and texts of a core's policies.
func digestCore(h io.Writer, stack core.Stack) error {
	return fs.WalkDir(stack, core.Policies, func(name string, d fs.DirEntry, err error) error {
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
}
