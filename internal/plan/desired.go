package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

func (m *maker) desired() {
	var withheld []object.ID
	for _, o := range m.in.Desired {
		if localConfig(o) || !m.selected(o.Release, o.Runlevel) {
			continue
		}
		if h := hookOf(o.GetAnnotations()); h != nil && h.idle() {
			continue
		}
		m.plan.Actions = append(m.plan.Actions, m.decide(o))
		if o.GetAnnotations()[object.SecretsKey] != "" {
			withheld = append(withheld, o.ID())
		}
	}
	if len(withheld) > 0 {
		m.refuse(Refusal{
			Rule: RulePlaceholder, Objects: withheld, Final: true, Hint: "let apply render them, with the secrets",
			Message: fmt.Sprintf("placeholders stand for secrets or random values in what would be applied: %s (%d of %d objects)", withheld[0], len(withheld), len(m.plan.Actions)),
		})
	}
}

// decide is what happens to one desired object.
func (m *maker) decide(o object.Object) Action {
	id := o.ID()
	a := Action{ID: id, Version: o.GroupVersionKind().Version, Release: o.Release, Runlevel: o.Runlevel, Live: m.in.Observed.Objects[id]}
	if entry, found := m.plan.Inventory.Find(id); found {
		a.Entry = &entry
	}
	a.Yields = m.yields(o, a.Live)
	a.Whole = prepare(o, m.setID, nil)
	a.Object = a.Whole
	if len(a.Yields) > 0 {
		a.Object = prepare(o, m.setID, a.Yields)
	}
	a.Hash, _ = inventory.Hash(a.Object.Object) // what was parsed from JSON can be written as JSON
	a.Hook = hookOf(o.GetAnnotations())
	switch {
	case a.Hook != nil:
		_ = a.Live != nil && m.mine(a) && m.paused(&a) // hooks decides, when all else is decided
	case a.Live == nil:
		m.absent(&a)
	case m.mine(a):
		m.present(&a)
	case isNamespace(id):
		m.namespace(&a)
	default:
		m.foreign(&a)
	}
	if a.Op == Create || a.Op == Recreate {
		a.Object = a.Whole
	}
	a.Force = a.Op.Sends() && a.Live != nil && m.approvedFor(RuleField, a.ID)
	return a
}

// mine reports an object that the set owns: it carries the set's label and is the one recorded, or we put the label on it, which
// people copy with the rest of an object; or it lost the label and is still the one recorded. What was only announced, by a run
// that was killed before it took the object over, is not ours yet.
func (m *maker) mine(a Action) bool {
	recorded := a.Entry != nil && a.Entry.UID == a.Live.UID
	switch a.Live.Labels[object.LabelPartOf] {
	case m.setID:
		return recorded || WroteMark(a.Live)
	case "":
		return recorded && a.Entry.Hash != ""
	default:
		return false
	}
}

// ownerOf is who an object belongs to that is not ours: a copy of our label makes nobody its owner.
func (m *maker) ownerOf(live *Meta) Owner {
	if live.Labels[object.LabelPartOf] != m.setID {
		return m.in.Observed.OwnerOf(live)
	}
	bare := *live
	bare.Labels = maps.Clone(live.Labels)
	delete(bare.Labels, object.LabelPartOf)
	return m.in.Observed.OwnerOf(&bare)
}

func (m *maker) absent(a *Action) {
	a.Op = Create
	if a.Entry == nil || a.Entry.UID == "" {
		return
	}
	a.Reason = "it was deleted"
	switch task := taskOf(a.Object); {
	case task == "" || !m.done(a):
	case task == "always" && !m.plan.Narrowed:
		a.Reason = "runs at every apply"
	case task == "once":
		a.Op, a.Reason = Keep, "ran once and was cleaned up"
	case a.Entry.Hash == a.Hash:
		a.Op, a.Reason = Keep, "ran and was cleaned up"
	default:
		a.Reason = "changed"
	}
}

func (m *maker) done(a *Action) bool {
	return a.Entry != nil && (a.Entry.Task == inventory.TaskDone || m.in.Observed.Done[a.ID])
}

// present decides about an object of the set's own.
func (m *maker) present(a *Action) {
	switch {
	case m.paused(a):
	case a.Live.Terminating:
		a.Op, a.Reason = Create, "it is being deleted"
	case taskOf(a.Object) != "":
		m.task(a)
	case a.Object.GetAnnotations()[ApplyKey] == CreateOnly:
		a.Op, a.Reason = Keep, "is only ever created ("+ApplyKey+")"
	default:
		a.Op, a.Reason = m.compare(a)
	}
}

