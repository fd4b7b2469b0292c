package cluster

import (
	"context"
	"strconv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// tracker follows the readiness of the set's objects through watches that are filtered by its label, one per kind, begun when
// a kind is first asked for. It holds on to what is not ready only: the rest is a word per object.
type tracker struct {
	*Client
	ctx      context.Context // ends the watches
	selector string

	lock      sync.Mutex
	following map[followed]bool
	objects   map[object.ID]sighting
	news      chan struct{} // closed at the next change
}

type followed struct {
	resource  schema.GroupVersionResource
	namespace string
}

// sighting is what was last seen of an object.
type sighting struct {
	uid     types.UID
	version uint64
	status  ready.Status
	judged  time.Time
	full    *unstructured.Unstructured // while it is not ready: time alone may change the verdict
}

func newTracker(ctx context.Context, c *Client, ref inventory.Ref) *tracker {
	return &tracker{
		Client: c, ctx: ctx, selector: partOf(ref), following: map[followed]bool{}, objects: map[object.ID]sighting{}, news: make(chan struct{}),
	}
}

// follow begins to watch a kind.
func (t *tracker) follow(s served, namespaces []string) {
	t.begin(s, metav1.NamespaceAll, namespaces)
}

func (t *tracker) begin(s served, namespace string, otherwise []string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	key := followed{s.resource, namespace}
	if t.following[key] {
		return
	}
	t.following[key] = true
	go t.keep(s, namespace, otherwise)
}

// How watches are kept alive: each ends after a while and begins anew with a list, so that one that went silent is noticed.
const (
	watchSeconds = 45
	watchLimit   = (watchSeconds + 15) * time.Second
	relistPause  = time.Second
)

func (t *tracker) keep(s served, namespace string, otherwise []string) {
	for t.ctx.Err() == nil {
		version, err := t.list(s, namespace)
		if apierrors.IsForbidden(err) && namespace == metav1.NamespaceAll && s.namespaced {
			for _, ns := range otherwise {
				if ns != "" {
					t.begin(s, ns, nil)
				}
			}
			return
		}
		if err == nil {
			t.watch(s, namespace, version)
		}
		sleep(t.ctx, relistPause)
	}
}

func (t *tracker) list(s served, namespace string) (string, error) {
	options, seen := metav1.ListOptions{LabelSelector: t.selector, Limit: pageSize}, map[object.ID]bool{}
	for {
		page, err := t.dynamic.Resource(s.resource).Namespace(namespace).List(t.ctx, options)
		if err != nil {
			return "", err
		}
		for i := range page.Items {
			seen[t.see(s, &page.Items[i])] = true
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			t.vanish(s, namespace, seen)
			return page.GetResourceVersion(), nil
		}
	}
}

// watch applies changes until the watch ends.
func (t *tracker) watch(s served, namespace, version string) {
	ctx, cancel := context.WithTimeout(t.ctx, watchLimit)
	defer cancel()
	w, err := t.dynamic.Resource(s.resource).Namespace(namespace).Watch(ctx, metav1.ListOptions{
		LabelSelector: t.selector, ResourceVersion: version, TimeoutSeconds: ptr.To[int64](watchSeconds),
	})
	if err != nil {
		return
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		u, ok := e.Object.(*unstructured.Unstructured)
		if !ok || e.Type == watch.Error {
			return
		}
		if e.Type == watch.Deleted {
			t.gone(s, u)
			continue
		}
		t.see(s, u)
	}
}

func (t *tracker) see(s served, u *unstructured.Unstructured) object.ID {
	id := object.ID{Group: s.kind.Group, Kind: s.kind.Kind, Namespace: u.GetNamespace(), Name: u.GetName()}
	now := t.now()
	x := sighting{uid: u.GetUID(), version: number(u.GetResourceVersion()), judged: now, status: judge(s, u, now)}
	if x.status.State != ready.Ready {
		u.SetManagedFields(nil)
		x.full = u
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	t.objects[id] = x
	t.wake()
	return id
}

// judge is the verdict on an object. One that has no status and whose kind has no way to report one is what it is.
func judge(s served, u *unstructured.Unstructured, now time.Time) ready.Status {
	if _, reported := u.Object["status"]; !reported && !s.status && u.GetDeletionTimestamp() == nil {
		return ready.Status{State: ready.Ready}
	}
	return ready.Compute(u, now)
}

// gone notes a deletion. A Job that completed before it was cleaned up stays complete.
func (t *tracker) gone(s served, u *unstructured.Unstructured) {
	id := t.see(s, u)
	t.lock.Lock()
	defer t.lock.Unlock()
	x := t.objects[id]
	x.full, x.status = nil, ready.Compute(nil, t.now())
	if completed(u) {
		x.status = ready.Status{State: ready.Ready}
	}
	t.objects[id] = x
	t.wake()
}

func completed(u *unstructured.Unstructured) bool {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range entries(list) {
		if u.GetKind() == "Job" && c["type"] == "Complete" && c["status"] == "True" {
			return true
		}
	}
	return false
}

// vanish forgets what a list did not show.
func (t *tracker) vanish(s served, namespace string, seen map[object.ID]bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for id, x := range t.objects {
		if id.Group == s.kind.Group && id.Kind == s.kind.Kind && (namespace == "" || id.Namespace == namespace) && !seen[id] &&
			x.status.State != ready.Ready {
			delete(t.objects, id)
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
		return ready.Status{State: ready.InProgress, Reason: unseen}
	}
	if now := t.now(); x.full != nil && now.Sub(x.judged) >= tick {
		x.status, x.judged = ready.Compute(x.full, now), now
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
