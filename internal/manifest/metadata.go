package manifest

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// metadata checks names, labels and annotations, whose syntax is the same for all kinds.
func (c *checker) metadata() {
	meta, isMap := c.object.Object["metadata"].(map[string]any)
	if !isMap {
		return
	}
	if name, ok := meta["name"].(string); ok {
		if wrong := nameRule(c.object.GroupVersionKind().GroupKind())(name, false); len(wrong) > 0 {
			c.report("object-name", "metadata.name", "", "%q is no name for a %s: %s", name, c.object.GetKind(), strings.Join(wrong, "; "))
		}
	}
	if prefix, ok := meta["generateName"].(string); ok {
		if wrong := nameRule(c.object.GroupVersionKind().GroupKind())(prefix, true); len(wrong) > 0 {
			c.report("object-name", "metadata.generateName", "", "%q is no beginning of a name for a %s: %s", prefix, c.object.GetKind(), strings.Join(wrong, "; "))
		}
	}
	if namespace, ok := meta["namespace"].(string); ok && namespace != "" {
		if wrong := validation.ValidateNamespaceName(namespace, false); len(wrong) > 0 {
			c.report("object-name", "metadata.namespace", "", "%q is no name for a namespace: %s", namespace, strings.Join(wrong, "; "))
		}
	}
	c.labels(meta)
	c.annotations(meta)
}

func (c *checker) labels(meta map[string]any) {
	labels, _ := meta["labels"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		path := source.Path([]string{"metadata", "labels", key})
		if wrong := utilvalidation.IsQualifiedName(key); len(wrong) > 0 {
			c.report("label-syntax", path, "", "%q is no label: %s", key, strings.Join(wrong, "; "))
		}
		if value, ok := labels[key].(string); ok {
			if wrong := utilvalidation.IsValidLabelValue(value); len(wrong) > 0 {
				c.report("label-syntax", path, "", "%q is no value for a label: %s", value, strings.Join(wrong, "; "))
			}
		}
	}
}

func (c *checker) annotations(meta map[string]any) {
	annotations, _ := meta["annotations"].(map[string]any)
	total := 0
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		value, _ := annotations[key].(string)
		total += len(key) + len(value)
		// A prefix may have upper case letters, unlike a label's.
		if wrong := utilvalidation.IsQualifiedName(strings.ToLower(key)); len(wrong) > 0 {
			c.report("annotation-syntax", source.Path([]string{"metadata", "annotations", key}), "", "%q is no annotation: %s", key, strings.Join(wrong, "; "))
		}
	}
	if total > validation.TotalAnnotationSizeLimitB {
		c.report("annotations-size", "metadata.annotations", "keep what is large in a ConfigMap",
			"the annotations take %d bytes, more than the %d an object may have", total, validation.TotalAnnotationSizeLimitB)
	}
}
