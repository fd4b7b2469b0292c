package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Helm's annotations of a chart's hooks.
const (
	HookKey       = "helm.sh/hook"
	hookWeightKey = "helm.sh/hook-weight"
	hookDeleteKey = "helm.sh/hook-delete-policy"
)

// Phase is when a hook runs.
type Phase string

// The phases of a run in which hooks have their turn.
const (
	PreHook        Phase = "pre"         // before the release's other objects
	PostHook       Phase = "post"        // when these are ready
	PreDeleteHook  Phase = "pre-delete"  // before the release is deleted
	PostDeleteHook Phase = "post-delete" // when all of it but the hook is gone
)

// Deletes reports a phase in which the release is deleted.
func (p Phase) Deletes() bool { return p == PreDeleteHook || p == PostDeleteHook }

// Hook is what there is to know of a chart's hook besides the object. Hooks of a phase run one after the other.
type Hook struct {
	Phase  Phase // in this run; empty: it does not run
	Again  Phase // in which it runs once more, of one for before and after; empty: it does not
	Weight int

	delete  []string // Helm's delete policies
	events  []string
	repeats bool // this is the second time
}

// hookOf reads the annotations of a hook; nil: the object is none.
func hookOf(annotations map[string]string) *Hook {
	value, is := annotations[HookKey]
	if !is {
		return nil
	}
	h := &Hook{events: words(value), delete: words(annotations[hookDeleteKey])}
	h.Weight, _ = strconv.Atoi(strings.TrimSpace(annotations[hookWeightKey])) // as Helm: what is no number is 0
	if len(h.delete) == 0 {
		h.delete = []string{"before-hook-creation"}
	}
	return h
}

