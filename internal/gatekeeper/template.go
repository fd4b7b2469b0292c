package gatekeeper

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

const templateRule = "gatekeeper-template"

// Engine is what runs a template's code.
type Engine string

// The engines, as templates name them.
const (
	Rego Engine = "Rego"
	CEL  Engine = "K8sNativeValidation"
)

// target is the one target that Gatekeeper has: objects of Kubernetes.
const target = "admission.k8s.gatekeeper.sh"

// Template is a ConstraintTemplate: a kind of constraints and the Rego, or CEL, that judges by them.
type Template struct {
	Kind      string
	Object    object.Object
	schema    *schema
	query     *rego.Query // nil: it has no Rego
	cel       *program    // nil: it has no CEL
	inventory bool        // its Rego reads data.inventory
	places    map[string]place
	broken    bool // a finding says what is wrong with it
	idle      bool // it is not asked when objects are created or changed
}

// templateSpec is a ConstraintTemplate's spec, as far as it matters here.
type templateSpec struct {
	CRD struct {
		Spec struct {
			Names struct {
				Kind string `json:"kind"`
			} `json:"names"`
			Validation validation `json:"validation"`
		} `json:"spec"`
	} `json:"crd"`
	Targets []struct {
		Target     string   `json:"target"`
		Rego       string   `json:"rego"`
		Libs       []string `json:"libs"`
		Code       []code   `json:"code"`
		Operations []string `json:"operations"`
	} `json:"targets"`
}

type validation struct {
	LegacySchema    *bool                          `json:"legacySchema"`
	OpenAPIV3Schema *apiextensions.JSONSchemaProps `json:"openAPIV3Schema"`
}

type code struct {
	Engine Engine         `json:"engine"`
	Source map[string]any `json:"source"`
}

// source is Rego in a template: the entry point and libraries.
type source struct {
	Rego    string   `json:"rego"`
	Version string   `json:"version"`
	Libs    []string `json:"libs"`
}

func (r *reader) template() *Template {
	t := &Template{Object: r.object, broken: true}
	spec, ok := decode[templateSpec](r, templateRule, "spec", r.object.Object["spec"])
	if !ok {
		return t
	}
	t.Kind = spec.CRD.Spec.Names.Kind
	switch version := r.object.GroupVersionKind().Version; {
	case version != "v1" && version != "v1beta1" && version != "v1alpha1":
		r.fail(templateRule, "apiVersion", "there is no version %s of ConstraintTemplates", version)
	case t.Kind == "":
		r.fail(templateRule, "spec.crd.spec.names.kind", "the template names no kind")
	case r.object.GetName() != strings.ToLower(t.Kind):
		r.fail(templateRule, "metadata.name", "the name of a template of kind %s is %s", t.Kind, strings.ToLower(t.Kind))
	case len(spec.Targets) != 1:
		r.fail(templateRule, "spec.targets", "a template has one target, not %d", len(spec.Targets))
	case spec.Targets[0].Target != target:
		r.fail(templateRule, "spec.targets[0].target", "there is no target %q", spec.Targets[0].Target)
	default:
		t.idle = idle(spec.Targets[0].Operations)
		t.schema = r.schema(spec.CRD.Spec.Validation)
		r.code(t, spec)
		t.broken = r.findings.Failed()
	}
	return t
}

// idle reports whether operations leave out what an apply does.
func idle(operations []string) bool {
	for _, o := range operations {
		if o == "*" || o == "CREATE" || o == "UPDATE" {
			return false
		}
	}
	return len(operations) > 0
}

// Engines are those that the template has code for, the one first that Gatekeeper runs.
func (t *Template) Engines() []Engine {
	var list []Engine
	if t.cel != nil {
		list = append(list, CEL)
	}
	if t.query != nil {
		list = append(list, Rego)
	}
	return list
}

// code finds the template's Rego and its CEL, of which one may be there each, and compiles them.
func (r *reader) code(t *Template, spec templateSpec) {
	const field = "spec.targets[0]"
	from := spec.Targets[0]
	text, where := source{Rego: from.Rego, Libs: from.Libs}, field
	for i, c := range from.Code {
		at := index(field+".code", i) + ".source"
		switch {
		case c.Engine == CEL && t.cel == nil:
			t.cel = r.cel(at, c.Source)
		case c.Engine == Rego && text.Rego == "":
			s, ok := decode[source](r, templateRule, at, c.Source)
			if !ok {
				return
			}
			text, where = s, at
		}
	}
	if text.Rego == "" {
		if t.cel == nil && !r.findings.Failed() {
			r.fail(templateRule, field, "the template has neither Rego nor CEL")
		}
		return
	}
	version := ast.RegoV0
	if text.Version == "v1" {
		version = ast.RegoV1
	}
	r.compile(t, text, where, version)
}
