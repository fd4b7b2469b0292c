package cluster

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// tracker follows the readiness of the set's objects through watches that are filtered by its label, one per kind, begun when
// a kind is first asked for. It holds on to what is not ready only: the rest is a word per object. Watches hand over what they
// see and go on at once; one goroutine judges, and of an object that changed several times meanwhile the newest only.
type tracker struct {
	*Client
	ctx      context.Context // ends the watches
	selector string
	pace     pace
	// describe is kept of every object that is seen; nil: nothing is.
	describe func(s served, id object.ID, u *unstructured.Unstructured) ObjectStatus

	lock    sync.Mutex
	follows map[schema.GroupVersionResource]*followed
	seen    map[object.ID]sight // not judged yet
	objects map[object.ID]sighting
	arrived chan struct{} // holds an item when something was seen
	news    chan struct{} // closed at the next change
}

// sight is an object as a watch or a list showed it.
type sight struct {
	served  served
	object  *unstructured.Unstructured
	deleted bool
}

// sighting is what was last seen of an object.
type sighting struct {
	served      served
	uid         types.UID
	version     uint64
	status      ready.Status
	judged      time.Time
	full        *unstructured.Unstructured // while it is not ready: time alone may change the verdict
	description ObjectStatus
}

func newTracker(ctx context.Context, c *Client, ref inventory.Ref) *tracker {
	t := &tracker{
		Client: c, ctx: ctx, selector: partOf(ref), pace: defaultPace(), follows: map[schema.GroupVersionResource]*followed{},
		seen: map[object.ID]sight{}, objects: map[object.ID]sighting{}, arrived: make(chan struct{}, 1), news: make(chan struct{}),
	}
	go t.judgeAll()
	return t
}

// see takes note of an object as it is now.
func (t *tracker) see(x sight) object.ID {
	id := x.served.id(x.object)
	t.lock.Lock()
	t.seen[id] = x
	t.lock.Unlock()
	select {
	case t.arrived <- struct{}{}:
	default: // whoever judges will find it
	}
	return id
}

func (t *tracker) judgeAll() {
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-t.arrived:
		}
		for id, x, any := t.one(); any; id, x, any = t.one() {
			t.note(id, x, t.sighting(id, x))
		}
	}
}

// one is an object that is to be judged. It stays where it is until it has been: a list that does not show it has to find it.
func (t *tracker) one() (object.ID, sight, bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for id, x := range t.seen {
		return id, x, true
	}
	return object.ID{}, sight{}, false
}

// note puts the verdict in place, unless something newer has come.
func (t *tracker) note(id object.ID, x sight, verdict sighting) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if now, waits := t.seen[id]; !waits || now.object != x.object {
		return
	}
	delete(t.seen, id)
	t.objects[id] = verdict
	t.wake()
}

func (t *tracker) sighting(id object.ID, x sight) sighting {
	u, now := x.object, t.now()
	s := sighting{served: x.served, uid: u.GetUID(), version: number(u.GetResourceVersion()), judged: now}
	if x.deleted {
		// A Job that completed before it was cleaned up stays complete.
		if s.status = ready.Compute(nil, now); completed(u) {
			s.status = ready.Status{State: ready.Ready}
		}
		return s
	}
	s.status = t.judge(x.served, u, now)
	if t.describe != nil {
		s.description = t.describe(x.served, id, u)
	}
	if s.status.State != ready.Ready {
		u.SetManagedFields(nil)
		s.full = u
	}
	return s
}

// judge is the verdict on an object. One that has no status and whose kind has no way to report one is what it is.
func (c *Client) judge(s served, u *unstructured.Unstructured, now time.Time) ready.Status {
	_, own := u.GetAnnotations()[ready.WhenKey]
	own = own || ready.Reports(s.kind.GroupKind())
	if _, reported := u.Object["status"]; !reported && !s.status && !own && u.GetDeletionTimestamp() == nil {
		return ready.Status{State: ready.Ready}
	}
	return c.judges.Compute(u, now)
}

func completed(u *unstructured.Unstructured) bool {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range object.Maps(list) {
		if u.GetKind() == "Job" && c["type"] == "Complete" && c["status"] == "True" {
			return true
		}
	}
	return false
}

// vanish notes that objects of a kind are gone which a list did not show.
func (t *tracker) vanish(s served, namespace string, shown map[object.ID]bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	lacks := func(id object.ID) bool {
		return id.Group == s.kind.Group && id.Kind == s.kind.Kind && (namespace == "" || id.Namespace == namespace) && !shown[id]
	}
	for id := range t.seen {
		if lacks(id) {
			delete(t.seen, id)
		}
	}
	for id, x := range t.objects {
		if lacks(id) && (x.status.State != ready.Ready || id.Kind != "Job") {
			x.status, x.full, x.description = ready.Compute(nil, t.now()), nil, ObjectStatus{}
			t.objects[id] = x
		}
	}
	t.wake()
}

// wake tells whoever waits that there is news; the lock is held.
func (t *tracker) wake() {
	close(t.news)
	t.news = make(chan struct{})
}

// next is closed when something changes after the call.
func (t *tracker) next() <-chan struct{} {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.news
}

// unseen is the reason why an object is in progress whose present state has not arrived yet. It is told only to those who run out
// of time.
const unseen = "not seen yet"

// status is how an object is, provided that what was seen is not older than what was sent.
func (t *tracker) status(id object.ID, uid types.UID, version string) ready.Status {
	t.lock.Lock()
	defer t.lock.Unlock()
	x, seen := t.objects[id]
	if !seen || x.uid != uid || x.version < number(version) {
		return ready.Status{State: ready.InProgress, Reason: t.blind(id)}
	}
	return t.verdict(id, x)
}

// blind is why an object is not seen; the lock is held.
func (t *tracker) blind(id object.ID) string {
	for _, f := range t.follows {
		if f.failed != nil && f.served.kind.GroupKind() == (schema.GroupKind{Group: id.Group, Kind: id.Kind}) {
			return fmt.Sprintf("%s: list %s: %v", unseen, f.served.resource.GroupResource(), f.failed)
		}
	}
	return unseen
}

// verdict is the newest on an object, which time alone may have changed; the lock is held.
func (t *tracker) verdict(id object.ID, x sighting) ready.Status {
	if now := t.now(); x.full != nil && now.Sub(x.judged) >= tick {
		x.status, x.judged = t.judge(x.served, x.full, now), now
		t.objects[id] = x
	}
	return x.status
}

// full is an object that was not ready when it was last seen.
func (t *tracker) full(id object.ID) *unstructured.Unstructured {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.objects[id].full
}

// number makes resource versions comparable, as Kubernetes since 1.35 says they are; its older versions and every etcd do the
// same. Anything else counts as seen.
func number(version string) uint64 {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
