package policy

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Withheld stands for words that secrets went into.
const Withheld = "what this says depends on secret values, so it is not shown"

// withhold takes out of a result what Secrets hold, in whatever form a policy puts it: the Secrets are judged again with other
// data, and what is not said then depends on the data. Where policies see objects beside the one they judge, all are judged again.
func (c *check) withhold(ctx context.Context, settings Settings, r *Result) {
	said := map[string]bool{}
	for _, f := range slices.Concat(r.Findings, r.Exempted) {
		said[f.Object] = true
	}
	var others []object.Object
	byName, secrets := map[string]object.Object{}, false
	for i, o := range c.named {
		name := o.ID().String()
		if isSecret(c.objects[i]) && (said[name] || c.values != nil && len(said) > 0) {
			o.Unstructured, secrets = otherSecret(o.Unstructured), true
		} else if c.values == nil && o.GetKind() != "Namespace" { // constraints select by namespaces
			continue
		}
		others, byName[name] = append(others, o), o
	}
	if !secrets {
		return
	}
	said = map[string]bool{}
	for _, f := range c.again(ctx, others, settings) {
		said[spoken(f)] = true
	}
	for _, list := range []diag.Findings{r.Findings, r.Exempted} {
		for i, f := range list {
			if o, judged := byName[f.Object]; judged && !said[spoken(f)] {
				list[i] = c.set.quiet(f, o)
			}
		}
	}
}

// again is all that the policies say of other objects. A policy that was stopped is not tried once more.
func (c *check) again(ctx context.Context, objects []object.Object, settings Settings) diag.Findings {
	other, err := c.set.prepare(ctx, objects, settings)
	if err != nil {
		return nil
	}
	defer other.run.Close()
	stopped := c.guards()
	for i, g := range other.guards() {
		if stopped[i].first.Load() > 0 {
			g.first.Store(1)
		}
	}
	var all diag.Findings
	for _, part := range other.all(ctx) {
		all = append(append(all, part.Findings...), part.Exempted...)
	}
	return all
}

// spoken is what a finding says, but for its place.
func spoken(f diag.Finding) string {
	return fmt.Sprintf("%q", []any{f.Severity.String(), f.Rule, f.Object, f.Path, f.Message, f.Hint, f.Notes})
}

// quiet is a finding without what a policy made of secrets. A message that the policy has word for word is public, and so is a
// field that is there with other data, too.
func (s *Set) quiet(f diag.Finding, other object.Object) diag.Finding {
	if !s.literal(f.Message) {
		f.Message = Withheld
	}
	parts, err := source.ParsePath(f.Path)
	if _, there := object.Field(other.Object, parts); err != nil || !there {
		f.Path, f.At = "", other.Source.Position()
	}
	return f
}

// literal reports whether a text stands in a policy as it is.
func (s *Set) literal(text string) bool {
	var modules []*ast.Module
	for _, b := range s.bundles {
		modules = slices.AppendSeq(modules, maps.Values(b.modules))
	}
	for _, rules := range s.conftest {
		modules = slices.AppendSeq(modules, maps.Values(rules.Modules))
	}
	found := false
	for _, m := range modules {
		ast.WalkTerms(m, func(t *ast.Term) bool {
			found = found || t.Equal(ast.StringTerm(text))
			return found
		})
	}
	return found
}

func isSecret(o object.Object) bool {
	gvk := o.GroupVersionKind()
	return gvk.Group == "" && gvk.Kind == "Secret"
}

// otherSecret is a Secret with other values of the same length. What was applied last is data, too.
func otherSecret(o *unstructured.Unstructured) *unstructured.Unstructured {
	o = o.DeepCopy()
	if o.Object["data"] != nil {
		o.Object["data"] = otherValue(o.Object["data"], otherBase64)
	}
	if o.Object["stringData"] != nil {
		o.Object["stringData"] = otherValue(o.Object["stringData"], otherText)
	}
	if annotations := o.GetAnnotations(); annotations[corev1.LastAppliedConfigAnnotation] != "" {
		annotations[corev1.LastAppliedConfigAnnotation] = otherText(annotations[corev1.LastAppliedConfigAnnotation])
		o.SetAnnotations(annotations)
	}
	return o
}

func otherValue(v any, text func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = otherValue(item, text)
		}
		return v
	case []any:
		for i, item := range v {
			v[i] = otherValue(item, text)
		}
		return v
	case string:
		return text(v)
	case int64:
		return v ^ 1
	case float64:
		return v + 1
	case bool:
		return !v
	default:
		return v
	}
}

func otherBase64(text string) string {
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return otherText(text)
	}
	return base64.StdEncoding.EncodeToString([]byte(otherText(string(plain))))
}

// otherText has another letter, digit or sign for each: the next but some of its class, so that the text keeps its look.
func otherText(text string) string {
	if !utf8.ValidString(text) {
		data := []byte(text)
		for i := range data {
			data[i] ^= 1
		}
		return string(data)
	}
	return strings.Map(func(r rune) rune {
		for _, class := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"} {
			if i := strings.IndexRune(class, r); i >= 0 {
				return rune(class[(i+len(class)/2)%len(class)])
			}
		}
		if r < utf8.RuneSelf {
			return r
		}
		return r ^ 1
	}, text)
}
