package gatekeeper

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// NewRequested makes a Review of what an API server is asked for; namespace finds the Namespaces that are known.
func NewRequested(request *admissionv1.AdmissionRequest, namespace func(name string) *Object) (*Review, error) {
	r := &Review{Request: request}
	if request.Operation == admissionv1.Delete {
		if len(request.OldObject.Raw) == 0 {
			return nil, errors.New("a request to delete has the object in oldObject")
		}
		request.Object = request.OldObject
	}
	object, err := raw("object", request.Object)
	if err != nil {
		return nil, err
	}
	if r.Old, err = raw("oldObject", request.OldObject); err != nil {
		return nil, err
	}
	switch {
	case object != nil:
		r.Object = *object
	case r.Old != nil:
		r.Object.Unstructured = &unstructured.Unstructured{}
	default:
		return nil, errors.New("the request has neither object nor oldObject")
	}
	if request.Namespace != "" {
		r.Namespace = namespace(request.Namespace)
	}
	return r, r.show()
}

// NewShown makes a Review of an object alone, as Gatekeeper's own test command shows it: nothing is said of what is being done
// with it.
func NewShown(o Object, namespace func(name string) *Object, generated bool) (*Review, error) {
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	r := &Review{Object: o, Generated: generated, Request: &admissionv1.AdmissionRequest{
		Kind: metav1.GroupVersionKind(o.GroupVersionKind()), Name: o.GetName(), Namespace: o.GetNamespace(), Object: runtime.RawExtension{Raw: text},
	}}
	if ns := o.GetNamespace(); ns != "" {
		r.Namespace = namespace(ns)
	}
	return r, r.show()
}

// raw reads an object of a request, nil where there is none.
func raw(field string, from runtime.RawExtension) (*Object, error) {
	if len(from.Raw) == 0 {
		return nil, nil
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(from.Raw); err != nil {
		return nil, fmt.Errorf("read %s: %w", field, err)
	}
	o, err := NewObject(u)
	return &o, err
}

// show makes what Rego sees of the request, which is all of it, integers exact.
func (r *Review) show() error {
	text, err := json.Marshal(r.Request)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	var content map[string]any
	if err := utiljson.Unmarshal(text, &content); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	v, err := ast.InterfaceToValue(content)
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	o := v.(ast.Object)
	o.Insert(ast.InternedTerm("namespaceObject"), ast.InternedEmptyObject)
	r.term = ast.NewTerm(o)
	return nil
}

// objects are those of a review that a constraint may be for, any of them.
func (r *Review) objects() []*unstructured.Unstructured {
	var list []*unstructured.Unstructured
	if len(r.Object.Unstructured.Object) > 0 {
		list = append(list, r.Object.Unstructured)
	}
	if r.Old != nil {
		list = append(list, r.Old.Unstructured)
	}
	return list
}
