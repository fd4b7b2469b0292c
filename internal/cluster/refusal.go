package cluster

import (
	"errors"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// refusal turns what the API server says against an object into findings: one per field where it names fields.
func refusal(p *plan.Plan, a plan.Action, err error) diag.Findings {
	position := diag.Position{}
	if a.Object.Unstructured != nil {
		position = a.Object.Source.Position()
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && apierrors.IsInvalid(err) && status.Status().Details != nil {
		var findings diag.Findings
		for _, c := range status.Status().Details.Causes {
			f := about(diag.Errorf("refused-by-server", position, "%s", c.Message), a.ID).WithPath(c.Field)
			findings = append(findings, hinted(f, p, a, err))
		}
		if len(findings) > 0 {
			return findings
		}
	}
	if typed(err) {
		return undeclared(a, err, position)
	}
	rule := "apply-failed"
	if status != nil && !transient(err) {
		rule = "refused-by-server"
	}
	return diag.Findings{hinted(about(diag.Errorf(rule, position, "%s", err), a.ID), p, a, err)}
}

// undeclared turns what server-side apply says about fields into findings. The text is all there is: one field, or a list of them
// on lines of their own, after the object in parentheses.
func undeclared(a plan.Action, err error, position diag.Position) diag.Findings {
	_, text, _ := strings.Cut(err.Error(), untyped)
	if _, rest, found := strings.Cut(text, "): "); found {
		text = rest
	}
	text = strings.TrimPrefix(text, "errors:")
	var findings diag.Findings
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		f := about(diag.Errorf("refused-by-server", position, "%s", line), a.ID)
		if path, what, found := strings.Cut(line, ": "); found && strings.HasPrefix(path, ".") {
			f.Path, f.Message = strings.TrimPrefix(path, "."), what
		}
		findings = append(findings, f)
	}
	return findings
}

// hinted adds what users can do about the refusals they meet most.
func hinted(f diag.Finding, p *plan.Plan, a plan.Action, err error) diag.Finding {
	switch {
	case fixed(f.Message) && f.Path != "":
		_, advice := p.MayRecreate(a)
		if a.ID.Group == "batch" && a.ID.Kind == "Job" && advice != "" {
			advice += "; a Job that is to run anew at every change is a task: otomi.io/task: on-change"
		}
		f.Hint = advice
		return f
	case strings.Contains(f.Message, "attempting to grant RBAC permissions not currently held"):
		return f.WithHint("whoever applies must hold the permissions that the role gives")
	case LacksRight(err) != "":
		return f.WithHint("%s", LacksRight(err))
	case deletes(&a):
		return f.WithHint("%s", hookAdvice)
	default:
		return f
	}
}
