package gatekeeper

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/google/cel-go/common/types"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	gvk "k8s.io/apimachinery/pkg/runtime/schema"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	attributes "k8s.io/apiserver/pkg/admission"
	admission "k8s.io/apiserver/pkg/admission/plugin/cel"
	limits "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/otomi/kubectl-otomi/internal/rego"
)

// celInput is what expressions see.
type celInput struct {
	attributes *attributes.VersionedAttributes
	request    *admissionv1.AdmissionRequest
	parameters admission.OptionalVariableBindings
	namespace  *corev1.Namespace
	secret     bool // the object is a Secret, whose values errors may quote
}

// byCEL judges by the template's CEL. An expression that fails is a violation, unless the template says to ignore it.
func (c *Constraint) byCEL(ctx context.Context, r *Review) ([]Violation, rego.Outcome) {
	p := c.Template.cel
	in, err := newCELInput(r, c.filled)
	if err != nil {
		return nil, rego.Outcome{Err: err}
	}
	matches, err := p.matches(ctx, in)
	switch {
	case ctx.Err() != nil:
		return nil, rego.Outcome{Err: ctx.Err()}
	case err != nil:
		return p.failed(in, err), rego.Outcome{}
	case !matches:
		return nil, rego.Outcome{}
	}
	results, left, err := p.rules.ForInput(ctx, in.attributes, in.request, in.parameters, in.namespace, limits.PerCallLimit)
	if err != nil {
		return p.failed(in, err), rego.Outcome{Err: ctx.Err()}
	}
	messages, _, err := p.messages.ForInput(ctx, in.attributes, in.request, in.parameters, in.namespace, left)
	if err != nil { // what messages cost is of the same budget
		err = fmt.Errorf("failed messageExpression: %w", err)
	}
	var found []Violation
	for i, result := range results {
		switch failure := cmp.Or(result.Error, err); {
		case failure != nil:
			found = append(found, p.failed(in, failure)...)
		case result.EvalResult != types.True:
			found = append(found, Violation{Message: p.message(i, messages)})
		}
	}
	return found, rego.Outcome{Err: ctx.Err()}
}

// matches reports whether the template's own conditions let it judge.
func (p *program) matches(ctx context.Context, in celInput) (bool, error) {
	results, _, err := p.conditions.ForInput(ctx, in.attributes, in.request, in.parameters, nil, limits.RuntimeCELCostBudgetMatchConditions)
	if err != nil {
		return false, err
	}
	var errs []error
	for _, r := range results {
		if r.Error != nil {
			errs = append(errs, r.Error)
		}
		if r.EvalResult == types.False {
			return false, nil
		}
	}
	if err := utilerrors.NewAggregate(errs); err != nil {
		return false, err
	}
	return true, nil
}

// failed is what an expression that failed is taken for.
func (p *program) failed(in celInput, err error) []Violation {
	if p.source.forgives() {
		return nil
	}
	text := err.Error()
	if in.secret {
		text, _, _ = strings.Cut(text, "resulted in error: ")
		text = strings.TrimSpace(text) + " failed"
	}
	return []Violation{{Message: text}}
}

// message is what a rule says that is not met: the result of its messageExpression where that is one line, else its message.
func (p *program) message(i int, results []admission.EvaluationResult) string {
	rule := p.source.Rules[i]
	if i < len(results) && results[i].Error == nil && results[i].EvalResult != nil {
		text, _ := results[i].EvalResult.Value().(string)
		text = strings.TrimSpace(text)
		if text != "" && len(text) <= limits.MaxEvaluatedMessageExpressionSizeBytes && !strings.Contains(text, "\n") {
			return text
		}
	}
	return cmp.Or(strings.TrimSpace(rule.Message), "failed expression: "+strings.TrimSpace(rule.Expression))
}

// newCELInput shows a review to CEL as an API server does: an object that is being deleted is only the old one.
func newCELInput(r *Review, constraint *unstructured.Unstructured) (celInput, error) {
	request := r.Asked()
	var object, old, options runtime.Object
	if request.Operation != admissionv1.Delete && len(r.Object.Unstructured.Object) > 0 {
		object = r.Object.Unstructured
	}
	if r.Old != nil {
		old = r.Old.Unstructured
	}
	if len(request.Options.Raw) > 0 {
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(request.Options.Raw); err != nil {
			return celInput{}, fmt.Errorf("read options of the request: %w", err)
		}
		options = u
	}
	kind := gvk.GroupVersionKind(request.Kind)
	record := attributes.NewAttributesRecord(object, old, kind, request.Namespace, request.Name, gvk.GroupVersionResource(request.Resource),
		request.SubResource, attributes.Operation(request.Operation), options, request.DryRun != nil && *request.DryRun, asUser(request))
	in := celInput{
		attributes: &attributes.VersionedAttributes{
			Attributes: record, VersionedKind: kind,
			VersionedObject: attributes.NewLazyObject(object), VersionedOldObject: attributes.NewLazyObject(old),
		},
		request: admission.CreateAdmissionRequest(record, request.Resource, request.Kind),
		secret:  kind.Group == "" && kind.Kind == "Secret",
	}
	in.parameters.VersionedParams = constraint
	if r.Request != nil || r.Namespace == nil {
		return in, nil
	}
	namespace := &corev1.Namespace{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(r.Namespace.Object, namespace); err != nil {
		return in, fmt.Errorf("read Namespace %s: %w", r.Namespace.GetName(), err)
	}
	in.namespace = admission.CreateNamespaceObject(namespace)
	return in, nil
}

func asUser(request *admissionv1.AdmissionRequest) user.Info {
	extra := map[string][]string{}
	for key, values := range request.UserInfo.Extra {
		extra[key] = values
	}
	return &user.DefaultInfo{Name: request.UserInfo.Username, UID: request.UserInfo.UID, Groups: request.UserInfo.Groups, Extra: extra}
}

// Asked is the request that the review is about: the one that was given, else to create the object.
func (r *Review) Asked() *admissionv1.AdmissionRequest {
	if r.Request != nil {
		return r.Request
	}
	return &admissionv1.AdmissionRequest{
		Kind: metav1.GroupVersionKind(r.Object.GroupVersionKind()), Name: r.Object.GetName(), Namespace: r.Object.GetNamespace(), Operation: admissionv1.Create,
	}
}
