package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// review is input.review as Gatekeeper makes it of an object that is being created: an AdmissionRequest, and beside it
// the object's Namespace where the objects have it. Integers are exact.
func (c *check) review(o object.Object) (*ast.Term, error) {
	v, err := ast.InterfaceToValue(o.Object)
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return c.request(o, ast.NewTerm(v)), nil
}

func (c *check) request(o object.Object, content *ast.Term) *ast.Term {
	gvk := o.GroupVersionKind()
	null, empty := ast.InternedNullTerm, ast.InternedEmptyString
	items := [][2]*ast.Term{
		field("uid", empty),
		field("kind", ast.ObjectTerm(field("group", ast.StringTerm(gvk.Group)), field("version", ast.StringTerm(gvk.Version)),
			field("kind", ast.StringTerm(gvk.Kind)))),
		field("resource", c.zero),
		field("name", ast.StringTerm(o.GetName())),
		field("operation", ast.StringTerm("CREATE")),
		field("userInfo", ast.ObjectTerm()),
		field("object", content),
		field("oldObject", null),
		field("options", null),
	}
	namespace := null
	if ns := o.GetNamespace(); ns != "" {
		items = append(items, field("namespace", ast.StringTerm(ns)))
		if found := c.namespaces[ns]; found != nil {
			namespace = found
		}
	}
	return ast.ObjectTerm(append(items, field("namespaceObject", namespace))...)
}

func field(name string, value *ast.Term) [2]*ast.Term {
	return ast.Item(ast.InternedTerm(name), value)
}

// zeroReview is the resource of a request that nobody sent.
func zeroReview() *ast.Term {
	empty := ast.InternedEmptyString
	return ast.ObjectTerm(field("group", empty), field("version", empty), field("resource", empty))
}

// inventory is data.inventory of all objects: cluster[groupVersion][kind][name] and
// namespace[namespace][groupVersion][kind][name].
func inventory(objects []object.Object) map[string]any {
	cluster, namespaces := map[string]any{}, map[string]any{}
	for _, o := range objects {
		root := cluster
		if ns := o.GetNamespace(); ns != "" {
			root = below(namespaces, ns)
		}
		below(below(root, o.GetAPIVersion()), o.GetKind())[o.GetName()] = o.Object
	}
	return map[string]any{"cluster": cluster, "namespace": namespaces}
}

func below(m map[string]any, key string) map[string]any {
	if next, ok := m[key].(map[string]any); ok {
		return next
	}
	next := map[string]any{}
	m[key] = next
	return next
}
