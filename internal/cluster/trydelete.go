package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TryDeletes sends the plan's deletions as dry runs, all at the same time. Findings are what the server or its webhooks have against
// them. What would hang on a finalizer it does not tell: the server does not, either.
func (c *Client) TryDeletes(ctx context.Context, p *plan.Plan) (diag.Findings, error) {
	var lock sync.Mutex
	var findings diag.Findings
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for i := range p.Actions {
		a := &p.Actions[i]
		if a.Op != plan.Prune {
			continue
		}
		g.Go(func() error {
			err := c.tryDelete(ctx, a)
			switch {
			case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err), ctx.Err() == nil && unpreviewable(err):
				return nil
			case ctx.Err() != nil:
				return ctx.Err()
			}
			lock.Lock()
			defer lock.Unlock()
			findings = append(findings, refusal(p, *a, err)...)
			return nil
		})
	}
	err := g.Wait()
	slices.SortFunc(findings, func(a, b diag.Finding) int { return strings.Compare(a.Object, b.Object) })
	return findings, err
}

func (c *Client) tryDelete(ctx context.Context, a *plan.Action) error {
	s, err := c.kinds.findAny(ctx, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return err
	}
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr.To(a.Live.UID)}, DryRun: []string{metav1.DryRunAll}}
	return c.retry(ctx, func() error {
		return c.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Delete(ctx, a.ID.Name, options)
	})
}
