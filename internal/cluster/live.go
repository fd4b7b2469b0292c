package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Live answers what charts look up: the live objects of an inventory, which may be nil. A kind is listed when the first chart
// asks for it, and stays what it was then; one that the inventory does not have costs no request. The function may be called
// from several goroutines.
func (c *Client) Live(ctx context.Context, inv *inventory.Inventory) func(apiVersion, kind string) ([]*unstructured.Unstructured, error) {
	k := lookup{Client: c, inventory: inv, lists: map[schema.GroupVersionKind][]*unstructured.Unstructured{}}
	return func(apiVersion, kind string) ([]*unstructured.Unstructured, error) {
		return k.of(ctx, apiVersion, kind)
	}
}

type lookup struct {
	*Client
	inventory *inventory.Inventory
	lock      sync.Mutex
	lists     map[schema.GroupVersionKind][]*unstructured.Unstructured
}

func (k *lookup) of(ctx context.Context, apiVersion, kind string) ([]*unstructured.Unstructured, error) {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, err
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	gvk := gv.WithKind(kind)
	list, asked := k.lists[gvk]
	if asked {
		return list, nil
	}
	if list, err = k.list(ctx, gvk); err != nil {
		return nil, err
	}
	k.lists[gvk] = list
	return list, nil
}

// list reads the objects of a kind that the inventory has: those of its entries that are still the objects recorded.
func (k *lookup) list(ctx context.Context, gvk schema.GroupVersionKind) ([]*unstructured.Unstructured, error) {
	entries, namespaces := map[object.ID]inventory.Entry{}, map[string]bool{}
	if k.inventory != nil {
		for _, e := range k.inventory.Entries {
			if e.GroupKind() == gvk.GroupKind() {
				entries[e.ID], namespaces[e.Namespace] = e, true
			}
		}
	}
	if len(entries) == 0 {
		return nil, nil
	}
	s, err := k.kinds.find(ctx, gvk.GroupKind(), gvk.Version)
	if errors.Is(err, errNoKind) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", gvk.Kind, err)
	}
	var list []*unstructured.Unstructured
	take := func(u *unstructured.Unstructured) {
		id := object.ID{Group: gvk.Group, Kind: gvk.Kind, Namespace: u.GetNamespace(), Name: u.GetName()}
		if e, ours := entries[id]; ours && (e.UID == "" || e.UID == u.GetUID()) {
			list = append(list, u)
		}
		delete(entries, id)
	}
	if err := k.eachObject(ctx, s, keys(namespaces), partOf(k.inventory.Ref), take); err != nil {
		return nil, err
	}
	rest := slices.SortedFunc(maps.Values(entries), func(a, b inventory.Entry) int { return a.Compare(b.ID) })
	return list, k.unlabelled(ctx, s, rest, take)
}
