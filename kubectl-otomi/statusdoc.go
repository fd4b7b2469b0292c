package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// shownSet is how a set is. Its JSON form is documented in docs/how-to/readiness.md: fields are added, none goes or changes.
type shownSet struct {
	Inventory  string                 `json:"inventory"`
	Cluster    string                 `json:"cluster,omitempty"` // its name in otomi.yaml
	ClusterUID types.UID              `json:"clusterUID,omitempty"`
	State      inventory.State        `json:"state"`
	Ready      bool                   `json:"ready"` // every selected object is, and without a selection the last run left nothing undone
	Counts     statusCounts           `json:"counts"`
	Lock       *cluster.Holder        `json:"lock,omitempty"`
	Broken     bool                   `json:"broken,omitempty"` // the last run was killed: it has not ended and nobody holds the lock
	LastRun    *shownRun              `json:"lastRun,omitempty"`
	Releases   []releaseStatus        `json:"releases"`
	Objects    []cluster.ObjectStatus `json:"objects"`

	unknownLock bool // the lock may not be read
}

// statusSet is the set that status is asked for.
type statusSet struct {
	session *session
	only    selection
	labels  map[string]map[string]string // of releases, where only asks for them
}

// show puts together what is known of the set.
func (s *statusSet) show(ctx context.Context, objects []cluster.ObjectStatus) *shownSet {
	holder, err := s.session.client.Holder(ctx, s.session.ref)
	objects = slices.DeleteFunc(objects, func(o cluster.ObjectStatus) bool { return !s.only.has(o.Release, o.Runlevel, s.labels[o.Release]) })
	out := describeSet(s.session.inventory, objects, holder)
	out.unknownLock = err != nil // who may not read Leases sees the rest
	if s.only.all() && out.undone() > 0 {
		out.Ready = false // what was never made is in no list, and what was not updated looks as well as before
	}
	return out
}

// statusCounts is how many objects there are, and how many of them are ready and changed by others.
type statusCounts struct {
	Objects int `json:"objects"`
	Ready   int `json:"ready"`
	Drifted int `json:"drifted"`
}

// shownRun is what is of interest of the last run that ended.
type shownRun struct {
	Number    int64                `json:"number"`
	Who       string               `json:"who,omitempty"`
	Finished  time.Time            `json:"finished,omitzero"`
	State     inventory.State      `json:"state,omitempty"`
	Revision  string               `json:"revision,omitempty"`
	Dirty     bool                 `json:"dirty,omitempty"`
	Overrides []inventory.Override `json:"overrides,omitempty"`
	Undone    int                  `json:"undone,omitempty"` // objects that it should have written and did not: they failed, or were skipped
}

// undone is how many objects the last run should have written and did not.
func (s *shownSet) undone() int {
	if s.LastRun == nil {
		return 0
	}
	return s.LastRun.Undone
}

// releaseStatus is how a release is: as its worst object.
type releaseStatus struct {
	Runlevel string      `json:"runlevel,omitempty"`
	Release  string      `json:"release,omitempty"`
	State    ready.State `json:"state"`
	statusCounts
	Reason string `json:"reason,omitempty"` // of the worst object, which it names
}

// describeSet puts together what is known of a set; the objects are in order of runlevel and release.
func describeSet(inv *inventory.Inventory, objects []cluster.ObjectStatus, holder *cluster.Holder) *shownSet {
	s := &shownSet{
		Inventory: inv.Ref.String(), Cluster: inv.Cluster.Name, ClusterUID: inv.Cluster.UID, State: inv.State, Lock: holder,
		Objects: objects, Releases: []releaseStatus{},
	}
	if s.Objects == nil {
		s.Objects = []cluster.ObjectStatus{}
	}
	last, ok := inv.LastRun()
	if s.Broken = ok && last.UnderWay() && (holder == nil || holder.Expired); s.Broken {
		inv.Abandon()
		last, _ = inv.LastRun()
	}
	if ok {
		s.LastRun = &shownRun{
			Number: last.Number, Who: last.Who, Finished: last.Finished, State: last.State, Revision: last.Revision, Dirty: last.Dirty, Overrides: last.Overrides,
			Undone: last.Counts["failed"] + last.Counts["skipped"],
		}
	}
	for _, o := range objects {
		if n := len(s.Releases); n == 0 || s.Releases[n-1].Release != o.Release || s.Releases[n-1].Runlevel != o.Runlevel {
			s.Releases = append(s.Releases, releaseStatus{Runlevel: o.Runlevel, Release: o.Release, State: ready.Ready})
		}
		s.Counts.add(o)
		s.Releases[len(s.Releases)-1].add(o)
	}
	s.Ready = s.Counts.Ready == s.Counts.Objects
	return s
}

func (c *statusCounts) add(o cluster.ObjectStatus) {
	c.Objects++
	if o.State == ready.Ready {
		c.Ready++
	}
	if len(o.Drift) > 0 {
		c.Drifted++
	}
}

func (r *releaseStatus) add(o cluster.ObjectStatus) {
	r.statusCounts.add(o)
	if badness(o.State) <= badness(r.State) {
		return
	}
	r.State, r.Reason = o.State, o.ID.String()+": "+cmp.Or(o.Reason, string(o.State))
}

// badness orders states from what is well to what is worst.
func badness(s ready.State) int {
	switch s {
	case ready.Ready:
		return 0
	case ready.InProgress:
		return 1
	case ready.Terminating:
		return 2
	case ready.Unknown:
		return 3
	case ready.Missing:
		return 4
	default:
		return 5
	}
}

// trouble reports an object that somebody should look at.
func trouble(o cluster.ObjectStatus) bool { return o.State != ready.Ready || len(o.Drift) > 0 }
