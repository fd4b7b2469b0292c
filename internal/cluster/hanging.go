package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// aWhile is how long a deletion may take before it is looked at closer, and how often it then is.
const aWhile = 10 * time.Second

// hanging finds out what deletions wait for that do not come to an end.
type hanging struct {
	*run
	said   map[object.ID]string
	looked map[object.ID]time.Duration // when each was looked at closer last
}

func newHanging(r *run) *hanging {
	return &hanging{run: r, said: map[object.ID]string{}, looked: map[object.ID]time.Duration{}}
}

// tell says what a deletion waits for, whenever that changes. Finalizers are in the metadata at hand; for what else keeps an object,
// it is read as a whole now and then.
func (h *hanging) tell(a *plan.Action, m *metav1.ObjectMeta, after time.Duration) {
	u := &unstructured.Unstructured{}
	u.SetFinalizers(m.Finalizers)
	why := ready.Deletion(u)
	if why == "" && after-h.looked[a.ID] >= aWhile {
		h.looked[a.ID] = after
		if u := h.read(a); u != nil {
			why = ready.Deletion(u)
		}
	} else if why == "" && h.looked[a.ID] > 0 {
		return
	}
	why = cmp.Or(h.whose(why, m.Finalizers), "is being deleted")
	if h.said[a.ID] == why {
		return
	}
	if h.said[a.ID] != "" || len(m.Finalizers) > 0 {
		h.run.tell(Event{Type: EventWaiting, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, State: ready.Terminating, Message: why, Duration: h.since(a.ID)})
	}
	h.said[a.ID] = why
}

// read is a live object as a whole; nil where it cannot be read.
func (h *hanging) read(a *plan.Action) *unstructured.Unstructured {
	s, err := h.kinds.findAny(h.requests, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return nil
	}
	u, _ := h.getObject(h.requests, s, a.ID) // what cannot be read gives no reason
	return u
}

// laggards says of each object what it waits for, and what to do.
func (h *hanging) laggards(left []*plan.Action) []Laggard {
	var laggards []Laggard
	for _, a := range left {
		l := Laggard{ID: a.ID, Release: a.Release, Status: ready.Status{State: ready.Terminating, Reason: "being deleted"}}
		if u := h.read(a); u != nil {
			l.Status = ready.Compute(u, h.now())
			finalizers := slices.Concat(u.GetFinalizers(), within(u))
			l.Status.Reason = h.whose(l.Status.Reason, finalizers)
			l.Hint = h.way(a, u, finalizers)
		}
		laggards = append(laggards, l)
	}
	return laggards
}

// whose adds to a reason which releases of the set the finalizers that nobody knows may be of.
func (h *hanging) whose(reason string, finalizers []string) string {
	for _, f := range finalizers {
		if known, _ := ready.Holder(f); known != "" {
			continue
		}
		if release, state := h.release(f); release != "" {
			reason += fmt.Sprintf("; %s is of release %s, %s", f, release, state)
		}
	}
	return reason
}

// release is the one that brought the kinds whose group a finalizer is named after, and what has become of what it runs.
func (h *hanging) release(finalizer string) (name, state string) {
	name = releaseOf(h.plan.Inventory, finalizer)
	if name == "" {
		return "", ""
	}
	runs, gone := false, false
	for i := range h.plan.Actions {
		a := &h.plan.Actions[i]
		if a.Release != name || plan.Rank(a.ID) != plan.RankWorkload {
			continue
		}
		o := h.outcome(a)
		gone = gone || o.status == removed || a.Op == plan.Prune && !o.at.IsZero()
		runs = runs || a.Live != nil && o.status != removed
	}
	switch {
	case runs && !gone:
		return name, "which still runs"
	case gone:
		return name, "which this run has deleted"
	default:
		return name, "which runs nothing that this set knows of"
	}
}

// releaseOf is the release of a set whose CustomResourceDefinitions are of the group that a finalizer is named after; empty: none
// is.
func releaseOf(inv *inventory.Inventory, finalizer string) string {
	domain := ready.Domain(finalizer)
	for _, e := range inv.Entries {
		if e.Kind != "CustomResourceDefinition" {
			continue
		}
		_, group, _ := strings.Cut(e.Name, ".")
		if group != "" && (domain == group || strings.HasSuffix(domain, "."+group) || strings.HasSuffix(group, "."+domain)) {
			return cmp.Or(e.Release, "-")
		}
	}
	return ""
}

// ofReleases adds which releases of the set the finalizers of an object that is being deleted may be of.
func ofReleases(inv *inventory.Inventory, u *unstructured.Unstructured) string {
	if u.GetDeletionTimestamp() == nil {
		return ""
	}
	text := ""
	for _, f := range slices.Concat(u.GetFinalizers(), within(u)) {
		if release := releaseOf(inv, f); release != "" {
			text += fmt.Sprintf("; %s is of release %s", f, release)
		}
	}
	return text
}

// within are the finalizers that a namespace's conditions name: of what is left in it.
func within(namespace *unstructured.Unstructured) []string {
	return leftovers(namespace, "NamespaceFinalizersRemaining", "finalizers remaining: ", " in ")
}

// remaining are the resources that a namespace's conditions name: of what is left in it.
func remaining(namespace *unstructured.Unstructured) []string {
	return leftovers(namespace, "NamespaceContentRemaining", "resources are remaining: ", " has ")
}

// leftovers are the names that a condition of a namespace lists in its message, after these words; how many there are of each
// follows its name.
func leftovers(namespace *unstructured.Unstructured, condition, after, count string) []string {
	conditions, _, _ := unstructured.NestedSlice(namespace.Object, "status", "conditions")
	var names []string
	for _, c := range object.Maps(conditions) {
		message, _ := c["message"].(string)
		_, list, named := strings.Cut(message, after)
		if c["type"] != condition || c["status"] != "True" || !named {
			continue
		}
		for _, item := range strings.Split(list, ", ") {
			name, _, _ := strings.Cut(item, count)
			names = append(names, strings.TrimSuffix(name, "."))
		}
	}
	return names
}

// way is how a deletion that hangs can be brought to its end.
func (h *hanging) way(a *plan.Action, u *unstructured.Unstructured, finalizers []string) string {
	if left := remaining(u); len(left) > 0 {
		return fmt.Sprintf("what is left in it: kubectl get %s -n %s", strings.Join(left, ","), a.ID.Name)
	}
	foreign := slices.DeleteFunc(slices.Clone(finalizers), func(f string) bool { _, builtin := ready.Holder(f); return builtin })
	if len(foreign) == 0 {
		return ""
	}
	s, err := h.kinds.findAny(h.requests, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return ""
	}
	return "start the controller that takes it off again, and run this again; if it is gone for good, take it off by hand, without its clean-up:\n" +
		unhold(s.resource.GroupResource(), a.ID, finalizers, foreign)
}

// unhold is the command that takes finalizers off an object and leaves the others; it does nothing when they have changed.
func unhold(resource schema.GroupResource, id object.ID, all, off []string) string {
	stay := slices.DeleteFunc(slices.Clone(all), func(f string) bool { return slices.Contains(off, f) })
	patch := fmt.Sprintf(`[{"op":"test","path":"/metadata/finalizers","value":[%s]},{"op":"replace","path":"/metadata/finalizers","value":[%s]}]`, quoted(all), quoted(stay))
	command := "kubectl patch " + resource.String() + " " + id.Name
	if id.Namespace != "" {
		command += " -n " + id.Namespace
	}
	return command + " --type=json -p '" + patch + "'"
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = `"` + n + `"`
	}
	return strings.Join(list, ",")
}
