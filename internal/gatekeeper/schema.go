package gatekeeper

import (
	"errors"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/runtime"
	openapi "k8s.io/kube-openapi/pkg/validation/errors"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// schema is what the kind's CRD says of a constraint.
type schema struct {
	structural *structural.Structural
	validator  *validate.SchemaValidator
}

// schema makes the schema of a template's kind: Gatekeeper's own fields, and the parameters as the template has them.
func (r *reader) schema(v validation) *schema {
	parameters := v.OpenAPIV3Schema
	legacy := r.object.GroupVersionKind().Version != "v1"
	if v.LegacySchema != nil {
		legacy = *v.LegacySchema
	}
	if legacy {
		if parameters == nil {
			parameters = &apiextensionsv1.JSONSchemaProps{}
		}
		keepUnknown(parameters)
	}
	const at = "spec.crd.spec.validation.openAPIV3Schema"
	all := constraintSchema()
	if parameters != nil {
		var internal apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(parameters, &internal, nil); err != nil {
			r.fail(templateRule, at, "read the parameters' schema: %v", err)
			return nil
		}
		all.Properties["spec"].Properties["parameters"] = internal
	}
	s, err := structural.NewStructural(all)
	if err == nil {
		err = structural.ValidateStructural(nil, s).ToAggregate()
	}
	if err != nil {
		r.fail(templateRule, at, "the parameters' schema is not structural: %s", strings.ReplaceAll(err.Error(), "properties[spec].properties[parameters]", "parameters"))
		return nil
	}
	return &schema{structural: s, validator: validate.NewSchemaValidator(s.ToKubeOpenAPI(), nil, "", strfmt.Default)}
}

// keepUnknown makes a schema of the time before structural ones into one that takes whatever it does not name.
func keepUnknown(s *apiextensionsv1.JSONSchemaProps) {
	yes := true
	switch s.Type {
	case "", "object":
		s.XPreserveUnknownFields = &yes
	case "array":
		if s.Items == nil || s.Items.Schema == nil {
			s.Items = &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{XPreserveUnknownFields: &yes}}
		}
	}
	for name, p := range s.Properties {
		keepUnknown(&p)
		s.Properties[name] = p
	}
	if s.Items != nil && s.Items.Schema != nil {
		keepUnknown(s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		keepUnknown(s.AdditionalProperties.Schema)
	}
}

// check fills in defaults and returns the constraint with them, and whether its values fit; whatever does not, and what the
// schema does not know, is a finding.
func (s *schema) check(r *reader) (content map[string]any, fits bool) {
	content = runtime.DeepCopyJSON(r.object.Object)
	wrong := s.validator.Validate(content).Errors
	for _, err := range wrong {
		var at *openapi.Validation
		path, text := "spec", err.Error()
		if errors.As(err, &at) {
			path = strings.TrimPrefix(at.Name, ".")
			text = strings.TrimPrefix(strings.TrimPrefix(text, at.Name+" in body "), path+" in body ")
		}
		r.fail(constraintRule, path, "%s", text)
	}
	unknown := pruning.PruneWithOptions(runtime.DeepCopyJSON(content), s.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		f := r.at(constraintRule, path, "the template's schema has no such field")
		r.findings = append(r.findings, f.WithHint("%s", s.near(path)))
	}
	fill(content, s.structural)
	return content, len(wrong) == 0
}

// fill sets defaults as the API server does: in every object that is there, and in what a default brought.
func fill(value any, s *structural.Structural) {
	if s == nil {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for name, p := range s.Properties {
			if given, set := v[name]; (!set || given == nil && !p.Nullable) && p.Default.Object != nil {
				v[name] = runtime.DeepCopyJSONValue(p.Default.Object)
			}
		}
		for name := range v {
			if p, known := s.Properties[name]; known {
				fill(v[name], &p)
			} else if s.AdditionalProperties != nil {
				fill(v[name], s.AdditionalProperties.Structural)
			}
		}
	case []any:
		for _, item := range v {
			fill(item, s.Items)
		}
	}
}

// near is a parameter that may be meant.
func (s *schema) near(path string) string {
	name, inside := strings.CutPrefix(path, "spec.parameters.")
	if !inside || strings.ContainsAny(name, ".[") {
		return ""
	}
	parameters := s.structural.Properties["spec"].Properties["parameters"]
	names := make([]string, 0, len(parameters.Properties))
	for known := range parameters.Properties {
		names = append(names, known)
	}
	return diag.DidYouMean(name, names)
}

// constraintSchema is the part of the schema that all kinds of constraints have in common.
func constraintSchema() *apiextensions.JSONSchemaProps {
	type props = map[string]apiextensions.JSONSchemaProps
	text, free := apiextensions.JSONSchemaProps{Type: "string"}, true
	object := func(p props, required ...string) apiextensions.JSONSchemaProps {
		return apiextensions.JSONSchemaProps{Type: "object", Properties: p, Required: required}
	}
	list := func(of apiextensions.JSONSchemaProps) apiextensions.JSONSchemaProps {
		return apiextensions.JSONSchemaProps{Type: "array", Items: &apiextensions.JSONSchemaPropsOrArray{Schema: &of}}
	}
	glob := apiextensions.JSONSchemaProps{Type: "string", Pattern: `^\*?[-:a-z0-9]*\*?$`}
	selector := object(props{
		"matchLabels":      {Type: "object", AdditionalProperties: &apiextensions.JSONSchemaPropsOrBool{Schema: &text, Allows: true}},
		"matchExpressions": list(object(props{"key": text, "operator": text, "values": list(text)}, "key", "operator")),
	})
	match := object(props{
		"kinds":      list(object(props{"apiGroups": list(text), "kinds": list(text)})),
		"namespaces": list(glob), "excludedNamespaces": list(glob), "name": glob, "scope": text,
		"labelSelector": selector, "namespaceSelector": selector,
		"source": {Type: "string", Enum: []apiextensions.JSON{"All", "Generated", "Original"}},
	})
	longest := int64(63)
	all := object(props{
		"metadata": object(props{"name": {Type: "string", MaxLength: &longest}}),
		"spec": object(props{
			"match": match, "enforcementAction": text,
			"scopedEnforcementActions": list(object(props{"action": text, "enforcementPoints": list(object(props{"name": text}))})),
		}),
		"status": {XPreserveUnknownFields: &free},
	})
	return &all
}
