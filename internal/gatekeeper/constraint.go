package gatekeeper

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

const constraintRule = "gatekeeper-constraint"

// Constraint is one use of a template: parameters, and the objects that it is for.
type Constraint struct {
	Kind, Name string
	Object     object.Object
	Template   *Template // nil: none was found
	Severity   diag.Severity
	Parameters map[string]any // with the schema's defaults
	reader     *reader
	filled     *unstructured.Unstructured // the object with the schema's defaults
	parameters *ast.Term
	match      match
	misfit     bool // its values do not fit the template's schema
	counts     bool // nothing is wrong with it, and its action is one that counts here
	tested     bool // it counts in Gatekeeper's own static check, and so in its suites
	ready      bool // it counts, and its template is asked when objects are created or changed
}

// ID is what users know the constraint by: KIND/NAME.
func (c *Constraint) ID() string { return c.Kind + "/" + c.Name }

// constraintSpec is a constraint's spec but for its parameters.
type constraintSpec struct {
	EnforcementAction string `json:"enforcementAction"`
	Scoped            []struct {
		Action            string             `json:"action"`
		EnforcementPoints []enforcementPoint `json:"enforcementPoints"`
	} `json:"scopedEnforcementActions"`
	Match match `json:"match"`
}

type enforcementPoint struct {
	Name string `json:"name"`
}

// read holds the constraint against its template's schema.
func (c *Constraint) read() {
	r := c.reader
	if v := c.Object.GroupVersionKind().Version; v != "v1beta1" && v != "v1alpha1" {
		r.fail(constraintRule, "apiVersion", "there is no version %s of constraints", v)
	}
	content, fits := c.Template.schema.check(r)
	c.misfit = !fits
	if r.findings.Failed() {
		return
	}
	c.filled = &unstructured.Unstructured{Object: content}
	fields, _ := content["spec"].(map[string]any)
	spec, ok := decode[constraintSpec](r, constraintRule, "spec", map[string]any{
		"enforcementAction": fields["enforcementAction"], "scopedEnforcementActions": fields["scopedEnforcementActions"], "match": fields["match"],
	})
	if !ok {
		return
	}
	c.Parameters, _ = fields["parameters"].(map[string]any)
	if c.Parameters == nil {
		c.Parameters = map[string]any{}
	}
	parameters, err := ast.InterfaceToValue(c.Parameters)
	if err != nil {
		r.fail(constraintRule, "spec.parameters", "read parameters: %v", err)
		return
	}
	c.parameters, c.match = ast.NewTerm(parameters), spec.Match
	if err := c.match.compile(); err != nil {
		r.fail(constraintRule, "spec.match", "%v", err)
		return
	}
	var counts bool
	c.Severity, counts = c.action(spec)
	c.counts = counts && !r.findings.Failed()
	c.ready, c.tested = c.counts && !c.Template.idle, c.tested && c.counts
}

// The enforcement points that a static check answers for: Gatekeeper's own static check, and admission, which would deny later
// what passes here. Audits only report.
const (
	pointStatic    = "gator.gatekeeper.sh"
	pointAdmission = "validation.gatekeeper.sh"
	pointAudit     = "audit.gatekeeper.sh"
)

// action is the weight of violations, and whether the constraint counts in a static check at all; it notes for suites whether
// Gatekeeper's own would count it. Of several actions for
// one point the heaviest counts.
func (c *Constraint) action(spec constraintSpec) (diag.Severity, bool) {
	if spec.EnforcementAction != "scoped" {
		c.tested = true
		return c.severity("spec.enforcementAction", spec.EnforcementAction), true
	}
	if spec.Scoped == nil {
		c.reader.fail(constraintRule, "spec.scopedEnforcementActions", "the action is scoped, and no scopedEnforcementActions say which")
	}
	heaviest, counts := diag.Info, false
	for i, s := range spec.Scoped {
		named := func(names ...string) bool {
			return slices.ContainsFunc(s.EnforcementPoints, func(p enforcementPoint) bool { return slices.Contains(names, p.Name) })
		}
		severity := c.severity(index("spec.scopedEnforcementActions", i)+".action", s.Action)
		c.tested = c.tested || named("*", pointStatic)
		switch {
		case named("*", pointStatic, pointAdmission):
			heaviest, counts = max(heaviest, severity), true
		case named(pointAudit):
			counts = true
		}
	}
	return heaviest, counts
}

func (c *Constraint) severity(field, action string) diag.Severity {
	switch action {
	case "", "deny":
		return diag.Error
	case "warn":
		return diag.Warning
	case "dryrun":
		return diag.Info
	default:
		f := c.reader.at(constraintRule, field, "Gatekeeper has no action %q", action).
			WithHint("%s", diag.DidYouMean(action, []string{"deny", "warn", "dryrun", "scoped"}))
		c.reader.findings = append(c.reader.findings, f)
		return diag.Error
	}
}
