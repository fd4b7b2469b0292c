package checkpolicies

import (
	"io/fs"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
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

// mark names what the verdict depended on: the policies that count, settings other than theirs, and what passes as known.
func (p *policies) mark(settings policy.Settings, known inputs.Baseline) (string, error) {
	deviation, err := p.set.Deviation(settings)
	if err != nil {
		return "", err
	}
	var fsys fs.FS // a nil core.Stack in an fs.FS would be none
	if p.stack != nil {
		fsys = p.stack
	}
	return policy.Mark(fsys, p.stream, deviation, known.Text())
}
