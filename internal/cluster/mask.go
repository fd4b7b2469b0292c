package cluster

import (
	"encoding/base64"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/redact"
)

// masker hides secret values: those of Secrets, those it is told, and either wherever else they occur. Equal values get equal
// marks, so that a diff shows that one took the place of another, and nothing of either.
type masker struct {
	marks    *redact.Marks
	redactor *redact.Redactor
	names    secretNames
}

// newMasker collects the values to look for. What the objects and their fields are called may be seen, though a secret is the same.
func newMasker(secrets []string, objects ...*unstructured.Unstructured) *masker {
	public, called := map[string]bool{}, newSecretNames()
	for _, u := range objects {
		if u == nil {
			continue
		}
		public[u.GetName()], public[u.GetNamespace()] = true, true
		fieldNames(u.Object, public)
		if isSecret(u) {
			secrets = append(slices.Clip(secrets), secretData(u)...)
			for _, field := range []string{"data", "stringData"} {
				data, _ := u.Object[field].(map[string]any)
				for key := range data {
					called.add(key)
				}
			}
		}
	}
	m := &masker{marks: &redact.Marks{}, names: called}
	m.redactor = redact.New(secrets, slices.Sorted(maps.Keys(public))).Marked(m.marks)
	return m
}

// fieldNames collects the keys of maps.
func fieldNames(v any, into map[string]bool) {
	switch x := v.(type) {
	case map[string]any:
		for key, value := range x {
			into[key] = true
			fieldNames(value, into)
		}
	case []any:
		for _, value := range x {
			fieldNames(value, into)
		}
	}
}

func isSecret(u *unstructured.Unstructured) bool {
	return u != nil && u.GetKind() == "Secret" && u.GroupVersionKind().Group == ""
}

// secretData are the values of a Secret to look for elsewhere: truth values are everywhere and no secrets.
func secretData(u *unstructured.Unstructured) []string {
	var values []string
	for _, field := range []string{"data", "stringData"} {
		data, _ := u.Object[field].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(data)) {
			if s := decoded(field, data[key]); s != "true" && s != "false" {
				values = append(values, s)
			}
		}
	}
	return values
}

// decoded is a value of a Secret as its users see it.
func decoded(field string, v any) string {
	s, _ := v.(string)
	if plain, err := base64.StdEncoding.DecodeString(s); err == nil && field == "data" {
		return string(plain)
	}
	return s
}

// pair hides secrets on both sides of a diff; either may be nil. The objects are changed.
func (m *masker) pair(before, after *unstructured.Unstructured, t Taint) {
	values := [2]map[string]any{}
	for i, u := range []*unstructured.Unstructured{before, after} {
		if u == nil {
			continue
		}
		values[i] = m.values(u)
		m.conceal(u.Object, t)
		m.object(u.Object)
	}
	if before != nil && after != nil {
		before.Object, _ = m.rotated(before.Object, after.Object).(map[string]any)
		m.dropped(before.Object, after.Object)
	} else if before != nil {
		m.dropped(before.Object, nil)
	}
	for i, u := range []*unstructured.Unstructured{before, after} {
		if u != nil {
			maps.Copy(u.Object, values[i])
		}
	}
}

// values takes the values out of a Secret and returns marks for them.
func (m *masker) values(u *unstructured.Unstructured) map[string]any {
	masked := map[string]any{}
	if !isSecret(u) {
		return masked
	}
	for _, field := range []string{"data", "stringData"} {
		data, _ := u.Object[field].(map[string]any)
		if data == nil {
			continue
		}
		marks := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(data)) {
			if marks[key] = ""; data[key] != "" {
				marks[key] = m.marks.Of(decoded(field, data[key]))
			}
		}
		masked[field] = marks
		delete(u.Object, field)
	}
	return masked
}

// object hides secrets in all of an object but what identifies it.
func (m *masker) object(content map[string]any) {
	metadata, _ := content["metadata"].(map[string]any)
	m.fields(metadata, "name", "namespace")
	m.fields(content, "apiVersion", "kind", "metadata")
}

// fields hides secrets in all fields but some, in the order of keys, so that marks come out the same every time.
func (m *masker) fields(content map[string]any, but ...string) {
	for _, key := range slices.Sorted(maps.Keys(content)) {
		if !slices.Contains(but, key) {
			content[key] = m.hide(content[key])
		}
	}
}

// hide replaces every occurrence of a secret value in strings.
func (m *masker) hide(v any) any {
	switch x := v.(type) {
	case string:
		return m.redactor.Text(x)
	case map[string]any:
		m.fields(x)
	case []any:
		for i, value := range x {
			x[i] = m.hide(value)
		}
	}
	return v
}
