package plan

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// prepare is the object as it will be sent. What the server or other tools write is taken out, the set's label is put in, and
// the yielded fields are left out. The desired object stays as it is.
func prepare(o object.Object, setID string, yields []Field) object.Object {
	content := maps.Clone(o.Object)
	delete(content, "status")
	content["metadata"] = metadata(o.Unstructured, setID)
	if o.GetKind() == "Secret" && o.GroupVersionKind().Group == "" {
		encodeStringData(content)
	}
	for _, f := range yields {
		content, _ = f.without(content).(map[string]any)
	}
	o.Unstructured = &unstructured.Unstructured{Object: content}
	return o
}

func metadata(u *unstructured.Unstructured, setID string) map[string]any {
	old, _, _ := unstructured.NestedFieldNoCopy(u.Object, "metadata")
	m, _ := old.(map[string]any)
	m = maps.Clone(m)
	if m == nil {
		m = map[string]any{}
	}
	for _, field := range []string{
		"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "deletionTimestamp",
		"deletionGracePeriodSeconds", "selfLink",
	} {
		delete(m, field)
	}
	labels := stringMap(m["labels"])
	if mark, _ := labels[object.LabelChecked].(string); object.IsCheckMark(mark) {
		delete(labels, object.LabelChecked)
	}
	delete(labels, object.LabelPartOf)
	if setID != "" {
		labels[object.LabelPartOf] = setID
	}
	annotations := stringMap(m["annotations"])
	maps.DeleteFunc(annotations, func(key string, _ any) bool { return wire(key) })
	put(m, "labels", labels)
	put(m, "annotations", annotations)
	return m
}

// wire reports an annotation that tools leave for each other and that has no meaning in a cluster.
func wire(key string) bool {
	domain, name, _ := strings.Cut(key, "/")
	switch domain {
	case "internal.config.kubernetes.io", "alpha.config.kubernetes.io", "kustomize.config.k8s.io", "config.k8s.io":
		return true
	case "config.kubernetes.io":
		return slices.Contains([]string{"index", "path", "id", "origin", "local-config", "function"}, name)
	}
	return key == object.RenderedByKey
}

func stringMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

func put(m map[string]any, field string, value map[string]any) {
	if len(value) == 0 {
		delete(m, field)
		return
	}
	m[field] = value
}

// encodeStringData moves stringData into data, as the server would: as a field of its own it is written but never read back,
// so that server-side apply could not remove a key again.
func encodeStringData(secret map[string]any) {
	text, _ := secret["stringData"].(map[string]any)
	delete(secret, "stringData")
	if len(text) == 0 {
		return
	}
	data := stringMap(secret["data"])
	for key, value := range text {
		if s, ok := value.(string); ok {
			data[key] = base64.StdEncoding.EncodeToString([]byte(s))
		}
	}
	secret["data"] = data
}

func taskOf(o object.Object) string {
	if o.Unstructured == nil || o.GetKind() != "Job" || o.GroupVersionKind().Group != "batch" {
		return ""
	}
	return o.GetAnnotations()[object.TaskKey]
}

func localConfig(o object.Object) bool {
	v, found := o.GetAnnotations()[object.LocalConfig]
	return found && v != "false"
}
