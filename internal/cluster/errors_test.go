package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestClasses has an error of each class as the server, or the network, words it.
func TestClasses(t *testing.T) {
	gr := schema.GroupResource{Resource: "things"}
	status := func(code int32, message string) error {
		return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Message: message, Details: &metav1.StatusDetails{Name: "x", Kind: "things"}}}
	}
	terminating := apierrors.NewForbidden(gr, "x", errors.New("namespace is being terminated"))
	terminating.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	invalid := func(message string) error {
		return apierrors.NewInvalid(schema.GroupKind{Kind: "Thing"}, "x", field.ErrorList{field.Invalid(field.NewPath("spec"), "v", message)})
	}
	seen := map[string]bool{}
	for _, c := range []struct {
		err   error
		want  string
		again repeat
	}{
		{final{errNoKind}, "given up", repeatNever},
		{&LockedError{}, "lock lost", repeatNever},
		{apierrors.NewApplyConflict([]metav1.StatusCause{{Type: metav1.CauseTypeFieldManagerConflict}}, "conflict"), "field conflict", repeatNever},
		{invalid("field is immutable"), "immutable field", repeatNever},
		{invalid("must be small"), "refused", repeatNever},
		{apierrors.NewInternalError(errors.New("failed to create typed patch object (a/b; v1, Kind=C): .x: field not declared in schema")), "malformed object", repeatNever},
		{status(500, "conversion webhook for x/v1, Kind=Thing failed: Post \"https://c\": connection refused"), "conversion webhook unreachable", repeatAlways},
		{apierrors.NewInternalError(errors.New("failed calling webhook \"a.b.c\": context deadline exceeded")), "webhook unreachable", repeatAlways},
		{status(403, "admission webhook \"a.b.c\" denied the request: no"), "refused", repeatNever},
		{status(409, "Operation cannot be fulfilled on resourcequotas \"q\": the object has been modified"), "quota written by others", repeatWrites},
		{status(403, "configmaps \"c\" is forbidden: status unknown for quota: q, resources: configmaps"), "quota not counted yet", repeatAlways},
		{status(403, "exceeded quota: q, requested: configmaps=1, used: 1, limited: 1"), "refused", repeatNever},
		{status(403, "pods \"p\" is forbidden: error looking up service account n/default: not found"), "service account not there yet", repeatWrites},
		{terminating, "namespace terminating", repeatAlways},
		{apierrors.NewConflict(gr, "x", errors.New("modified")), "object written by others", repeatWrites},
		{apierrors.NewTooManyRequests("busy", 1), "too many requests", repeatAlways},
		{apierrors.NewServiceUnavailable("starting"), "server error", repeatAlways},
		{apierrors.NewTimeoutError("slow", 1), "server error", repeatAlways},
		{fmt.Errorf("find: %w", errNoKind), "kind not served", repeatAlways},
		{apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "x"), "path not served yet", repeatWrites},
		{apierrors.NewNotFound(gr, "x"), "refused", repeatNever},
		{fmt.Errorf("send: %w", io.ErrUnexpectedEOF), "connection", repeatAlways},
		{fmt.Errorf("send: %w", syscall.ECONNRESET), "connection", repeatAlways},
		{errors.New("no"), "refused", repeatNever},
	} {
		if got := classOf(c.err); got.name != c.want || got.again != c.again {
			t.Errorf("classOf(%v) = %s (%d), want %s (%d)", c.err, got.name, got.again, c.want, c.again)
		}
		seen[c.want] = true
	}
	for _, c := range classes() {
		if !seen[c.name] {
			t.Errorf("no error of the class %q was tried", c.name)
		}
	}
}

// TestBackoffObeysTheServer: it waits as long as the answer says, and not for longer than there is patience.
func TestBackoffObeysTheServer(t *testing.T) {
	tries, start := 0, time.Now()
	err := backoff(context.Background(), time.Second, transient, nil, func() error {
		tries++
		return apierrors.NewTooManyRequests("busy", 1)
	})
	if err == nil || tries != 2 || time.Since(start) < time.Second {
		t.Errorf("backoff = %v after %d tries in %v, want 2 tries a second apart", err, tries, time.Since(start))
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

// TestLacksRight tells a right that is missing from what no right would allow.
func TestLacksRight(t *testing.T) {
	gr := schema.GroupResource{Resource: "things"}
	const rights = "ask for the rights that https://github.com/otomi/kubectl-otomi/blob/main/docs/rbac.md lists; what you may do says: kubectl auth can-i --list"
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("lock: %w", apierrors.NewForbidden(gr, "x", errors.New(`User "v" cannot update resource "things" in API group "" in the namespace "web"`))), rights + " -n web"},
		{apierrors.NewForbidden(gr, "", errors.New(`User "v" cannot list resource "things" in API group "" at the cluster scope`)), rights},
		{apierrors.NewForbidden(gr, "x", errors.New("exceeded quota: q, requested: pods=1")), ""},
		{apierrors.NewNotFound(gr, "x"), ""},
		{nil, ""},
	} {
		if got := LacksRight(c.err); got != c.want {
			t.Errorf("LacksRight(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}
