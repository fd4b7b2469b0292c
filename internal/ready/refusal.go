package ready

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// refused is why a controller cannot make the Pods of an object: a condition of the object says so as long as it lasts
// (ReplicaSet, Deployment); for the other kinds the newest event does, unless a Pod was made after it.
func refused(o *unstructured.Unstructured, events []event) string {
	if c, _ := findCondition(o, "ReplicaFailure"); c.Status == "True" {
		return refusal(c.Message)
	}
	about := aboutObject(events, o)
	no, ok := newest(about, "FailedCreate")
	if !ok {
		return ""
	}
	if yes, made := newest(about, "SuccessfulCreate"); made && yes.last().After(no.last()) {
		return ""
	}
	return refusal(no.text())
}

// refusal puts the API server's answer into a phrase that begins with who refused.
func refusal(message string) string {
	if _, rest, ok := strings.Cut(message, "exceeded quota: "); ok {
		quota, detail, _ := strings.Cut(rest, ", ")
		return fmt.Sprintf("quota %s exceeded: %s", quota, phrase(detail))
	}
	if _, rest, ok := strings.Cut(message, "failed quota: "); ok {
		quota, detail, _ := strings.Cut(rest, ": ")
		return fmt.Sprintf("quota %s: %s", quota, phrase(detail))
	}
	if name, rest, ok := webhook(message, `admission webhook "`); ok {
		return fmt.Sprintf("admission webhook %s %s", name, phrase(rest))
	}
	if name, rest, ok := webhook(message, `failed calling webhook "`); ok {
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, ": "), "failed to call webhook: ")
		return fmt.Sprintf("admission webhook %s cannot be called: %s", name, phrase(rest))
	}
	for _, before := range []string{"Error creating: ", "failed error: ", "is forbidden: "} {
		if _, rest, ok := strings.Cut(message, before); ok {
			message = rest
		}
	}
	return "pods cannot be created: " + phrase(message)
}

// webhook takes the name out of a message about a webhook and returns what is said of it.
func webhook(message, before string) (name, rest string, ok bool) {
	_, rest, ok = strings.Cut(message, before)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, `"`)
}
