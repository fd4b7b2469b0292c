package cluster

import (
	"context"
	"errors"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Scopes are those of Kubernetes' own kinds, of what the objects define, and of every kind of theirs that the server serves.
func (c *Client) Scopes(ctx context.Context, objects []object.Object) (object.Scopes, error) {
	scopes := object.BuiltinScopes()
	scopes.AddCRDs(objects)
	for _, o := range objects {
		gvk := o.GroupVersionKind()
		s, err := c.kinds.find(ctx, gvk.GroupKind(), gvk.Version)
		switch {
		case errors.Is(err, errNoKind): // the plan says so
		case err != nil:
			return nil, err
		default:
			scopes[[2]string{gvk.Group, gvk.Kind}] = !s.namespaced
		}
	}
	return scopes, nil
}
