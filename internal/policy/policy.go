// Package policy judges Kubernetes objects by Rego policies. Cores' policies/ folders go in once and come out as a Set,
// compiled, as do constraints of Gatekeeper and rules of conftest; objects and the settings of a values repo go into Check,
// findings come out. A policy of ours sees what Gatekeeper would show it on a cluster: input.review, input.parameters, data.lib
// and data.inventory; none can reach network, clock, files or randomness. Whatever goes wrong inside a policy is an error
// finding: checks fail closed.
package policy

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/conftest"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/rego"
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
	Origin           Origin         // the form that it is written in
}

// Origin is the form that a policy is written in.
type Origin uint8

// The three forms. Settings, and the cluster, know only policies of ours.
const (
	Ours       Origin = iota // a folder with METADATA
	Gatekeeper               // a Constraint; its id is KIND/NAME
	Conftest                 // a rule deny, violation or warn
)

// Kinds are groups and kinds in every combination; "*" stands for all, as does an empty list.
type Kinds struct {
	APIGroups []string `json:"apiGroups"`
	Kinds     []string `json:"kinds"`
}

// Set are policies, compiled: those of a core stack, and what was Joined with them. It is safe for concurrent use. A nil Set
// stands for policies that could not be loaded: it has none, and Check on it is an error.
type Set struct {
	policies   []*compiled // ours, in order of their ids
	bundles    []*bundle   // they come from
	gatekeeper *gatekeeper.Set
	conftest   []*conftest.Rules
}

// bundle is a folder of policies of ours, which are compiled together.
type bundle struct {
	folder  string                 // within its file system
	modules map[string]*ast.Module // as parsed, by file name as shown
	program *rego.Program
	queries sync.Map // that ask several policies at once, by their ids
}

// compiled is a policy ready to run.
type compiled struct {
	Policy
	at         diag.Position // of policy.rego
	bundle     *bundle
	parameters *schema // nil: it takes none
	query      *rego.Query
	inventory  bool // it reads data.inventory, or a library that it reads does
	together   bool // it reads its parameters below its package, so that policies beside it can be asked with the same input
}

// pkg is the name of the policy's package.
func (p *compiled) pkg() string { return strings.ReplaceAll(p.ID, "-", "_") }

// IDs are the ids of our policies, in order: those that settings may name.
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

// Policies describes the policies: ours in order of their ids, then Gatekeeper's constraints and conftest's rules.
func (s *Set) Policies() []Policy {
	if s == nil {
		return nil
	}
	list := make([]Policy, 0, len(s.policies))
	for _, p := range s.policies {
		list = append(list, p.Policy)
	}
	for _, c := range s.gatekeeper.Constraints() {
		list = append(list, Policy{ID: c.ID(), Title: c.ID(), Severity: c.Severity, Origin: Gatekeeper})
	}
	for _, rules := range s.conftest {
		for _, r := range rules.List {
			list = append(list, Policy{ID: r.ID(), Title: r.ID(), Severity: r.Severity, Origin: Conftest})
		}
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
