package main

import (
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/schema"
)

// cores holds what depends on nothing but a core stack: clusters with the same cores share it, and it is made once.
type cores struct {
	schemas, policies sync.Map // by the names of the stack's cores
}

func (c *cores) schema(stack core.Stack) (*schema.Schema, diag.Findings) {
	return shared(&c.schemas, stack, schema.Load)
}

func (c *cores) policySet(stack core.Stack) (*policy.Set, diag.Findings) {
	return shared(&c.policies, stack, func(stack core.Stack) (*policy.Set, diag.Findings) { return policy.Load(stack, stack.Display) })
}

// shared is what was loaded of a stack before, or is loaded now.
func shared[T any](all *sync.Map, stack core.Stack, load func(core.Stack) (T, diag.Findings)) (T, diag.Findings) {
	var key strings.Builder
	for _, c := range stack {
		key.WriteString(c.Name + "\x00")
	}
	once, _ := all.LoadOrStore(key.String(), sync.OnceValues(func() (T, diag.Findings) { return load(stack) }))
	return once.(func() (T, diag.Findings))()
}
