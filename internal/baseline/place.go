package baseline

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// open is what a message says without secrets. Every value of a Secret is one, however short: who has the digest may try them
// all. Whether the secrets are at hand makes no difference.
func (r Run) open(message string, o object.Object) string {
	for _, text := range secretsOf(o) {
		message = strings.ReplaceAll(message, text, redact.Mark)
	}
	if r.Withheld != "" {
		message = strings.ReplaceAll(message, r.Withheld, redact.Mark)
	}
	return r.Secrets.Text(message)
}

// secretsOf are the values of a Secret, longest first, for one may be part of another.
func secretsOf(o object.Object) []string {
	if o.Unstructured == nil || o.GetKind() != "Secret" {
		return nil
	}
	var texts []string
	for _, field := range []string{"data", "stringData"} {
		values, _ := o.Object[field].(map[string]any)
		for _, v := range values {
			text, _ := v.(string)
			texts = append(texts, text)
			if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
				texts = append(texts, string(plain))
			}
		}
	}
	slices.SortFunc(texts, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// named is a path that calls list items by their names where they have one, so that it stays the same when others come before
// them.
func named(path string, o object.Object) string {
	parts, err := source.ParsePath(path)
	if err != nil || o.Unstructured == nil {
		return path
	}
	var b strings.Builder
	for i, part := range parts {
		above, _ := object.Field(o.Object, parts[:i])
		item, _ := object.Field(o.Object, parts[:i+1])
		fields, _ := item.(map[string]any)
		name, _ := fields["name"].(string)
		if _, isList := above.([]any); isList && name != "" {
			b.WriteString("[name=" + name + "]")
			continue
		}
		b.WriteString(strings.TrimPrefix(source.Path([]string{"x", part}), "x"))
	}
	return strings.TrimPrefix(b.String(), ".")
}