func words(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.ToLower(strings.TrimSpace(item)); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// After reports that the object of a hook that has run is to be deleted.
func (h *Hook) After(succeeded bool) bool {
	if h.Phase.Deletes() && succeeded {
		return true // nothing would know of it any more
	}
	return slices.Contains(h.delete, map[bool]string{true: "hook-succeeded", false: "hook-failed"}[succeeded])
}

// Stored reports a hook whose manifest has to outlive its release's.
func (h *Hook) Stored() bool { return len(h.phases("delete")) > 0 }

// idle reports a hook that never runs: of tests and rollbacks.
func (h *Hook) idle() bool {
	return len(h.phases("install"))+len(h.phases("upgrade")) == 0 && !h.Stored()
}

// phases are those in which the hook runs in an install, an upgrade or a delete: none, one or both.
func (h *Hook) phases(what string) []Phase {
	var phases []Phase
	for _, p := range []Phase{PreHook, PostHook} {
		if slices.Contains(h.events, string(p)+"-"+what) {
			if what == "delete" {
				p += "-delete"
			}
			phases = append(phases, p)
		}
	}
	return phases
}

// hooks decides which hooks run. They run when their release is installed or changes, and again until they have succeeded.
func (m *maker) hooks() {
	installed, changed, adopted := m.releases()
	for i := range m.plan.Actions {
		a := &m.plan.Actions[i]
		if a.Hook == nil || a.Op != "" {
			continue
		}
		m.inherit(a, adopted[a.Release])
		what, reason := "install", "the release is installed"
		if installed[a.Release] {
			what, reason = "upgrade", "the release changes"
		}
		owed := a.Entry != nil && a.Entry.Task != inventory.TaskDone
		phases := a.Hook.phases(what)
		if owed && len(phases) == 0 {
			phases, reason = a.Hook.phases("install"), "it has not succeeded yet"
		}
		switch {
		case len(phases) == 0:
			a.Op, a.Reason = Keep, "runs at "+strings.Join(a.Hook.events, ", ")
		case adopted[a.Release] != Owner{}:
			a.Op, a.Reason = Keep, "the release is taken over as it is"
		case !changed[a.Release] && !owed:
			a.Op, a.Reason = Keep, "ran"
		default:
			a.Hook.in(phases)
			a.Reason = reason
			m.runHook(a)
		}
	}
}

// releases are those of which something but hooks was applied before, those of which something changes (drift that is set right
// is no change), and those that are taken over from others.
func (m *maker) releases() (installed, changed map[string]bool, adopted map[string]Owner) {
	installed, changed, adopted = map[string]bool{}, map[string]bool{}, map[string]Owner{}
	for _, e := range m.plan.Inventory.Entries {
		if !e.Hook && e.UID != "" {
			installed[e.Release] = true
		}
	}
	for _, a := range m.plan.Actions {
		if a.Op != Keep && a.Op != Forget && (a.Entry == nil || a.Entry.Hash != a.Hash) {
			changed[a.Release] = true
		}
		if a.Op == Adopt && adopted[a.Release].Tool != "helm" {
			adopted[a.Release] = cmp.Or(a.From, Owner{Tool: "nobody"})
		}
	}
	return installed, changed, adopted
}

// inherit takes over the object that a hook of a Helm release left: the next time the hook runs, it is in the way. Helm puts no
// marks on hooks but those of the chart.
func (m *maker) inherit(a *Action, from Owner) {
	if from.Tool != "helm" || a.Live == nil || a.Entry != nil || a.Live.Annotations[HookKey] == "" {
		return
	}
	if owner := m.ownerOf(a.Live); owner == (Owner{}) || owner == from {
		a.From = from
	}
}

// Spared says why the live object of a hook is never deleted, whatever the chart's delete policy is; empty: it may be.
func (a *Action) Spared(live *Meta) string {
	if why := irreplaceable(a.ID); why != "" {
		return why
	}
	return protected(live)
}

// spare keeps the object of a hook and says so where the chart asks for something else.
func (m *maker) spare(a *Action, why string) {
	a.Op, a.Reason = Update, "a hook, applied in place: "+why
	if policy := a.Whole.GetAnnotations()[hookDeleteKey]; policy != "" {
		f := diag.Warningf("hook-not-deleted", a.Whole.Source.Position(), "the delete policy of the hook (%s) is not obeyed: %s", policy, why).
			WithHint("take %s off the object", hookDeleteKey)
		f.Object = a.ID.String()
		m.plan.Findings = append(m.plan.Findings, f)
	}
}

// runHook decides how a hook's object is made.
func (m *maker) runHook(a *Action) {
	switch {
	case a.Live == nil, a.Live.Terminating:
		a.Op = Create
	case !m.mine(*a):
		m.foreign(a)
	case a.Spared(a.Live) != "":
		m.spare(a, a.Spared(a.Live))
	default:
		a.replace()
	}
}

// deleteHooks brings back the hooks of releases that are being deleted, in the place of what would become of their objects. What
// is owed is what the last run did not come to, or what failed: nothing else of the release may be left by now.
func (m *maker) deleteHooks() {
	going, staying := m.going()
	for i := range m.plan.Actions {
		a := &m.plan.Actions[i]
		if !m.former(*a) {
			continue
		}
		u := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(a.Entry.Manifest), &u.Object); err != nil {
			continue // what was written by another version is no reason to keep the release
		}
		hook := hookOf(u.GetAnnotations())
		switch {
		case hook == nil, !hook.Stored(), a.Op == Keep:
		case going[a.Release] && m.homeless(a.ID):
			a.Op, a.Reason = Forget, "cannot run: its namespace is gone"
		case going[a.Release]:
			phases := hook.phases("delete")
			if a.Entry.Task == "" && m.begun(a.Release) {
				phases = phases[len(phases)-1:] // what comes before has run: nothing was deleted until it had
			}
			hook.in(phases)
			a.Hook, a.Reason = hook, "the release is deleted"
			a.Object, a.Hash = object.Object{Unstructured: u, Release: a.Release, Runlevel: a.Runlevel}, a.Entry.Hash
			a.Whole = a.Object
			m.runHook(a)
		case staying[a.Release] && a.Op == Forget:
			a.Op, a.Reason = Keep, "the release is not deleted yet"
		}
	}
}

// homeless reports an object whose namespace does not exist or is being deleted. A destroy that was killed when it had only that left
// to do finds it so.
func (m *maker) homeless(id object.ID) bool {
	ns := m.in.Observed.Objects[object.ID{Kind: "Namespace", Name: id.Namespace}]
	return id.Namespace != "" && (!m.in.Observed.Namespaces[id.Namespace] || ns != nil && ns.Terminating)
}

// former reports a hook of a release that is no longer desired.
func (m *maker) former(a Action) bool {
	return a.Entry != nil && a.Entry.Manifest != "" && a.Object.Unstructured == nil
}

// going are the releases of which nothing is desired any more and something is deleted, or a hook for that is owed; of staying
// ones something is kept, but nothing deleted.
func (m *maker) going() (going, staying map[string]bool) {
	going, staying = map[string]bool{}, map[string]bool{}
	for _, a := range m.plan.Actions {
		owed := m.former(a) && a.Entry.Task != inventory.TaskDone && !m.in.Options.NoPrune
		going[a.Release] = going[a.Release] || a.Op == Prune || owed
		staying[a.Release] = staying[a.Release] || a.Op == Keep || m.in.Options.NoPrune
	}
	for _, o := range m.wanted {
		going[o.Release], staying[o.Release] = false, false
	}
	for _, e := range m.plan.Inventory.Entries {
		if !m.selected(e.Release, e.Runlevel) {
			going[e.Release], staying[e.Release] = false, false
		}
	}
	return going, staying
}
