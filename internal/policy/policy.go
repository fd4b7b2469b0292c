// Package policy judges Kubernetes objects by Rego policies. Cores' policies/ folders go in once and come out as a Set,
// compiled; objects and the settings of a values repo go into Check, findings come out. A policy sees what Gatekeeper
// would show it on a cluster: input.review, input.parameters, data.lib and data.inventory; it can reach neither network,
// clock, files nor randomness. Whatever goes wrong inside a policy is an error finding: checks fail closed.
package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Policy is what a policy says about itself in its METADATA.
type Policy struct {
	ID               string // the name of its folder
	Title            string
	Description      string
	Severity         diag.Severity  // of its violations, unless settings name an action
	Preset           string         // the lowest preset in which it is on, or None; "" is Baseline
	Kinds            []Kinds        // the objects that it judges; none: all
	ParametersSchema map[string]any // JSON Schema; nil: it takes none
	Fix              string         // what to do about a violation
}

// Kinds are groups and kinds in every combination; "*" stands for all, as does an empty list.
type Kinds struct {
	APIGroups []string `json:"apiGroups"`
	Kinds     []string `json:"kinds"`
}

// Set are the policies of a core stack, compiled. It is safe for concurrent use. A nil Set stands for policies that
// could not be loaded: it has none, and Check on it is an error.
type Set struct {
	policies  []*compiled // in order of their ids
	compiler  *ast.Compiler
	modules   map[string]*ast.Module // as parsed, by file name as shown
	inventory bool                   // a module reads data.inventory
}

// compiled is a policy ready to run.
type compiled struct {
	Policy
	at         diag.Position // of policy.rego
	parameters *schema       // nil: it takes none
	query      ast.Body
	queries    ast.QueryCompiler // that compiled the query; evaluation asks it for indices
}

// IDs are the policies' ids in order.
func (s *Set) IDs() []string {
	if s == nil {
		return nil
	}
	ids := make([]string, len(s.policies))
	for i, p := range s.policies {
		ids[i] = p.ID
	}
	return ids
}

// Policies describes the policies, in order of their ids.
func (s *Set) Policies() []Policy {
	if s == nil {
		return nil
	}
	list := make([]Policy, len(s.policies))
	for i, p := range s.policies {
		list[i] = p.Policy
	}
	return list
}

func (s *Set) find(id string) *compiled {
	if s == nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(s.policies, id, func(p *compiled, id string) int {
		switch {
		case p.ID < id:
			return -1
		case p.ID > id:
			return 1
		default:
			return 0
		}
	})
	if !found {
		return nil
	}
	return s.policies[i]
}

// judges reports whether the policy's METADATA names the kind.
func (p *Policy) judges(group, kind string) bool {
	return len(p.Kinds) == 0 || slices.ContainsFunc(p.Kinds, func(k Kinds) bool {
		return includes(k.APIGroups, group) && includes(k.Kinds, kind)
	})
}

func includes(list []string, word string) bool {
	return len(list) == 0 || slices.Contains(list, "*") || slices.Contains(list, word)
}
