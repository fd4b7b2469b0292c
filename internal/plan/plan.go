// Package plan decides what an apply will do. The desired objects, the inventory of the last run and what was observed of the
// cluster go in; a Plan with one action per object comes out, or an error that holds every ownership conflict and every
// refusal at once. It is a pure function and holds all safety rules: the package knows no API server, no clock and no flags.
package plan

import (
	"cmp"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Annotations that users put on objects to steer an apply.
const (
	ApplyKey   = "otomi.io/apply"   // on a desired object: create-only
	CreateOnly = "create-only"      // value of ApplyKey: made once, never updated
	PausedKey  = "otomi.io/paused"  // on a live object: the reason why it is to be left alone
	ProtectKey = "otomi.io/protect" // on a live object: never deleted
	TimeoutKey = "otomi.io/timeout" // on a desired object: how long to wait for it
)

// Paused is the reason why an object is to be left alone, on one line whatever people have written; false: it is not.
func Paused(annotations map[string]string) (reason string, paused bool) {
	if reason, paused = annotations[PausedKey]; paused {
		reason = cmp.Or(strings.Join(strings.Fields(reason), " "), "nobody says why")
	}
	return reason, paused
}

// Op is what happens to one object.
type Op string

// The operations. Keep leaves alone what the rules would otherwise change; Forget drops an entry of something that is gone or
// no longer ours, and touches nothing in the cluster.
const (
	Create    Op = "create"
	Update    Op = "update"
	Adopt     Op = "adopt"
	Recreate  Op = "recreate"
	Unchanged Op = "unchanged"
	Keep      Op = "keep"
	Prune     Op = "prune"
	Forget    Op = "forget"
)

// Sends reports an operation that applies the object.
func (o Op) Sends() bool { return o == Create || o == Update || o == Adopt || o == Recreate }

// Writes reports an operation that changes the cluster.
func (o Op) Writes() bool { return o.Sends() || o == Prune }

// Action is what happens to one object and why.
type Action struct {
	Op       Op
	ID       object.ID
	Version  string // of the API the object is sent or deleted with
	Release  string
	Runlevel string
	Reason   string // one phrase; empty where the operation says it all
	// Object is what is sent: stripped, labelled, and yielded fields left out of what exists. Not set for Prune and Forget.
	Object object.Object
	Whole  object.Object    // with the yielded fields, for where it has to be made
	Hash   string           // of it without the yielded fields
	Live   *Meta            // what is in the cluster, nil when nothing is
	Entry  *inventory.Entry // what the last run recorded, nil when nothing was
	// Yields are fields left to whoever controls them: they are sent only when the object is made.
	Yields    []Field
	DependsOn []object.ID // what has to be ready before, as annotations say
	Hook      *Hook       // of a chart; nil: it is none
	From      Owner       // of an adoption: whose it was
	Record    *Record     // of a former owner that is deleted; nil: none is
	Force     bool        // an approval lets fields of other managers be taken over
	// SetBack are fields that others changed since the last run sent them.
	SetBack []SetBack
	// Borrowed marks a namespace that others made and the set only uses: it gets no entry that could delete it.
	Borrowed bool
}

// Anew makes the action a recreation: the object is sent as it is made.
func (a *Action) Anew(reason string) { a.Op, a.Reason, a.Object = Recreate, reason, a.Whole }

// Task reports whether the action is about the Job of a task.
func (a Action) Task() bool { return taskOf(a.Object) != "" }

// Release is what of a release matters for the order and the patience of an apply.
type Release struct {
	Needs   []string // releases of the same runlevel that have to be ready before
	Timeout time.Duration
}

// Plan is what an apply will do.
type Plan struct {
	Ref       inventory.Ref
	Inventory *inventory.Inventory // as read; never nil
	First     bool                 // nothing was ever applied under this name
	Cluster   inventory.Cluster    // as it will be recorded
	Versions  inventory.Versions
	Actions   []Action // in the order they happen; prunes last, in theirs
	Releases  map[string]Release
	Narrowed  bool // a selection leaves part of the set out
	Destroy   bool
	Repoless  bool                 // there is no otomi.yaml whose approvals could allow anything
	Memory    inventory.Memory     // as it will be recorded
	Replaced  []Fresh              // values that take the place of others in objects that exist: somebody should agree
	Findings  diag.Findings        // about the set; an error, which only an exemption that has expired is, comes with one of Make
	Overrides []inventory.Override // policies that this run does not obey
	Observed  Observed
	Recreate  []object.ID // objects that may be made anew where a field cannot be changed, as --recreate asks

	desired  []object.Object // that the plan is about
	selected func(release, runlevel string) bool
	until    time.Time // the last day of approvals that are proposed
}

// Selects reports whether the plan is about a release.
func (p *Plan) Selects(release, runlevel string) bool {
	return p.selected == nil || p.selected(release, runlevel)
}

// Counts is how many actions there are of each operation.
func (p *Plan) Counts() map[Op]int {
	counts := map[Op]int{}
	for _, a := range p.Actions {
		counts[a.Op]++
	}
	return counts
}

// Changes are the actions that change the cluster.
func (p *Plan) Changes() []Action {
	var changes []Action
	for _, a := range p.Actions {
		if a.Op.Writes() {
			changes = append(changes, a)
		}
	}
	return changes
}

// Risky are the actions that somebody should agree to: deletions, adoptions, and recreations other than of tasks and
// hooks, which are recreated by design.
func (p *Plan) Risky() []Action {
	var risky []Action
	for _, a := range p.Actions {
		if a.Op == Prune || a.Op == Adopt || (a.Op == Recreate && !a.Task() && a.Hook == nil) {
			risky = append(risky, a)
		}
	}
	return risky
}

// Unpinned reports the first apply to a cluster whose uid otomi.yaml does not declare: somebody should confirm that it is
// the right one.
func (p *Plan) Unpinned(declared types.UID) bool { return p.First && declared == "" }

// Meta is what the plan needs to know of a live object.
type Meta struct {
	UID             types.UID
	ResourceVersion string
	Created         time.Time
	Labels          map[string]string
	Annotations     map[string]string
	Managers        []metav1.ManagedFieldsEntry
	Owners          []metav1.OwnerReference
	Finalizers      []string
	Terminating     bool
}

// MetaOf reads what the plan needs from an object's metadata.
func MetaOf(m *metav1.ObjectMeta) *Meta {
	return &Meta{
		UID: m.UID, ResourceVersion: m.ResourceVersion, Created: m.CreationTimestamp.Time, Labels: m.Labels, Annotations: m.Annotations,
		Managers: m.ManagedFields, Owners: m.OwnerReferences, Finalizers: m.Finalizers, Terminating: m.DeletionTimestamp != nil,
	}
}

// Scaler is a HorizontalPodAutoscaler and what it scales.
type Scaler struct{ ID, Target object.ID }

// Observed is what was found in the cluster. Only the objects that the desired set and the inventory name are looked at.
type Observed struct {
	ServerUID     types.UID // of the namespace kube-system
	ServerVersion string
	Objects       map[object.ID]*Meta
	Scalers       []Scaler
	// Namespaces are those that exist of the ones desired objects live in.
	Namespaces map[string]bool
	// Strangers are, by namespace that might be deleted, the objects in it that would go with it and are not ours, those named
	// Unseen included.
	Strangers map[string][]object.ID
	// Instances are, by CustomResourceDefinition that might be deleted, its resources that are not ours.
	Instances map[object.ID][]object.ID
	// Defines are the kinds of the CustomResourceDefinitions that might be deleted.
	Defines map[object.ID]schema.GroupKind
	// Done are Jobs of tasks that were found complete.
	Done map[object.ID]bool
	// Unserved are kinds of the inventory that the API server does not know any more; Pending are kinds that a
	// CustomResourceDefinition of the desired set will bring.
	Unserved, Pending map[schema.GroupKind]bool
	// Gatekeeper are kinds of Gatekeeper that the desired set has and the API server does not know.
	Gatekeeper map[schema.GroupKind]bool
	Sets       map[string]string // inventories found, by set id: who owns what is not ours
	Names      map[Owner]string  // what kapp's apps and kpt's inventories are called, by how they mark objects
	Formers    []Former          // former owners that may have nothing left; looked for only where an adoption is to be finished
}

// Cluster is which cluster the run is meant for, as otomi.yaml has it.
type Cluster struct {
	Name        string
	UID         types.UID // declared; may be empty
	KubeVersion string    // declared; may be empty
}

// Input is everything a plan is made of.
type Input struct {
	Ref       inventory.Ref
	Inventory *inventory.Inventory // nil when there is none
	// Desired are all objects of the set, those that the selection leaves out included: an object that moved to a release
	// that is not selected must not be taken for one that is gone.
	Desired  []object.Object
	Releases map[string]Release
	// Selected tells what the run is about; nil: everything.
	Selected func(release, runlevel string) bool
	Observed Observed
	Cluster  Cluster
	Versions inventory.Versions
	// Memory is what there is to remember of charts' random and clock functions after the run; nil: what there was.
	Memory *inventory.Memory
	// Lapsed is what is wrong because exemptions from policies have expired.
	Lapsed    diag.Findings
	Overrides []inventory.Override // policies that the run does not obey, as they will be recorded
	// Fresh are the values in the selected releases' objects that no run before had.
	Fresh []Fresh
	// Restores is the run that is rolled back to; 0: the plan is no rollback.
	Restores int64
	Options  Options
}

// Fresh is a value that a chart's random or clock function returned for the first time.
type Fresh struct {
	Release, Function string
	Instead           string // why it takes the place of a remembered one; empty: none was remembered
}

// Options are what users allow and forbid.
type Options struct {
	Destroy        bool        // delete the whole set: Desired is ignored
	NoPrune        bool        // leave what is no longer desired
	MaxPrune       *Budget     // nil: the larger of 10 objects and half of the set
	AdoptFinish    bool        // delete the records of former owners that are left with nothing
	Adopt          Adoption    // whose objects may be taken over
	Force          bool        // --force-conflicts: take over fields that other managers own
	AllowDowngrade bool        // an older plugin or core than the last run's
	Stale          string      // why this checkout is older than what is applied; empty: it is not
	AllowOlder     bool        // plan a stale checkout all the same
	Recreate       []object.ID // what may be made anew where a field cannot be changed
	Approvals      []Approval
	Allow          []string  // rules that a flag allows for this run
	Repoless       bool      // there is no otomi.yaml whose approvals could allow anything
	Now            time.Time // approvals end
}
