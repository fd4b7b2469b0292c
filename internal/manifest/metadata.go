package manifest

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
)

// name checks the object's own name, whose syntax depends on its kind.
func (c *checker) name(k *kind) {
	meta, _ := c.object.Object["metadata"].(map[string]any)
	if empty(meta["name"]) && empty(meta["generateName"]) {
		c.report("required-field", "metadata.name", "", "the field is required")
		return
	}
	valid := k.name
	if name, ok := meta["name"].(string); ok {
		if wrong := valid(name, false); len(wrong) > 0 {
			c.report("object-name", "metadata.name", "", "%q is no name for a %s: %s", name, k.gvk.Kind, because(wrong))
		}
	}
	if want := c.serviceName(); want != "" && want != meta["name"] {
		c.report("object-name", "metadata.name", "name it "+want, "an APIService is named by its version and group")
	}
	if prefix, ok := meta["generateName"].(string); ok && prefix != "" {
		if wrong := valid(prefix, true); len(wrong) > 0 {
			c.report("object-name", "metadata.generateName", "", "%q cannot begin the name of a %s: %s", prefix, k.gvk.Kind, because(wrong))
		}
	}
	if namespace, ok := meta["namespace"].(string); ok && namespace != "" {
		if wrong := validation.ValidateNamespaceName(namespace, false); len(wrong) > 0 {
			c.report("object-name", "metadata.namespace", "", "%q is no name for a namespace: %s", namespace, because(wrong))
		}
	}
}

// serviceName is the name that an APIService has to have.
func (c *checker) serviceName() string {
	if c.object.GetKind() != "APIService" || c.object.GetAPIVersion() != "apiregistration.k8s.io/v1" {
		return ""
	}
	spec, _ := c.object.Object["spec"].(map[string]any)
	version, _ := spec["version"].(string)
	group, _ := spec["group"].(string)
	return version + "." + group
}

// metadata checks what is of one syntax for all kinds, also in the templates of Pods.
func (c *checker) metadata(meta map[string]any) {
	if labels, ok := meta["labels"].(map[string]any); ok {
		for key, v := range labels {
			c.label(key, v)
		}
	}
	if annotations, ok := meta["annotations"].(map[string]any); ok {
		c.annotations(annotations)
	}
}

func (c *checker) label(key string, v any) {
	if wrong := utilvalidation.IsQualifiedName(key); len(wrong) > 0 {
		c.report("label-syntax", c.path("labels", key), "", "%q is no key for a label: %s", key, because(wrong))
	}
	if value, ok := v.(string); ok {
		if wrong := utilvalidation.IsValidLabelValue(value); len(wrong) > 0 {
			c.report("label-syntax", c.path("labels", key), "", "%q is no value for a label: %s", value, because(wrong))
		}
	}
}

func (c *checker) annotations(annotations map[string]any) {
	total := 0
	for key, v := range annotations {
		value, _ := v.(string)
		total += len(key) + len(value)
		// A prefix may have upper case letters, unlike a label's.
		if wrong := utilvalidation.IsQualifiedName(strings.ToLower(key)); len(wrong) > 0 {
			c.report("annotation-syntax", c.path("annotations", key), "", "%q is no key for an annotation: %s", key, because(wrong))
		}
	}
	if total > validation.TotalAnnotationSizeLimitB {
		c.report("annotations-size", c.path("annotations"), "keep what is large in a ConfigMap",
			"the annotations take %d bytes, more than the %d that they may have", total, validation.TotalAnnotationSizeLimitB)
	}
}
