package export

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// Exempt writes what exempts a workload into its pod template too: on a cluster its Pods are judged, and they know nothing of
// the workload but what its template says. Objects that need nothing stay the same.
func Exempt(objects []object.Object, active []policy.Active) []object.Object {
	out := slices.Clone(objects)
	for i, o := range out {
		template, path := o.PodTemplate()
		if template == nil || len(path) == 0 {
			continue
		}
		have := annotationsOf(template)
		want := maps.Clone(have)
		for key, value := range annotationsOf(o.Object) {
			if text, ok := value.(string); ok && policy.Ignores(key) {
				add(want, key, split(text))
			}
		}
		add(want, policy.IgnoreKey, exempting(o, active))
		if !maps.EqualFunc(have, want, func(a, b any) bool { return a == b }) {
			out[i].Unstructured = annotated(o, path, want)
		}
	}
	return out
}

// exempting are the policies that values exempt the object from by its name or release. What exempts a namespace holds for
// Pods as it is.
func exempting(o object.Object, active []policy.Active) []string {
	var ids []string
	for _, p := range active {
		if slices.ContainsFunc(p.Exempt, func(x policy.Exemption) bool { return x.Namespace == "" && x.Covers(o) }) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// add adds policies to those that the annotation lists.
func add(annotations map[string]any, key string, ids []string) {
	old, isText := annotations[key].(string)
	if annotations[key] != nil && !isText {
		return // the schema check says what is wrong
	}
	list := split(old)
	before := len(list)
	for _, id := range ids {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if len(list) > before {
		annotations[key] = strings.Join(list, ",")
	}
}

func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
}

// annotationsOf are those in the metadata of an object or a template.
func annotationsOf(content map[string]any) map[string]any {
	field, _, _ := unstructured.NestedFieldNoCopy(content, "metadata", "annotations")
	annotations, _ := field.(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
	}
	return annotations
}

// annotated is a copy of the object with other annotations of its template.
func annotated(o object.Object, path []string, annotations map[string]any) *unstructured.Unstructured {
	changed := o.DeepCopy()
	where := append(slices.Clone(path), "metadata", "annotations")
	if err := unstructured.SetNestedMap(changed.Object, annotations, where...); err != nil {
		return o.Unstructured // its metadata are no map, which the schema check says
	}
	return changed
}
