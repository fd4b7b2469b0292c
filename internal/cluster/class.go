package cluster

import (
	"errors"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// class is what kind of failure an error is, and what can be done about it.
type class struct {
	name  string
	again repeat
	is    func(error, metav1.Status) bool // the status is empty where the API server did not answer
}

// repeat is which requests are worth repeating.
type repeat uint8

const (
	repeatNever  repeat = iota
	repeatWrites        // only those that change an object: what they rest on was made or changed a moment ago
	repeatAlways
)

// classes tell errors apart: the first that fits counts. The API server has a reason for few of them, so that most are known by
// their words.
func classes() []class {
	return []class{
		{"given up", repeatNever, func(err error, _ metav1.Status) bool { return errors.As(err, &final{}) }},
		{"lock lost", repeatNever, func(err error, _ metav1.Status) bool { return errors.Is(err, ErrLocked) }},
		{"field conflict", repeatNever, func(err error, _ metav1.Status) bool { return len(conflictCauses(err)) > 0 }},
		{"immutable field", repeatNever, func(err error, _ metav1.Status) bool { return len(immutable(err)) > 0 }},
		{"malformed object", repeatNever, func(err error, _ metav1.Status) bool { return typed(err) }},
		{"conversion webhook unreachable", repeatAlways, code(http.StatusInternalServerError, "conversion webhook for")},
		{"webhook unreachable", repeatAlways, code(http.StatusInternalServerError, "failed calling webhook")},
		{"quota written by others", repeatWrites, code(http.StatusConflict, "resourcequotas")},
		{"quota not counted yet", repeatAlways, code(http.StatusForbidden, "status unknown for quota")},
		{"service account not there yet", repeatWrites, code(http.StatusForbidden, "error looking up service account")},
		{"namespace terminating", repeatAlways, func(err error, _ metav1.Status) bool {
			return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
		}},
		{"object written by others", repeatWrites, code(http.StatusConflict, "")},
		{"too many requests", repeatAlways, code(http.StatusTooManyRequests, "")},
		{"server error", repeatAlways, func(_ error, s metav1.Status) bool { return s.Code >= http.StatusInternalServerError }},
		{"kind not served", repeatAlways, func(err error, _ metav1.Status) bool { return errors.Is(err, errNoKind) }},
		{"path not served yet", repeatWrites, func(err error, s metav1.Status) bool { return apierrors.IsNotFound(err) && nameless(s) }},
		{"connection", repeatAlways, func(err error, s metav1.Status) bool { return s.Code == 0 && network(err) }},
		{"refused", repeatNever, func(error, metav1.Status) bool { return true }},
	}
}

// code is the errors of a status code whose message holds some words.
func code(code int32, words string) func(error, metav1.Status) bool {
	return func(_ error, s metav1.Status) bool { return s.Code == code && strings.Contains(s.Message, words) }
}

// nameless reports an answer that is not about an object: the server does not know a path or a namespace, which for what was made a
// moment ago may be true of one of its replicas for another moment.
func nameless(s metav1.Status) bool {
	d := s.Details
	return d == nil || d.Kind == "" || d.Kind == "namespaces" || d.Name == ""
}

// classOf is the class of an error.
func classOf(err error) class {
	var known apierrors.APIStatus
	var status metav1.Status
	if errors.As(err, &known) {
		status = known.Status()
	}
	all := classes()
	for _, c := range all {
		if c.is(err, status) {
			return c
		}
	}
	return all[len(all)-1]
}

// transient reports an error that goes away by itself, whatever was asked.
func transient(err error) bool { return classOf(err).again == repeatAlways }

// passing reports an error that goes away by itself when an object is written.
func passing(err error) bool { return classOf(err).again != repeatNever }

// unheard reports that the server does not know a path or a namespace yet.
func unheard(err error) bool { return classOf(err).name == "path not served yet" }
