package cluster

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// What stands for a secret value. A value that differs on the two sides of a diff gets one mark before and another after.
const (
	redacted       = "<redacted>"
	redactedBefore = "<redacted, before>"
	redactedAfter  = "<redacted, after>"
)

// shortestSecret is how long a value must be to be looked for elsewhere: shorter ones are words that occur by themselves.
const shortestSecret = 6

// masker hides secret values: those of Secrets, those it is told, and either wherever else they occur. There, equal values get
// equal marks, so that a diff shows that one took the place of another.
type masker struct {
	values []string // longest first: one secret may be part of another
	marks  map[string]string
}

// newMasker collects the values to look for.
func newMasker(secrets []string, objects ...*unstructured.Unstructured) *masker {
	m := &masker{marks: map[string]string{}}
	add := func(s string) {
		if s = strings.TrimSpace(s); len(s) < shortestSecret || m.marks[s] != "" {
			return
		}
		mark := fmt.Sprintf("<redacted-%d>", len(m.marks)/2+1)
		m.marks[s], m.marks[base64.StdEncoding.EncodeToString([]byte(s))] = mark, mark
	}
	for _, s := range secrets {
		add(s)
	}
	for _, u := range objects {
		if isSecret(u) {
			for _, v := range secretData(u) {
				add(v)
			}
		}
	}
	m.values = slices.SortedFunc(maps.Keys(m.marks), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return m
}

func isSecret(u *unstructured.Unstructured) bool {
	return u != nil && u.GetKind() == "Secret" && u.GroupVersionKind().Group == ""
}

func secretData(u *unstructured.Unstructured) []string {
	var values []string
	data := dataOf(u)
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if s, ok := data[key].(string); ok {
			if plain, err := base64.StdEncoding.DecodeString(s); err == nil {
				values = append(values, string(plain))
			}
		}
	}
	return values
}

// pair hides secrets on both sides of a diff; either may be nil. The objects are changed.
func (m *masker) pair(before, after *unstructured.Unstructured, t Taint) {
	if isSecret(before) || isSecret(after) {
		maskData(before, after)
	}
	if t != nil {
		old := runtime.DeepCopyJSONValue(content(before))
		conceal(content(before), content(after), t, redactedBefore)
		conceal(content(after), old, t, redactedAfter)
	}
	for _, u := range []*unstructured.Unstructured{before, after} {
		if u != nil {
			u.Object, _ = m.hide(u.Object).(map[string]any)
		}
	}
}

func content(u *unstructured.Unstructured) any {
	if u == nil {
		return nil
	}
	return u.Object
}

func maskData(before, after *unstructured.Unstructured) {
	old, fresh := dataOf(before), dataOf(after)
	for key, value := range old {
		if other, both := fresh[key]; both && other == value {
			old[key], fresh[key] = redacted, redacted
			continue
		}
		old[key] = redactedBefore
	}
	for key, value := range fresh {
		if value != redacted {
			fresh[key] = redactedAfter
		}
	}
	for _, u := range []*unstructured.Unstructured{before, after} {
		if u != nil {
			delete(u.Object, "stringData")
		}
	}
}

func dataOf(u *unstructured.Unstructured) map[string]any {
	if u == nil {
		return nil
	}
	data, _ := u.Object["data"].(map[string]any)
	return data
}

// hide replaces every occurrence of a secret value in strings.
func (m *masker) hide(v any) any {
	switch x := v.(type) {
	case string:
		for _, secret := range m.values {
			x = strings.ReplaceAll(x, secret, m.marks[secret])
		}
		return x
	case map[string]any:
		for key, value := range x {
			x[key] = m.hide(value)
		}
	case []any:
		for i, value := range x {
			x[i] = m.hide(value)
		}
	}
	return v
}
