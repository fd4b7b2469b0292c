package cluster

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// pace is how watches are kept alive. Each ends after a while and begins anew with a list, so that one that went silent is
// noticed: when the server should have ended it and did not, it is given up.
type pace struct {
	life   time.Duration // of a watch
	grace  time.Duration // in which the server is to end it
	pause  time.Duration // between a watch and the next list
	poll   time.Duration // between lists where watching is forbidden
	longer time.Duration // the longest pause after lists that failed
}

func defaultPace() pace {
	return pace{life: 25 * time.Second, grace: 5 * time.Second, pause: time.Second, poll: 2 * time.Second, longer: 15 * time.Second}
}

// followed is a kind that is watched.
type followed struct {
	served     served
	namespaces map[string]bool // in which it is watched or, as long as all may be, would be; "" is all of them
	narrow     bool            // all of them at once are forbidden
	failed     error           // what the latest list said
	listed     map[string]bool // namespaces of which a list has arrived
}

// follow begins to watch a kind: everywhere, or where that is forbidden in the namespaces given by this and other calls.
func (t *tracker) follow(s served, namespaces []string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	f := t.follows[s.resource]
	if f == nil {
		f = &followed{served: s, namespaces: map[string]bool{}, listed: map[string]bool{}}
		t.follows[s.resource] = f
		go t.keep(f, metav1.NamespaceAll)
	}
	for _, ns := range namespaces {
		if ns != "" && !f.namespaces[ns] {
			f.namespaces[ns] = true
			if f.narrow {
				go t.keep(f, ns)
			}
		}
	}
}

// keep lists and watches in turns until the tracker ends.
func (t *tracker) keep(f *followed, namespace string) {
	for pause := t.pace.pause; t.ctx.Err() == nil; sleep(t.ctx, pause) {
		version, err := t.list(f, namespace)
		if apierrors.IsForbidden(err) && namespace == metav1.NamespaceAll && f.served.namespaced {
			t.narrow(f)
			return
		}
		t.report(f, namespace, err)
		switch {
		case err != nil:
			pause = min(2*pause, t.pace.longer)
		case t.watch(f.served, namespace, version):
			pause = t.pace.pause
		default:
			pause = t.pace.poll
		}
	}
}

// narrow goes on in each namespace by itself.
func (t *tracker) narrow(f *followed) {
	t.lock.Lock()
	defer t.lock.Unlock()
	f.narrow = true
	for ns := range f.namespaces {
		go t.keep(f, ns)
	}
	t.wake()
}

// report notes whether a list arrived.
func (t *tracker) report(f *followed, namespace string, err error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if f.failed = err; err == nil {
		f.listed[namespace] = true
	}
	t.wake()
}

func (t *tracker) list(f *followed, namespace string) (string, error) {
	options, shown := metav1.ListOptions{LabelSelector: t.selector, Limit: pageSize}, map[object.ID]bool{}
	for {
		page, err := t.dynamic.Resource(f.served.resource).Namespace(namespace).List(t.ctx, options)
		if err != nil {
			return "", err
		}
		for i := range page.Items {
			shown[t.see(sight{served: f.served, object: &page.Items[i]})] = true
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			t.vanish(f.served, namespace, shown)
			return page.GetResourceVersion(), nil
		}
	}
}

// watch takes note of changes until the watch ends, and reports whether there was one.
func (t *tracker) watch(s served, namespace, version string) bool {
	ctx, cancel := context.WithTimeout(t.ctx, t.pace.life+t.pace.grace)
	defer cancel()
	w, err := t.dynamic.Resource(s.resource).Namespace(namespace).Watch(ctx, metav1.ListOptions{
		LabelSelector: t.selector, ResourceVersion: version, TimeoutSeconds: ptr.To(max(1, int64(t.pace.life/time.Second))),
	})
	if err != nil {
		return !apierrors.IsForbidden(err) && !apierrors.IsMethodNotSupported(err)
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		u, ok := e.Object.(*unstructured.Unstructured)
		if !ok || e.Type == watch.Error {
			break // too old to go on from, or not to be understood: a list tells what is
		}
		t.see(sight{served: s, object: u, deleted: e.Type == watch.Deleted})
	}
	return true
}
