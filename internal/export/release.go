package export

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Enforcement is the most that a violation leads to on the cluster, as policyEnforcement of the values says, and whether the
// policies are put there at all.
func Enforcement(tree *values.Tree) (most policy.Action, on bool) {
	n := tree.At("policyEnforcement")
	if n == nil || n.Text == "" || n.Text == "none" {
		return "", false
	}
	return policy.Action(n.Text), true
}

// Platform puts the policies of a platform on its cluster, as its values say.
type Platform struct {
	Load func() (*policy.Set, diag.Findings) // the policies of its cores
}

// Objects are what render's releases with the source `policies` have: the policies, and a Config only where it says something,
// for a cluster has one and others may have written it.
func (p Platform) Objects(tree *values.Tree) ([]object.Object, diag.Findings) {
	most, _ := Enforcement(tree)
	set, settings, findings := p.settings(tree)
	if findings.Failed() {
		return nil, findings
	}
	objects, f := Objects(set, settings, Options{Enforcement: most})
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	if config := objects[len(objects)-1]; len(config.Object["spec"].(map[string]any)) == 0 {
		objects = objects[:len(objects)-1]
	}
	return objects, findings
}

// Foreign are the objects without those that a release of policies has: these are judged by already.
func Foreign(objects []object.Object) []object.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o object.Object) bool {
		return strings.HasSuffix(o.GetAnnotations()[object.SourceKey], "/policy.rego")
	})
}

// Exempt writes exemptions into the pod templates of rendered objects where the policies hold on the cluster.
func (p Platform) Exempt(objects []object.Object, tree *values.Tree) ([]object.Object, diag.Findings) {
	if _, on := Enforcement(tree); !on {
		return objects, nil
	}
	set, settings, findings := p.settings(tree)
	if findings.Failed() {
		return objects, findings
	}
	return Exempt(objects, set.Active(settings)), findings
}

func (p Platform) settings(tree *values.Tree) (*policy.Set, policy.Settings, diag.Findings) {
	set, findings := p.Load()
	if findings.Failed() {
		return nil, policy.Settings{}, findings
	}
	settings, f := policy.ParseSettings(set, tree)
	return set, settings, append(findings, f...)
}
