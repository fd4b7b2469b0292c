package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// prunes decides about what the last runs applied and is no longer desired. Definitions come last: whether they can go depends
// on what stays.
func (m *maker) prunes() {
	stays := map[object.ID]bool{}
	for id := range m.wanted {
		stays[id] = true
	}
	var candidates []inventory.Entry
	for _, e := range m.plan.Inventory.Entries {
		_, wanted := m.wanted[e.ID]
		switch {
		case wanted:
		case !m.selected(e.Release, e.Runlevel):
			stays[e.ID] = true
		default:
			candidates = append(candidates, e)
		}
	}
	slices.SortStableFunc(candidates, func(a, b inventory.Entry) int { return DeleteRank(a.ID) - DeleteRank(b.ID) })
	for _, e := range candidates {
		a := m.prune(e, stays)
		if a.Op == Keep {
			stays[e.ID] = true
		}
		m.plan.Actions = append(m.plan.Actions, a)
	}
	m.budget()
}

func (m *maker) prune(e inventory.Entry, stays map[object.ID]bool) Action {
	a := Action{ID: e.ID, Version: e.Version, Release: e.Release, Runlevel: e.Runlevel, Entry: &e, Live: m.in.Observed.Objects[e.ID]}
	if a.Op, a.Reason = m.proof(e, a.Live); a.Op != Prune {
		if a.Op == Keep {
			m.paused(&a)
		}
		return a
	}
	if m.in.Options.NoPrune {
		a.Op, a.Reason = Keep, "pruning is off"
		return a
	}
	switch {
	case isNamespace(e.ID):
		m.pruneNamespace(&a, stays)
	case isCRD(e.ID):
		m.pruneCRD(&a, stays)
	case e.Group == "" && (e.Kind == "PersistentVolumeClaim" || e.Kind == "PersistentVolume"):
		if !m.approvedFor(RulePruneData, e.ID) {
			m.refuse(Refusal{Rule: RulePruneData, Objects: []object.ID{e.ID}, Hint: "--prune-data", Message: e.ID.String() + " would be deleted with its data"})
		}
	}
	return a
}

// proof tells whether the live object is provably what the set made, and free to go.
func (m *maker) proof(e inventory.Entry, live *Meta) (Op, string) {
	switch {
	case live == nil && m.in.Observed.Unserved[e.GroupKind()]:
		return Forget, "its kind is gone"
	case live == nil:
		return Forget, "it is gone"
	case live.Labels[object.LabelPartOf] != m.setID:
		return Forget, "it does not carry this set's label any more"
	case e.UID == "" && !WroteMark(live):
		return Forget, "nothing proves that this set made it"
	case e.UID != "" && e.UID != live.UID:
		return Forget, "somebody made it anew"
	}
	if reason := protected(live); reason != "" {
		return Keep, reason
	}
	for _, o := range live.Owners {
		if o.Controller != nil && *o.Controller {
			return Forget, fmt.Sprintf("it belongs to %s %s", o.Kind, o.Name)
		}
	}
	return Prune, "no longer desired"
}

// protected says why an object must not be deleted, by our own annotations and by those of other tools that mean the same.
func protected(live *Meta) string {
	a := live.Annotations
	if v, found := a[ProtectKey]; found && v != "false" {
		return "protected (" + ProtectKey + ")"
	}
	if reason, paused := Paused(a); paused {
		return "paused: " + reason
	}
	for key, values := range map[string][]string{
		"helm.sh/resource-policy":                 {"keep"},
		"client.lifecycle.config.k8s.io/deletion": {"detach"},
		"cli-utils.sigs.k8s.io/on-remove":         {"keep"},
		"kustomize.toolkit.fluxcd.io/prune":       {"disabled", "Disabled"},
		"argocd.argoproj.io/sync-options":         {"Prune=false", "Delete=false", "Prune=false,Delete=false"},
		"kapp.k14s.io/delete-strategy":            {"orphan"},
	} {
		if slices.Contains(values, a[key]) {
			return fmt.Sprintf("protected (%s: %s)", key, a[key])
		}
	}
	return ""
}

func (m *maker) pruneNamespace(a *Action, stays map[object.ID]bool) {
	name := a.ID.Name
	switch {
	case system(name):
		a.Op, a.Reason = Forget, "it comes with the cluster"
		return
	case !a.Entry.Created:
		a.Op, a.Reason = Forget, "this set did not make it"
		return
	}
	for id := range stays {
		if id.Namespace == name {
			a.Op, a.Reason = Keep, "objects of the set stay in it"
			return
		}
	}
	strangers := m.in.Observed.Strangers[name]
	if len(strangers) > 0 && !m.approvedFor(RulePruneNamespace, a.ID) {
		hint := "--prune-namespaces"
		if unlisted(strangers) {
			hint = "get the right to list all that is in it, " + RightsPage + ", or delete it unseen: " + hint
		}
		m.refuse(Refusal{
			Rule: RulePruneNamespace, Objects: []object.ID{a.ID}, Hint: hint,
			Message: fmt.Sprintf("namespace %s would be deleted, but %s", name, Holding(strangers)),
		})
	}
}

func (m *maker) pruneCRD(a *Action, stays map[object.ID]bool) {
	kind, known := m.in.Observed.Defines[a.ID]
	for id := range stays {
		if known && id.Group == kind.Group && id.Kind == kind.Kind {
			a.Op, a.Reason = Keep, "resources of it stay in the set"
			return
		}
	}
	strangers := m.in.Observed.Instances[a.ID]
	if len(strangers) > 0 && !m.approvedFor(RulePruneCRD, a.ID) {
		m.refuse(Refusal{
			Rule: RulePruneCRD, Objects: []object.ID{a.ID}, Hint: "--prune-crds",
			Message: fmt.Sprintf("%s would be deleted, and with it resources that are not this set's: %s", a.ID, list(strangers)),
		})
	}
}

func list(ids []object.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return few(names)
}

func few(names []string) string {
	s := strings.Join(names[:min(listed, len(names))], ", ")
	if more := len(names) - listed; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// budget refuses a run that deletes so much that a mistake is likelier than an intention. To destroy means to delete all: only a
// limit that is given counts.
func (m *maker) budget() {
	if m.in.Options.Destroy && m.in.Options.MaxPrune == nil {
		return
	}
	var gone []object.ID
	for _, a := range m.plan.Actions {
		if a.Op == Prune {
			gone = append(gone, a.ID)
		}
	}
	set, flag := len(m.plan.Inventory.Entries), fmt.Sprintf("--max-prune %d", len(gone))
	if len(gone) > 0 && len(m.wanted) == 0 && !m.plan.Narrowed && m.in.Options.MaxPrune == nil {
		if !m.approved(RuleEmptySet) {
			m.refuse(Refusal{Rule: RuleEmptySet, Hint: flag, Message: fmt.Sprintf("nothing is desired any more; all %d objects would be deleted", len(gone))})
		}
		return
	}
	limit, all := m.in.Options.MaxPrune.limit(set), len(gone)
	if all <= limit {
		return
	}
	gone = slices.DeleteFunc(gone, func(id object.ID) bool { return m.approvedFor(RulePruneBudget, id) })
	if len(gone) > limit {
		slices.SortFunc(gone, object.ID.Compare)
		m.refuse(Refusal{
			Rule: RulePruneBudget, Objects: gone, Hint: flag,
			Message: fmt.Sprintf("%d of %d objects would be deleted, the limit is %d", all, set, limit),
		})
	}
}
