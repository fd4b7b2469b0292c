package cluster

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Diff shows what a plan would change: the live objects against what the API server would make of them in a dry run. What
// is hidden is masked, as are the values of Secrets. A task that merely runs again is no change. Findings and error are those
// of a preflight.
func (c *Client) Diff(ctx context.Context, p *plan.Plan, force bool, hide Hidden) ([]Change, diag.Findings, error) {
	f := newPreflight(c, p, force)
	var changed, secrets []*plan.Action
	for i := range p.Actions {
		switch a := &p.Actions[i]; {
		case a.Op.Writes() && !again(a):
			changed = append(changed, a)
		case a.ID.Kind == "Secret" && a.ID.Group == "" && !a.Borrowed:
			secrets = append(secrets, a)
		}
	}
	pairs, held := make([]pair, len(changed)), make([]*unstructured.Unstructured, len(secrets))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for i, a := range changed {
		g.Go(func() (err error) {
			pairs[i], err = f.pair(ctx, a)
			return err
		})
	}
	for i, a := range secrets {
		g.Go(func() (err error) {
			held[i], err = f.secret(ctx, a)
			return err
		})
	}
	var more []*unstructured.Unstructured
	g.Go(func() error {
		var texts []string
		more, texts = c.known(ctx, p.Inventory, changed)
		hide.Texts = slices.Concat(hide.Texts, texts)
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, f.findings, fmt.Errorf("compare with cluster: %w", err)
	}
	changes, m, err := show(changed, pairs, append(held, more...), hide)
	if err == nil && len(f.conflicts) > 0 {
		err = p.Conflicting(f.conflicts)
		hide.Conceal(err)
		for i := range f.conflicts {
			f.conflicts[i].Live, f.conflicts[i].Ours = m.redactor.Text(f.conflicts[i].Live), m.redactor.Text(f.conflicts[i].Ours)
		}
	}
	return changes, f.findings, err
}

// show makes what people see of the pairs. Secrets of the set that do not change, and those of earlier runs, tell what to hide, too.
func show(changed []*plan.Action, pairs []pair, held []*unstructured.Unstructured, hide Hidden) ([]Change, *masker, error) {
	known := held
	for _, x := range pairs {
		known = append(known, x.before, x.after)
	}
	m := newMasker(hide.Texts, known...)
	for _, t := range hide.Taint {
		m.names.taint(t)
	}
	changes := make([]Change, len(changed))
	for i, a := range changed {
		x, c := pairs[i], &changes[i]
		*c = Change{Op: a.Op, ID: a.ID, Release: a.Release, Runlevel: a.Runlevel, Reason: m.redactor.Text(a.Reason), Note: x.note}
		if a.Op == plan.Update {
			c.SetBy = setBy(a.Live.Managers, x.before, x.after)
		}
		for j := range c.SetBy {
			c.SetBy[j].Path = m.redactor.Text(c.SetBy[j].Path)
		}
		m.pair(x.before, x.after, hide.Taint[a.ID])
		if err := c.compare(x.before, x.after); err != nil {
			return nil, m, err
		}
	}
	return changes, m, nil
}

// again reports a task that runs at every apply and is what it was: no difference.
func again(a *plan.Action) bool {
	return a.Op == plan.Recreate && a.Task() && a.Entry != nil && a.Entry.Hash == a.Hash
}
