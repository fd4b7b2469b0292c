package main

import (
	"context"
	"fmt"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// namespaceFree refuses to delete the namespace of inventories where anything is in it that is not a set's; nil: of none.
func (a *app) namespaceFree(ctx context.Context, s *session, inv *inventory.Inventory) error {
	others, err := s.client.Others(ctx, s.ref, inv)
	if err != nil || len(others) == 0 {
		return err
	}
	return refusedError{fmt.Sprintf("delete namespace %s: it %s\nrun without --remove-namespace, or see to that first", inventory.DefaultNamespace, plan.Holding(others))}
}

// removeNamespace deletes the namespace of inventories after the last one, where somebody agrees to that.
func (a *app) removeNamespace(ctx context.Context, s *session, f destroyFlags) error {
	if s.ref.Namespace != inventory.DefaultNamespace {
		return nil
	}
	if f.removeNamespace {
		if err := a.namespaceFree(ctx, s, nil); err != nil {
			return err
		}
		return a.deleteNamespace(ctx, s, f)
	}
	person, leave := a.person()
	if person == nil || f.run.yes {
		return nil
	}
	defer leave()
	// Nobody has asked for it: where it cannot be told that nothing is in it, it stays.
	if others, err := s.client.Others(ctx, s.ref, nil); err != nil || len(others) > 0 {
		return nil //nolint:nilerr // the set is destroyed
	}
	question := fmt.Sprintf("%s was the last inventory in namespace %s, and nothing else is in it; delete the namespace?", s.ref, inventory.DefaultNamespace)
	if err := a.ask(ctx, person, question); err != nil {
		fmt.Fprintf(a.ErrOut, "namespace %s stays\n", inventory.DefaultNamespace)
		return ctx.Err()
	}
	return a.deleteNamespace(ctx, s, f)
}

func (a *app) deleteNamespace(ctx context.Context, s *session, f destroyFlags) error {
	if err := s.client.RemoveNamespace(ctx, s.ref, f.run.timeout); err != nil {
		return err
	}
	fmt.Fprintf(a.ErrOut, "namespace %s deleted\n", inventory.DefaultNamespace)
	return nil
}
