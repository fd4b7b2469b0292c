// Package inventory is what a set of objects leaves behind in its cluster so that the next run knows what is its own: one
// entry per object, the cluster it belongs to, and the last runs. Inventories go in and the Secrets that hold them come out,
// and the other way round; reading and writing those Secrets is package cluster's. The package is pure data and has no client.
package inventory

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// DefaultNamespace is where inventories live unless told otherwise. It is made when missing and outlives every set.
const DefaultNamespace = "otomi-system"

// Format is the newest layout of the stored inventory that this version reads. What is written is the oldest layout whose readers
// would lose nothing that is in the inventory when they write it again.
const (
	Format         = 4 // with hooks, of which those for deletions are stored here alone
	storedFormat   = 3 // with stored sets
	rememberFormat = 2 // with a memory
	firstFormat    = 1
)

// MaxRuns is how many runs an inventory remembers.
const MaxRuns = 10

// Ref names an inventory, and with it the set of objects it describes: the Secret that holds it.
type Ref struct{ Namespace, Name string }

// ParseRef reads [NAMESPACE/]NAME.
func ParseRef(s string) (Ref, error) {
	namespace, name, found := strings.Cut(s, "/")
	if !found {
		namespace, name = DefaultNamespace, s
	}
	if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
		return Ref{}, fmt.Errorf("read inventory name %q: namespace %q: want [NAMESPACE/]NAME, of lower-case letters, digits and '-'", s, namespace)
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return Ref{}, fmt.Errorf("read inventory name %q: want [NAMESPACE/]NAME, of lower-case letters, digits, '-' and '.'", s)
	}
	return Ref{Namespace: namespace, Name: name}, nil
}

// String is NAMESPACE/NAME.
func (r Ref) String() string { return r.Namespace + "/" + r.Name }

// SetID is the ApplySet's identity as Kubernetes defines it; members carry it in the label applyset.kubernetes.io/part-of.
func (r Ref) SetID() string {
	sum := sha256.Sum256([]byte(r.Name + "." + r.Namespace + ".Secret."))
	return "applyset-" + base64.RawURLEncoding.EncodeToString(sum[:]) + "-v1"
}

// State is how the last run left the set.
type State string

// The states. A set that is Destroying is not destroyed yet, whether its last run goes on, was killed, failed, or found that a rule
// keeps something.
const (
	Planned     State = "Planned" // nothing was applied yet; a plan was saved
	Applying    State = "Applying"
	Ready       State = "Ready"
	Failed      State = "Failed"
	Interrupted State = "Interrupted"
	Superseded  State = "Superseded" // everything was sent; a newer run did not let it wait until it was ready
	Destroying  State = "Destroying"
)

// Cluster is which cluster the set lives in.
type Cluster struct {
	Name string    `json:"name,omitempty"` // in otomi.yaml
	UID  types.UID `json:"uid,omitempty"`  // of the namespace kube-system
}

// Versions is what made a set of objects.
type Versions struct {
	Plugin     string `json:"plugin,omitempty"`
	Core       string `json:"core,omitempty"`
	CoreDigest string `json:"coreDigest,omitempty"`
}

// Inventory is everything known of a set.
type Inventory struct {
	Ref        Ref       `json:"-"`
	Format     int       `json:"format"`
	Cluster    Cluster   `json:"cluster"`
	Generation int64     `json:"generation"` // counts writes
	State      State     `json:"state"`
	Versions   Versions  `json:"versions"`          // of the newest run that applied
	Entries    []Entry   `json:"entries,omitempty"` // in order of ID
	Runs       []Run     `json:"runs,omitempty"`    // oldest first
	Updated    time.Time `json:"updated,omitzero"`
	Memory     Memory    `json:"memory,omitzero"` // what charts' random and clock functions returned
	// PlanKey keys the digests of saved plans, so that nobody can guess from a plan's file what objects hold.
	PlanKey []byte `json:"planKey,omitempty"`
	// History is how many runs' rendered sets are stored for a rollback; nil: DefaultHistory.
	History *int   `json:"history,omitempty"`
	Stored  Stored `json:"stored,omitzero"` // the rendered sets of the last runs
	// Undone is what the last runs did not do to objects, in order of ID; at most MaxUndone of them.
	Undone []Undone `json:"undone,omitempty"`

	ResourceVersion string   `json:"-"` // of the Secret it was read from; empty when it was never written
	Shards          []string `json:"-"` // the Secrets that hold the entries and the memory when the header is too small for them
}

// Entry is one object of the set.
type Entry struct {
	object.ID
	Version  string    `json:"version"` // of the API it was applied with
	Release  string    `json:"release,omitempty"`
	Runlevel string    `json:"runlevel,omitempty"`
	Source   string    `json:"source,omitempty"`  // the template that made it
	UID      types.UID `json:"uid,omitempty"`     // empty: announced before a run, outcome unknown
	Hash     string    `json:"hash,omitempty"`    // of the object as it was sent
	Ours     string    `json:"ours,omitempty"`    // fingerprint of our managedFields entry as the server returned it
	Others   string    `json:"others,omitempty"`  // fingerprint of the other managers' entries, outside status
	Created  bool      `json:"created,omitempty"` // the set made the object; what it merely found is never deleted with it
	Task     Task      `json:"task,omitempty"`
	Hook     bool      `json:"hook,omitempty"` // of a chart; Task says whether it has run
	// Manifest is the object itself, of a hook that runs when its release is deleted and nothing else knows it any more. It may
	// hold secrets: nothing prints it.
	Manifest string `json:"manifest,omitempty"`
}

