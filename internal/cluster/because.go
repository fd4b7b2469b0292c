package cluster

import (
	"context"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/ready"
)

// causes finds out why objects are not ready. What lies around them is read once per namespace, and only for namespaces in
// which something is wrong.
type causes struct {
	*Client
	lock sync.Mutex
	near map[string]ready.Related
}

func newCauses(c *Client) *causes { return &causes{Client: c, near: map[string]ready.Related{}} }

// explain adds the cause to a verdict on an object, if there is one to be found.
func (c *causes) explain(ctx context.Context, u *unstructured.Unstructured, s ready.Status) ready.Status {
	if u == nil || s.State == ready.Ready || s.State == ready.Missing {
		return s
	}
	cause := ready.Because(u, c.around(ctx, u.GetNamespace()))
	switch {
	case cause == "" || strings.Contains(s.Reason, cause):
	case s.Reason == "" || strings.Contains(cause, s.Reason):
		s.Reason = cause
	default:
		s.Reason += ": " + cause
	}
	return s
}

// around lists what tells causes in a namespace. What may not be read is left out: the verdict stands without it.
func (c *causes) around(ctx context.Context, namespace string) ready.Related {
	c.lock.Lock()
	defer c.lock.Unlock()
	r, known := c.near[namespace]
	if known || namespace == "" {
		return r
	}
	for _, list := range []struct {
		kind schema.GroupVersionKind
		into *[]*unstructured.Unstructured
	}{
		{schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, &r.Pods},
		{schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"}, &r.ReplicaSets},
		{schema.GroupVersionKind{Version: "v1", Kind: "Event"}, &r.Events},
	} {
		s, err := c.kinds.find(ctx, list.kind.GroupKind(), list.kind.Version)
		if err == nil {
			_ = c.eachObjectIn(ctx, s, namespace, "", func(u *unstructured.Unstructured) { *list.into = append(*list.into, u) })
		}
	}
	c.near[namespace] = r
	return r
}
