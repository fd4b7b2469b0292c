package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// Set is a set of objects as its inventory and its lock have it.
type Set struct {
	Ref       inventory.Ref
	Created   time.Time
	Inventory *inventory.Inventory // nil: it cannot be read
	Err       error                // why not
	Holder    *Holder              // of its lock; nil: nobody, or who it is may not be seen
}

// Inventories finds the sets of a namespace, in order; of all namespaces when it is empty, or where that is forbidden, of those
// given instead that may be looked into.
func (c *Client) Inventories(ctx context.Context, namespace string, instead ...string) ([]Set, error) {
	sets, err := c.inventoriesIn(ctx, namespace)
	if apierrors.IsForbidden(err) && namespace == "" {
		slices.Sort(instead)
		for _, ns := range slices.Compact(instead) {
			more, inOne := c.inventoriesIn(ctx, ns)
			if inOne == nil {
				sets, err = append(sets, more...), nil
			} else if !apierrors.IsForbidden(inOne) {
				return nil, inOne
			}
		}
	}
	slices.SortFunc(sets, func(a, b Set) int {
		return cmp.Or(cmp.Compare(a.Ref.Namespace, b.Ref.Namespace), cmp.Compare(a.Ref.Name, b.Ref.Name))
	})
	return sets, err
}

func (c *Client) inventoriesIn(ctx context.Context, namespace string) ([]Set, error) {
	options := metav1.ListOptions{FieldSelector: "type=" + string(inventory.SecretType), LabelSelector: inventory.LabelSetID, Limit: pageSize}
	var sets []Set
	for {
		var page *corev1.SecretList
		err := c.retry(ctx, func() (err error) {
			page, err = c.core.Secrets(namespace).List(ctx, options)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list inventories: %w", err)
		}
		for i := range page.Items {
			s, err := c.set(ctx, &page.Items[i])
			if err != nil {
				return nil, err
			}
			sets = append(sets, s)
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return sets, nil
		}
	}
}

// set reads what belongs to the header of an inventory.
func (c *Client) set(ctx context.Context, header *corev1.Secret) (Set, error) {
	s := Set{Ref: inventory.Ref{Namespace: header.Namespace, Name: header.Name}, Created: header.CreationTimestamp.Time}
	names, err := inventory.ShardNames(header)
	switch {
	case err != nil:
		s.Err = err
	case len(names) == 0:
		s.Inventory, s.Err = inventory.Decode(header, nil)
	default:
		s.Inventory, s.Err = c.Load(ctx, s.Ref)
	}
	if s.Err != nil && !unreadable(s.Err) {
		return s, s.Err
	}
	if s.Holder, err = c.Holder(ctx, s.Ref); apierrors.IsForbidden(err) {
		return s, nil
	}
	return s, err
}

// unreadable reports an inventory that is there and cannot be read, which is the set's trouble and not the connection's.
func unreadable(err error) bool {
	var newer *inventory.NewerError
	var damaged *inventory.DamagedError
	return errors.As(err, &newer) || errors.As(err, &damaged)
}
