package ready

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// condition is an entry of status.conditions, as far as it has the usual form.
type condition struct {
	Type, Status, Reason, Message string
	ObservedGeneration            int64
}

// says is the condition in words: its message, or its reason where it has none.
func (c condition) says() string {
	if c.Message == "" {
		return c.Reason
	}
	return phrase(c.Message)
}

// conditions reads status.conditions and leaves out what does not look like a condition: the list is a convention that
// custom resources need not keep.
func conditions(u *unstructured.Unstructured) []condition {
	field, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "conditions")
	return readConditions(field)
}

func readConditions(list any) []condition {
	items, _ := list.([]any)
	var found []condition
	for _, item := range items {
		m, _ := item.(map[string]any)
		kind, _ := m["type"].(string)
		status, _ := m["status"].(string)
		if yes, isBool := m["status"].(bool); isBool { // some write what they mean
			status = map[bool]string{true: "True", false: "False"}[yes]
		}
		if kind == "" || status == "" {
			continue
		}
		c := condition{Type: kind, Status: status}
		c.Reason, _ = m["reason"].(string)
		c.Message, _ = m["message"].(string)
		c.ObservedGeneration, _ = integer(m["observedGeneration"])
		found = append(found, c)
	}
	return found
}

func findCondition(u *unstructured.Unstructured, kind string) (condition, bool) {
	for _, c := range conditions(u) {
		if c.Type == kind {
			return c, true
		}
	}
	return condition{}, false
}

// integer reads a number however it came: some kinds write observedGeneration as a string.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n))
	case string:
		i, err := strconv.ParseInt(n, 10, 64)
		return i, err == nil
	default:
		return 0, false
	}
}

// decode reads a built-in kind into its Go type.
func decode[T any](u *unstructured.Unstructured) (*T, error) {
	var t T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &t); err != nil {
		return nil, fmt.Errorf("read %s: %w", u.GetKind(), err)
	}
	return &t, nil
}

// unreadable is the verdict on an object of a built-in kind that does not have its kind's form.
func unreadable(err error) Status { return Status{State: InProgress, Reason: phrase(err.Error())} }

func inProgress(format string, args ...any) Status {
	return Status{State: InProgress, Reason: fmt.Sprintf(format, args...)}
}

func failed(format string, args ...any) Status {
	return Status{State: Failed, Reason: fmt.Sprintf(format, args...)}
}

// phrase makes a message of Kubernetes into a phrase: one line, no full stop, no capital at its start unless it begins
// with a name such as DNS or PersistentVolumeClaim.
func phrase(message string) string {
	s := strings.TrimRight(strings.Join(strings.Fields(message), " "), ". ")
	word, _, _ := strings.Cut(s, " ")
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 || strings.ContainsFunc(word[size:], func(r rune) bool { return unicode.IsUpper(r) }) {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

// plural is "1 thing" or "2 things".
func plural(n int32, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
