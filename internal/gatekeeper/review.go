package gatekeeper

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/rego"
)

// Object is an object and what Rego sees of it.
type Object struct {
	*unstructured.Unstructured
	Term *ast.Term
}

// NewObject reads an object for Rego. Integers are exact.
func NewObject(o *unstructured.Unstructured) (Object, error) {
	v, err := ast.InterfaceToValue(o.Object)
	if err != nil {
		return Object{}, fmt.Errorf("read %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return Object{Unstructured: o, Term: ast.NewTerm(v)}, nil
}

// Review is an object as an API server shows it to Gatekeeper: one that is being created, unless NewRequested made it.
type Review struct {
	Object    Object
	Namespace *Object                       // that the object is in; nil: it is in none, or nobody knows it
	Generated bool                          // an ExpansionTemplate made it
	Old       *Object                       // what the object was; nil: it is new
	Request   *admissionv1.AdmissionRequest // what is asked of the API server; nil: to create the object
	term      *ast.Term
}

// Term is input.review: an AdmissionRequest, and beside it the object's Namespace.
func (r *Review) Term() *ast.Term {
	if r.term == nil {
		r.term = r.request()
	}
	return r.term
}

func (r *Review) request() *ast.Term {
	o, text := r.Object, ast.StringTerm
	gvk := o.GroupVersionKind()
	null, empty, field := ast.InternedNullTerm, ast.InternedEmptyString, rego.Field
	items := [][2]*ast.Term{
		field("uid", empty),
		field("kind", ast.ObjectTerm(field("group", text(gvk.Group)), field("version", text(gvk.Version)), field("kind", text(gvk.Kind)))),
		field("resource", ast.ObjectTerm(field("group", empty), field("version", empty), field("resource", empty))),
		field("name", text(o.GetName())),
		field("operation", text("CREATE")),
		field("userInfo", ast.ObjectTerm()),
		field("object", o.Term),
		field("oldObject", null),
		field("options", null),
	}
	if ns := o.GetNamespace(); ns != "" {
		items = append(items, field("namespace", text(ns)))
	}
	namespace := ast.InternedEmptyObject // not null: Gatekeeper shows no Namespace as an empty one
	if r.Namespace != nil {
		namespace = r.Namespace.Term
	}
	return ast.ObjectTerm(append(items, field("namespaceObject", namespace))...)
}

// Input is what a rule sees of a review, with its parameters.
func Input(review, parameters *ast.Term) *ast.Term {
	return ast.ObjectTerm(rego.Field("review", review), rego.Field("parameters", parameters))
}

// Inventory is data.inventory of objects: cluster[groupVersion][kind][name] and
// namespace[namespace][groupVersion][kind][name]. It shares their values.
func Inventory(objects []Object) ast.Value {
	type kinds = map[string]map[string]map[string]*ast.Term
	cluster, namespaces := kinds{}, map[string]kinds{}
	for _, o := range objects {
		root := cluster
		if ns := o.GetNamespace(); ns != "" {
			if namespaces[ns] == nil {
				namespaces[ns] = kinds{}
			}
			root = namespaces[ns]
		}
		if root[o.GetAPIVersion()] == nil {
			root[o.GetAPIVersion()] = map[string]map[string]*ast.Term{}
		}
		if root[o.GetAPIVersion()][o.GetKind()] == nil {
			root[o.GetAPIVersion()][o.GetKind()] = map[string]*ast.Term{}
		}
		root[o.GetAPIVersion()][o.GetKind()][o.GetName()] = o.Term
	}
	term := func(k kinds) *ast.Term {
		return tree(k, func(k map[string]map[string]*ast.Term) *ast.Term {
			return tree(k, func(names map[string]*ast.Term) *ast.Term {
				return tree(names, func(t *ast.Term) *ast.Term { return t })
			})
		})
	}
	return ast.NewObject(rego.Field("cluster", term(cluster)), rego.Field("namespace", tree(namespaces, term)))
}

// tree is a map as an object of Rego.
func tree[T any](m map[string]T, value func(T) *ast.Term) *ast.Term {
	items := make([][2]*ast.Term, 0, len(m))
	for k, v := range m {
		items = append(items, ast.Item(ast.StringTerm(k), value(v)))
	}
	return ast.ObjectTerm(items...)
}
