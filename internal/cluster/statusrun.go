package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// Holder is who holds the lock of a set.
type Holder struct {
	Name    string    `json:"holder"`
	Since   time.Time `json:"since,omitzero"`
	Renewed time.Time `json:"renewed,omitzero"`
	// Expired: it has not renewed the lock for longer than the lock lasts. It was killed, sleeps, or its clock is not ours.
	Expired bool `json:"expired,omitempty"`
}

// Holder is the run that holds the lock of a set; nil: none does. Who may not read Leases is told so by the error.
func (c *Client) Holder(ctx context.Context, ref inventory.Ref) (*Holder, error) {
	lease, err := c.leases.Leases(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lock %s: %w", ref, err)
	}
	name := ptr.Deref(lease.Spec.HolderIdentity, "")
	if name == "" || lease.Spec.RenewTime == nil {
		return nil, nil
	}
	lasts := time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, 0)) * time.Second
	return &Holder{
		Name: name, Since: ptr.Deref(lease.Spec.AcquireTime, metav1.MicroTime{}).Time, Renewed: lease.Spec.RenewTime.Time,
		Expired: c.now().Sub(lease.Spec.RenewTime.Time) > lasts,
	}, nil
}

// Version is the resource version of an inventory, to be compared with that of one that was read; empty when there is none.
func (c *Client) Version(ctx context.Context, ref inventory.Ref) (string, error) {
	m, err := c.metadata.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read inventory %s: %w", ref, err)
	}
	return m.ResourceVersion, nil
}
