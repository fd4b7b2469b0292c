package cluster

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// planKeyBytes is as much as HMAC-SHA256 makes use of.
const planKeyBytes = 32

// KeepPlan makes the inventory one that a saved plan can be held against, and returns it as it is written: it has the key of the plan's
// digests, and what charts made at random for the plan is remembered, to be the same when the plan is carried out. Of a set that was
// never applied that makes the inventory. Where nothing is missing, nothing is written.
func (c *Client) KeepPlan(ctx context.Context, lock *Lock, p *plan.Plan) (*inventory.Inventory, error) {
	inv := p.Inventory.Clone()
	missing := len(inv.PlanKey) == 0
	if missing {
		inv.PlanKey = make([]byte, planKeyBytes)
		if _, err := rand.Read(inv.PlanKey); err != nil {
			return nil, fmt.Errorf("make a key for saved plans: %w", err)
		}
	}
	if inv.ResourceVersion == "" {
		inv.State, inv.Cluster = inventory.Planned, p.Cluster
	}
	if both := inv.Memory.With(p.Memory); !both.Equal(inv.Memory) {
		inv.Memory, missing = both, true
	}
	if !missing {
		return inv, nil
	}
	if err := lock.Check(ctx); err != nil {
		return nil, err
	}
	return inv, c.save(ctx, inv)
}
