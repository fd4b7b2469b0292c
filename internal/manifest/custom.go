package manifest

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// version is one version of a kind that a CustomResourceDefinition defines, ready to check objects. It is the API server's
// own code that does: what the schemas of custom resources may say is too much to say it twice.
type version struct {
	structural  *structural.Structural
	schema      validation.SchemaValidator
	rules       *cel.Validator // nil: it has none
	transitions int            // rules that only a change can break
}

// compiled prepares a version, once.
func (d *definition) compiled(v apiextensions.CustomResourceDefinitionVersion) *version {
	if done, is := d.versions[v.Name]; is {
		return done
	}
	d.versions[v.Name] = nil
	s, err := apiextensions.GetSchemaForVersion(d.crd, v.Name)
	if err != nil || s == nil || s.OpenAPIV3Schema == nil {
		return nil
	}
	out := &version{}
	if out.structural, err = structural.NewStructural(s.OpenAPIV3Schema); err != nil {
		return nil // the definition was found right: see read
	}
	if out.schema, _, err = validation.NewSchemaValidator(s.OpenAPIV3Schema); err != nil {
		return nil
	}
	out.rules = cel.NewValidator(out.structural, true, celconfig.PerCallLimit)
	(&structural.Visitor{Structural: func(s *structural.Structural) bool {
		for _, r := range s.XValidations {
			if compares(r.Rule) && (r.OptionalOldSelf == nil || !*r.OptionalOldSelf) {
				out.transitions++
			}
		}
		return false
	}}).Visit(out.structural)
	d.versions[v.Name] = out
	return out
}

// customResource checks an object in the order in which the API server does: rules see what has the right types only.
func (c *checker) customResource(ctx context.Context, v *version) {
	c.pruned(c.object.Object, v.structural, true)
	content := runtime.DeepCopyJSON(c.object.Object)
	defaulting.Default(content, v.structural)
	errs := validation.ValidateCustomResource(nil, content, v.schema)
	errs = append(errs, objectmeta.Validate(ctx, nil, content, v.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.structural, content)...)
	for _, e := range errs {
		c.translate(ruleOf(e), e)
	}
	if len(errs) > 0 || v.rules == nil {
		return
	}
	broken, _ := v.rules.Validate(ctx, nil, v.structural, content, nil, celconfig.RuntimeCELCostBudget)
	for _, e := range broken {
		c.translate("cel-rule", e)
	}
}

// pruned reports what the API server would drop. A nil schema knows no field.
func (c *checker) pruned(v any, s *structural.Structural, resource bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			if resource && (name == "apiVersion" || name == "kind" || name == "metadata") {
				if name == "metadata" {
					c.below(name, item, c.meta)
				}
				continue
			}
			switch below, known, free := fieldOf(s, name); {
			case !known:
				c.unknown(name, fieldNames(s))
			case !free:
				c.descend(step{name: name, key: true}, item, below)
			}
		}
	case []any:
		for i, item := range v {
			if s != nil && s.Items != nil {
				c.descend(step{index: i}, item, s.Items)
			}
		}
	}
}

func (c *checker) descend(to step, v any, s *structural.Structural) {
	c.at = append(c.at, to)
	c.pruned(v, s, s != nil && s.XEmbeddedResource)
	c.at = c.at[:len(c.at)-1]
}

// fieldOf is the schema of a field, nil where it says nothing, and whether the field may be there; free is whether anything
// may be below it.
func fieldOf(s *structural.Structural, name string) (below *structural.Structural, known, free bool) {
	if s == nil {
		return nil, false, false
	}
	if property, there := s.Properties[name]; there {
		return &property, true, false
	}
	if more := s.AdditionalProperties; more != nil {
		return more.Structural, more.Structural != nil || more.Bool, false
	}
	return nil, s.XPreserveUnknownFields, true
}

func fieldNames(s *structural.Structural) []string {
	if s == nil {
		return nil
	}
	return names(s.Properties)
}

// ruleOf names what the API server found.
func ruleOf(e *field.Error) string {
	switch e.Type {
	case field.ErrorTypeRequired:
		return "required-field"
	case field.ErrorTypeTypeInvalid:
		return "field-type"
	case field.ErrorTypeNotSupported:
		return "unknown-value"
	case field.ErrorTypeDuplicate:
		return "duplicate-item"
	default:
		return "schema-rule"
	}
}

// translate reports what the API server's code found, in our words and without the value.
func (c *checker) translate(rule string, e *field.Error) {
	if e.Field == "<nil>" { // where several schemas are held against a field, its path stands in the words alone
		if quoted, err := strconv.QuotedPrefix(e.Detail); err == nil {
			named := *e
			named.Field, _ = strconv.Unquote(quoted)
			named.Detail = strings.TrimSpace(strings.TrimPrefix(e.Detail, quoted))
			e = &named
		}
	}
	path := fieldPath(e.Field)
	if strings.HasPrefix(path, "metadata.") && rule != "cel-rule" {
		return // checked by the schema of all metadata
	}
	c.report(rule, path, "", "%s", detail(e))
}

// detail is an error of the API server without the path and the value that it begins with.
func detail(e *field.Error) string {
	text := e.Detail
	if _, after, found := strings.Cut(text, " in body "); found {
		text = after
	}
	if rest, found := strings.CutPrefix(text, "compilation failed: ERROR: <input>:"); found {
		where, message, _ := strings.Cut(rest, ": ")
		message, _, _ = strings.Cut(message, "\n")
		message, _, _ = strings.Cut(message, " expecting {") // a list of all that CEL has
		return "the rule does not compile: " + message + " (at " + where + " of it)"
	}
	switch e.Type {
	case field.ErrorTypeRequired:
		return "the field is required"
	case field.ErrorTypeDuplicate:
		return "the item stands in the list already"
	case field.ErrorTypeNotSupported:
		return "want one of " + strings.TrimPrefix(text, "supported values: ")
	}
	if want, have, found := strings.Cut(strings.TrimPrefix(text, "must be of type "), `: "`); found && e.Type == field.ErrorTypeTypeInvalid {
		return "want " + strings.ReplaceAll(want, ",", " or ") + ", have " + strings.Trim(have, `"`)
	}
	return cmp.Or(text, string(e.Type))
}

// fieldPath is a path of the API server's in our form: keys of maps stand in brackets only where they have to.
func fieldPath(path string) string {
	var out strings.Builder
	for path != "" {
		before, rest, found := strings.Cut(path, "[")
		out.WriteString(before)
		key, after, closed := strings.Cut(rest, "]")
		if !found || !closed {
			break
		}
		name := source.Path([]string{key})
		if out.Len() > 0 && name[0] != '[' {
			out.WriteByte('.')
		}
		out.WriteString(name)
		path = after
	}
	return strings.TrimPrefix(out.String(), ".")
}

func keys[V any](m map[[2]string]V) iter.Seq[[2]string] { return maps.Keys(m) }

func compareKeys(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }
