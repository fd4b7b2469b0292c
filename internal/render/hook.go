package render

import (
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/release"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// events are the times at which an object is a chart's hook; none: it is no hook.
func events(o object.Object) []string {
	value, ok := o.GetAnnotations()[release.HookAnnotation]
	if !ok {
		return nil
	}
	var out []string
	for event := range strings.SplitSeq(value, ",") {
		out = append(out, strings.ToLower(strings.TrimSpace(event)))
	}
	return out
}

// dropped reports whether a hook does not go to the cluster: tests and rollbacks have no place here, an event that Helm does
// not know makes it skip the hook, and hooks: drop drops all.
func dropped(o object.Object, r *Release) bool {
	all := events(o)
	if len(all) == 0 {
		return false
	}
	if r.Hooks == "drop" || slices.ContainsFunc(all, isTest) || slices.ContainsFunc(all, isUnknown) {
		return true
	}
	return !slices.ContainsFunc(all, func(e string) bool { return !strings.HasSuffix(e, "-rollback") })
}

func isTest(event string) bool { return event == "test" || event == "test-success" }

func isUnknown(event string) bool {
	switch event {
	case "pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback":
		return false
	}
	return !isTest(event)
}

// hookFinding says that Helm would skip a hook without a word.
func hookFinding(o object.Object) *diag.Finding {
	all := events(o)
	i := slices.IndexFunc(all, isUnknown)
	if i < 0 {
		return nil
	}
	f := diag.Warningf("unknown-hook", o.Source.Position(), "there is no hook event %q, so the object is left out", all[i])
	f.Object = o.ID().String()
	return &f
}
