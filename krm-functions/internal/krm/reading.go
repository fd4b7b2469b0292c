package krm

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// reading is an item as Kubernetes reads it. It is shared by all who ask, steps of a pipeline among them, and never changed.
type reading struct {
	objects  []object.Object
	findings diag.Findings
	made     bool // the item was made of it, and of one object
}

// Objects reads the item as Kubernetes reads it; an item that is a List gives its members. What was rendered is edited where
// it was rendered from, and of that only the file is known. The objects are not to be changed.
func (i *Item) Objects() ([]object.Object, diag.Findings) {
	if i.read == nil {
		objects, findings := object.Parse(i.Path(), i.Text())
		for n := range findings {
			if findings[n].Object == "" && i.Name() != "" { // the file may hold others
				findings[n].Object = i.ID().String()
			}
		}
		i.read = &reading{objects: objects, findings: findings}
	}
	objects := slices.Clone(i.read.objects)
	for n, o := range objects {
		annotations := o.GetAnnotations()
		objects[n].Release, objects[n].Runlevel = o.GetLabels()[object.LabelRelease], annotations[object.RunlevelKey]
		if from := annotations[object.SourceKey]; from != "" {
			objects[n].Source = object.Source{File: from}
		}
	}
	return objects, slices.Clone(i.read.findings)
}

// with is what is read once a string is set. It is known where the item was made of what is read; an orchestrator's
// annotations are not read.
func (r *reading) with(value string, path []string) *reading {
	if r == nil || !r.made {
		return nil
	}
	if Wire(path[len(path)-1]) {
		return r
	}
	o := r.objects[0]
	o.Unstructured = &unstructured.Unstructured{Object: with(o.Object, value, path)}
	return &reading{objects: []object.Object{o}, made: true}
}

// with is a copy of a map with a string at the end of a path of keys, and the maps on the way to it.
func with(m map[string]any, value string, path []string) map[string]any {
	c := maps.Clone(m)
	if c == nil {
		c = map[string]any{}
	}
	if len(path) == 1 {
		c[path[0]] = value
		return c
	}
	inner, _ := c[path[0]].(map[string]any)
	c[path[0]] = with(inner, value, path[1:])
	return c
}

// content is what an item says, without what orchestrators and validators add to it; nil where it cannot be read.
func (i *Item) content() map[string]any {
	objects, findings := i.Objects()
	if len(objects) != 1 || len(findings) > 0 || i.isList() {
		return nil
	}
	content := maps.Clone(objects[0].Object)
	metadata, _ := content["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		annotations = maps.Clone(annotations)
		maps.DeleteFunc(annotations, func(key string, _ any) bool { return Wire(key) })
		metadata["annotations"] = annotations
	}
	if labels, ok := metadata["labels"].(map[string]any); ok {
		labels = maps.Clone(labels)
		delete(labels, object.LabelChecked)
		if metadata["labels"] = labels; len(labels) == 0 {
			delete(metadata, "labels")
		}
	}
	content["metadata"] = metadata
	return content
}
