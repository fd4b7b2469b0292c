package plan

import (
	"sync"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// CheckWaits finds annotations that would only be understood once the object is in the cluster and somebody waits for it:
// expressions of ready.WhenKey that do not compile, and durations of TimeoutKey that are none.
func CheckWaits(objects []object.Object) diag.Findings {
	var findings diag.Findings
	var judge ready.Judge
	var lists sync.Map
	for _, o := range objects {
		annotations := o.GetAnnotations()
		if expression, has := annotations[ready.WhenKey]; has {
			for _, i := range judge.Check(expression) {
				l := object.NewLocator(o, &lists)
				findings = append(findings, wait("invalid-ready-when", o, ready.WhenKey, l.Inside(annotation(ready.WhenKey), i.Line, i.Col),
					i.Message, "write a CEL expression about the live object that gives true or false, such as self.status.phase == 'Running'"))
			}
		}
		if text, has := annotations[TimeoutKey]; has {
			if d, err := time.ParseDuration(text); err != nil || d <= 0 {
				findings = append(findings, wait("invalid-timeout", o, TimeoutKey, object.NewLocator(o, &lists).Place(annotation(TimeoutKey)),
					"want a duration above 0", "write one such as 90s, 5m or 1h30m"))
			}
		}
	}
	return findings
}

func wait(rule string, o object.Object, key string, at diag.Position, message, hint string) diag.Finding {
	f := diag.Errorf(rule, at, "%s: %s", key, message).WithPath(annotation(key)).WithHint("%s", hint)
	f.Object = o.ID().String()
	return f
}

func annotation(key string) string { return `metadata.annotations["` + key + `"]` }