func (m *maker) paused(a *Action) bool {
	reason, paused := Paused(a.Live.Annotations)
	if !paused {
		return false
	}
	a.Op, a.Reason = Keep, strings.TrimSuffix("paused: "+reason, ": ")
	f := diag.Warningf("paused", diag.Position{}, "left alone, it is %s", a.Reason).WithHint("remove the annotation %s to apply it again", PausedKey)
	f.Object = a.ID.String()
	m.plan.Findings = append(m.plan.Findings, f)
	return true
}

// compare tells whether applying the object would change anything.
func (m *maker) compare(a *Action) (Op, string) {
	e := a.Entry
	if e == nil || e.Hash == "" {
		return Update, "its state is not recorded"
	}
	ours, others := Fingerprints(a.Live.Managers)
	switch {
	case e.UID != a.Live.UID:
		return Update, "somebody made it anew"
	case e.Hash != a.Hash:
		if e.Ours != ours {
			// What nobody has may be new.
			a.SetBack = slices.DeleteFunc(setBack(a.Object.Object, a.Live), func(s SetBack) bool { return s.Manager == "" })
		}
		return Update, strings.TrimSuffix("changed, and "+listDrift(a.SetBack), ", and ")
	case e.Ours != ours || a.Live.Labels[object.LabelPartOf] != m.setID:
		a.SetBack = setBack(a.Object.Object, a.Live)
		return Update, drift(a)
	case e.Others != others:
		return Update, "other managers' fields differ from those recorded"
	default:
		return Unchanged, ""
	}
}

// task decides whether the Job of a task runs again, which means that it is recreated: a Job cannot be changed.
func (m *maker) task(a *Action) {
	op, reason := m.compare(a)
	recorded := a.Entry != nil && a.Entry.Hash != "" && a.Entry.UID == a.Live.UID
	switch task := taskOf(a.Object); {
	case task == "always" && !m.plan.Narrowed && recorded:
		a.Op, a.Reason = Recreate, "runs at every apply"
	case task == "once" && m.done(a):
		a.Op, a.Reason = Keep, "ran once"
	case recorded && a.Entry.Hash != a.Hash:
		a.Op, a.Reason = Recreate, "changed"
	default:
		a.Op, a.Reason = op, reason
	}
}

// findScalers maps what is scaled to its autoscaler: those of this set that exist or will, and those of anybody in the cluster.
func (m *maker) findScalers() map[object.ID]object.ID {
	scalers := map[object.ID]object.ID{}
	for _, s := range m.in.Observed.Scalers {
		entry, ours := m.plan.Inventory.Find(s.ID)
		_, stays := m.wanted[s.ID]
		if ours && !stays && m.selected(entry.Release, entry.Runlevel) && !m.in.Options.NoPrune {
			continue
		}
		scalers[s.Target] = s.ID
	}
	for id, o := range m.wanted {
		if target, ok := ScaleTarget(o.Unstructured); ok && (m.selected(o.Release, o.Runlevel) || m.in.Observed.Objects[id] != nil) {
			scalers[target] = id
		}
	}
	return scalers
}

// ScaleTarget reads what a HorizontalPodAutoscaler, or a ScaledObject of KEDA, scales.
func ScaleTarget(u *unstructured.Unstructured) (object.ID, bool) {
	version, kind := "", ""
	switch gvk := u.GroupVersionKind(); gvk.GroupKind() {
	case schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}:
	case schema.GroupKind{Group: "keda.sh", Kind: "ScaledObject"}:
		version, kind = "apps/v1", "Deployment"
	default:
		return object.ID{}, false
	}
	ref, _, _ := unstructured.NestedMap(u.Object, "spec", "scaleTargetRef")
	text := func(key string) string {
		s, _ := ref[key].(string)
		return s
	}
	gv, err := schema.ParseGroupVersion(cmp.Or(text("apiVersion"), version))
	if kind = cmp.Or(text("kind"), kind); err != nil || kind == "" {
		return object.ID{}, false
	}
	return object.ID{Group: gv.Group, Kind: kind, Namespace: u.GetNamespace(), Name: text("name")}, true
}
