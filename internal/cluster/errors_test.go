package cluster

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

func TestTransient(t *testing.T) {
	gr := schema.GroupResource{Resource: "things"}
	terminating := apierrors.NewForbidden(gr, "x", errors.New("namespace is being terminated"))
	terminating.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	fields := apierrors.NewApplyConflict([]metav1.StatusCause{{Type: metav1.CauseTypeFieldManagerConflict}}, "conflict")
	for _, c := range []struct {
		err  error
		want bool
	}{
		{apierrors.NewTooManyRequests("busy", 1), true},
		{apierrors.NewInternalError(errors.New("failed calling webhook")), true},
		{apierrors.NewServiceUnavailable("starting"), true},
		{apierrors.NewTimeoutError("slow", 1), true},
		{terminating, true},
		{fmt.Errorf("send: %w", io.ErrUnexpectedEOF), true},
		{fmt.Errorf("find: %w", errNoKind), true},
		{apierrors.NewForbidden(gr, "x", errors.New("no")), false},
		{apierrors.NewInternalError(errors.New("failed to create typed patch object (a/b; v1, Kind=C): .x: field not declared in schema")), false},
		{apierrors.NewConflict(gr, "x", errors.New("modified")), false},
		{fields, false},
		{apierrors.NewNotFound(gr, "x"), false},
		{apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "x"), false},
		{&LockedError{}, false},
		{final{errNoKind}, false},
	} {
		if got := transient(c.err); got != c.want {
			t.Errorf("transient(%v) = %v, want %v", c.err, got, c.want)
		}
	}
	if contended(fields) || !contended(apierrors.NewConflict(gr, "x", errors.New("modified"))) {
		t.Error("contended does not tell a race from a conflict over fields")
	}
	if unheard(apierrors.NewNotFound(gr, "x")) || !unheard(apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "x")) {
		t.Error("unheard does not tell an object from its namespace")
	}
}

func TestSettle(t *testing.T) {
	cause := func(message, field string) metav1.StatusCause {
		return metav1.StatusCause{Type: metav1.CauseTypeFieldManagerConflict, Message: message, Field: field}
	}
	a := &plan.Action{ID: object.ID{Group: "apps", Kind: "Deployment", Namespace: "n", Name: "w"}}
	for _, c := range []struct {
		cause metav1.StatusCause
		taken bool
	}{
		{cause(`conflict with "kubectl-edit" using apps/v1`, ".spec.paused"), true},
		{cause(`conflict with "kubectl" using apps/v1`, ".spec.paused"), true},
		{cause(`conflict with "kubectl-otomi-yielded"`, ".spec.replicas"), true},
		{cause(`conflict with "kube-controller-manager" with subresource "scale" using apps/v1`, ".spec.replicas"), true},
		{cause(`conflict with "kube-controller-manager" with subresource "scale" using apps/v1`, ".spec.paused"), false},
		{cause(`conflict with "argocd-controller"`, ".spec.replicas"), false},
		{cause(`conflict with "kubectlish"`, ".spec.replicas"), false},
	} {
		_, conflicts := settle(a, []metav1.StatusCause{c.cause})
		if (len(conflicts) == 0) != c.taken {
			t.Errorf("settle(%s) = %v, want taken = %v", c.cause.Message, conflicts, c.taken)
		}
	}
}

func TestRefusal(t *testing.T) {
	h := &harness{T: t, name: "x"}
	a := plan.Action{ID: object.ID{Group: "apps", Kind: "Deployment", Namespace: "n", Name: "w"}, Object: h.objects(web)[0], Live: &plan.Meta{}}
	invalid := &apierrors.StatusError{ErrStatus: metav1.Status{
		Code: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid, Message: "Deployment is invalid", Status: metav1.StatusFailure,
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Field: "spec.a", Message: "Required value"}, {Field: "spec.b", Message: "field is immutable"}}},
	}}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"fields": {invalid, "spec.a: Required value;spec.b: field is immutable (this field cannot be changed; to have the object deleted and made anew, annotate it with otomi.io/on-immutable: recreate, or run with --recreate Deployment/n/w)"},
		"undeclared": {
			apierrors.NewInternalError(errors.New("failed to create typed patch object (n/w; apps/v1, Kind=Deployment): .spec.x: field not declared in schema")),
			"spec.x: field not declared in schema",
		},
		"several undeclared": {
			apierrors.NewInternalError(errors.New("failed to create typed patch object (n/w; apps/v1, Kind=Deployment): errors:\n  .spec.x: field not declared in schema\n  .y: field not declared in schema")),
			"spec.x: field not declared in schema;y: field not declared in schema",
		},
		"denied": {apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "w", errors.New("no")), `deployments.apps "w" is forbidden: no`},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range refusal(&plan.Plan{}, a, c.err) {
				if f.At.File != "test.yaml" || f.Rule != "refused-by-server" {
					t.Errorf("finding %+v has no place or another rule", f)
				}
				_, text, _ := strings.Cut(f.String(), "Deployment/n/w: ")
				got = append(got, text)
			}
			if strings.Join(got, ";") != c.want {
				t.Errorf("refusal = %s\nwant      %s", strings.Join(got, ";"), c.want)
			}
		})
	}
}

func TestLockAge(t *testing.T) {
	start := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	now := start
	l := &Lock{client: &Client{now: func() time.Time { return now }}, renewed: start}
	now = start.Add(11 * time.Second)
	if l.age() != 11*time.Second {
		t.Errorf("age = %s, want 11s", l.age())
	}
}
