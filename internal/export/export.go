// Package export puts policies on a cluster: the policies that settings turn on go in, and objects of Gatekeeper that judge
// by the same Rego come out, a ConstraintTemplate and a Constraint for each, and a Config. What Gatekeeper could not judge as
// the static check does is an error finding, never left out.
package export

import (
	_ "embed"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// The groups of Gatekeeper's objects.
const (
	templateGroup   = "templates.gatekeeper.sh"
	constraintGroup = "constraints.gatekeeper.sh"
	configGroup     = "config.gatekeeper.sh"
)

// rule is that of every finding here.
const rule = "policy-export"

// Namespace is where Gatekeeper runs unless somebody says otherwise.
const Namespace = "gatekeeper-system"

//go:embed exemptions.rego
var exemptions string

// Options are how policies are put on a cluster.
type Options struct {
	Enforcement policy.Action // the most that a violation leads to; "": what the policy's action says
	Namespace   string        // that Gatekeeper runs in; "": Namespace
}

// Objects are the policies as Gatekeeper's objects: templates, then constraints, then the Config.
func Objects(set *policy.Set, settings policy.Settings, o Options) ([]object.Object, diag.Findings) {
	active := set.Active(settings)
	var exporters []*exporter
	var templates, constraints []object.Object
	findings := foreign(set)
	kinds := map[string]string{}
	for _, p := range active {
		e := &exporter{policy: p}
		if other, taken := kinds[e.kind()]; taken {
			e.fail("its constraint would be of the same kind as that of policy %s", other)
		}
		kinds[e.kind()] = p.ID
		templates, constraints = append(templates, e.object(e.template())), append(constraints, e.object(e.constraint(o.Enforcement)))
		exporters, findings = append(exporters, e), append(findings, e.findings...)
	}
	config, f := config(exporters, o.Namespace)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	return slices.Concat(templates, constraints, []object.Object{config}), findings
}

// foreign refuses what was not written as our policies are.
func foreign(set *policy.Set) diag.Findings {
	var findings diag.Findings
	for _, p := range set.Policies() {
		switch p.Origin {
		case policy.Conftest:
			findings = append(findings, diag.Errorf(rule, diag.Position{}, "rule %s was written for conftest, and Gatekeeper does not know its input and names", p.ID).
				WithHint(`make it a policy: a folder <id>/policy.rego with METADATA and violation contains {"msg": …} if {…} over input.review.object`))
		case policy.Gatekeeper:
			findings = append(findings, diag.Errorf(rule, diag.Position{}, "constraint %s is an object of Gatekeeper already", p.ID).
				WithHint("apply its manifest, and leave its folder out"))
		}
	}
	return findings
}

// exporter exports one policy.
type exporter struct {
	policy   policy.Active
	findings diag.Findings
}

func (e *exporter) fail(format string, args ...any) {
	f := diag.Errorf(rule, e.policy.At, "policy %s cannot be put on a cluster: "+format, append([]any{e.policy.ID}, args...)...)
	e.findings = append(e.findings, f)
}

func (e *exporter) object(content map[string]any) object.Object {
	return newObject(content, e.policy.At)
}

// newObject is an object that says where it comes from.
func newObject(content map[string]any, at diag.Position) object.Object {
	text, err := yaml.Marshal(content)
	if err != nil {
		panic(err) // maps, lists and scalars can be written
	}
	plain := map[string]any{}
	data, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = json.Unmarshal(data, &plain) // integers as int64, as in every object
	}
	if err != nil {
		panic(err)
	}
	return object.Object{
		Unstructured: &unstructured.Unstructured{Object: plain},
		Source:       object.Source{File: at.File, Line: max(at.Line, 1), Text: text, Trace: func(int, int) diag.Position { return at }},
	}
}

// identity are the fields that every object begins with.
func identity(apiVersion, kind string, metadata map[string]any) map[string]any {
	return map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
}
