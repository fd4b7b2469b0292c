package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// namespace decides about a namespace that exists and is not the set's: it is used, not owned.
func (m *maker) namespace(a *Action) {
	owner := m.ownerOf(a.Live)
	if a.Live.Terminating && owner == (Owner{}) {
		a.Op, a.Reason = Create, "it is being deleted"
		return
	}
	bare := bareNamespace(a.Object)
	switch {
	case m.paused(a):
		a.Borrowed = true
		return
	case system(a.ID.Name):
	case m.mayAdopt(a, owner):
		a.Op, a.From, a.Reason = Adopt, owner, adopted(owner)
		return
	case owner != (Owner{}) && !bare:
		m.foreign(a)
		return
	}
	a.Op, a.Borrowed, a.Reason = Keep, true, "exists already; used, not owned"
	if bare {
		return
	}
	f := diag.Warningf("namespace-not-owned", a.Object.Source.Position(), "the namespace exists and is not this set's: its labels and annotations are not applied")
	if !system(a.ID.Name) {
		f = f.WithHint("take it over with --adopt unowned")
	}
	f.Object = a.ID.String()
	m.plan.Findings = append(m.plan.Findings, f)
}

// bareNamespace reports a namespace of which only its existence matters.
func bareNamespace(o object.Object) bool {
	for _, m := range []map[string]string{o.GetLabels(), o.GetAnnotations()} {
		for key := range m {
			if !slices.Contains([]string{object.LabelRelease, object.LabelPartOf, object.RunlevelKey, object.SourceKey, "kubernetes.io/metadata.name", "name"}, key) {
				return false
			}
		}
	}
	return true
}

// system reports the namespaces that come with the cluster.
func system(namespace string) bool {
	return namespace == "default" || strings.HasPrefix(namespace, "kube-")
}

func adopted(o Owner) string {
	if o == (Owner{}) {
		return "existed without an owner"
	}
	return "taken over from " + o.String()
}

// foreign decides about an object that exists and is not the set's.
func (m *maker) foreign(a *Action) {
	owner := m.ownerOf(a.Live)
	switch {
	case m.paused(a):
		a.Borrowed = true
	case owner == (Owner{}) && madeByKubernetes(a.ID):
		a.Op, a.Reason = Update, "comes with its namespace"
	case m.mayAdopt(a, owner):
		a.Op, a.From, a.Reason = Adopt, owner, adopted(owner)
	default:
		a.Op, a.Borrowed, a.Reason = Keep, true, "not ours"
		name := ""
		if owner != (Owner{}) {
			name = owner.String()
			a.Reason = fmt.Sprintf("belongs to %s", name)
		}
		m.problems.Conflicts = append(m.problems.Conflicts, Conflict{ID: a.ID, Owner: name, Hint: owner.flag()})
	}
}

// mayAdopt tells whether an object may be taken over. What a living inventory owns it gives away only where it is named: two sets
// that both want an object would take it from each other for ever.
func (m *maker) mayAdopt(a *Action, owner Owner) bool {
	adopt := m.in.Options.Adopt
	if owner.Tool == "otomi" {
		id := a.Live.Labels[object.LabelPartOf]
		adopt.All = adopt.All && m.in.Observed.Sets[id] == ""
	}
	return adopt.allows(owner) || m.approvedFor(RuleOwner, a.ID)
}

// madeByKubernetes reports what appears in every namespace and what charts nevertheless describe, for its image pull secrets.
func madeByKubernetes(id object.ID) bool {
	return id.Group == "" && id.Kind == "ServiceAccount" && id.Name == "default"
}