// Task is how far the Job of a task is known to have come.
type Task string

// The states of a task. Empty: no task, or not known to have finished.
const (
	TaskDone   Task = "done"
	TaskFailed Task = "failed"
)

// Run is one apply or destroy.
type Run struct {
	Number       int64          `json:"number"`
	Started      time.Time      `json:"started"`
	Finished     time.Time      `json:"finished,omitzero"`
	Who          string         `json:"who,omitempty"`
	What         string         `json:"what,omitempty"`        // the command as typed, without values
	Revision     string         `json:"revision,omitempty"`    // of the values repo
	RevisionTime time.Time      `json:"revisionTime,omitzero"` // when that was committed
	Dirty        bool           `json:"dirty,omitempty"`       // the worktree differed from the revision
	Versions     Versions       `json:"versions"`
	State        State          `json:"state"`
	Counts       map[string]int `json:"counts,omitempty"`    // by action: created, updated, pruned, failed, …
	Overrides    []Override     `json:"overrides,omitempty"` // policies that it did not obey
	Restored     int64          `json:"restored,omitempty"`  // it was a rollback to this run
	Narrowed     bool           `json:"narrowed,omitempty"`  // a selection left part of the set as it was
	Unstored     string         `json:"unstored,omitempty"`  // why its rendered set was not stored
}

// Override is a policy that one run did not obey, and why.
type Override struct {
	Policy     string   `json:"policy"`
	Reason     string   `json:"reason"`
	Violations int      `json:"violations"`        // that it let pass
	Objects    []string `json:"objects,omitempty"` // that violate the policy, the first few
}

// New is the inventory of a set that was never applied.
func New(ref Ref, cluster Cluster) *Inventory {
	return &Inventory{Ref: ref, Format: firstFormat, Cluster: cluster}
}

// Find returns the entry of an object.
func (i *Inventory) Find(id object.ID) (Entry, bool) {
	if i == nil {
		return Entry{}, false
	}
	at, found := slices.BinarySearchFunc(i.Entries, id, func(e Entry, id object.ID) int { return e.Compare(id) })
	if !found {
		return Entry{}, false
	}
	return i.Entries[at], true
}

// SetEntries replaces the entries and puts them in order.
func (i *Inventory) SetEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return a.Compare(b.ID) })
	i.Entries = entries
}

// LastRun is the newest run, or none.
func (i *Inventory) LastRun() (Run, bool) {
	if i == nil || len(i.Runs) == 0 {
		return Run{}, false
	}
	return i.Runs[len(i.Runs)-1], true
}

// UnderWay reports a run that has not ended, or was killed. One that a rule kept from destroying all of the set is Destroying, and has
// ended.
func (r Run) UnderWay() bool {
	return r.Finished.IsZero() && (r.State == Applying || r.State == Destroying)
}

// Abandon marks the newest run as interrupted if it has not ended: whoever knows that nobody holds the lock any more knows that it
// never will.
func (i *Inventory) Abandon() {
	if last, any := i.LastRun(); any && last.UnderWay() {
		last.State, last.Unstored = Interrupted, "it was killed, or lost the lock"
		i.Runs = slices.Clone(i.Runs)
		i.Runs[len(i.Runs)-1] = last
	}
}

// EndRun replaces the newest run, which AddRun has added, by the same one as it ended.
func (i *Inventory) EndRun(r Run) {
	i.Runs = slices.Clone(i.Runs)
	last := &i.Runs[len(i.Runs)-1]
	r.Number = last.Number
	*last = r
}

// AddRun numbers the run, remembers it and forgets the oldest beyond MaxRuns, or beyond those whose sets are kept. Only one run goes
// on at a time: one before it that did not end was killed.
func (i *Inventory) AddRun(r Run) {
	i.Abandon()
	if last, any := i.LastRun(); any {
		r.Number = last.Number + 1
	} else {
		r.Number = 1
	}
	i.Runs = append(slices.Clone(i.Runs), r)
	if extra := len(i.Runs) - max(MaxRuns, i.Kept()); extra > 0 {
		i.Runs = i.Runs[extra:]
	}
}

// Kept is how many runs' sets are stored.
func (i *Inventory) Kept() int {
	if i.History == nil {
		return DefaultHistory
	}
	return *i.History
}

// Clone is a copy whose entries and runs can be changed.
func (i *Inventory) Clone() *Inventory {
	c := *i
	c.Entries = slices.Clone(i.Entries)
	c.Runs = slices.Clone(i.Runs)
	c.Shards = slices.Clone(i.Shards)
	return &c
}

// GroupKind is the kind of the entry's object.
func (e Entry) GroupKind() schema.GroupKind { return schema.GroupKind{Group: e.Group, Kind: e.Kind} }
