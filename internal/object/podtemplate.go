package object

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// PodTemplate is the part of an object that its Pods are made from, with metadata and spec, and where it stands; a Pod is its
// own. It is nil where the object makes none.
func (o Object) PodTemplate() (template map[string]any, path []string) {
	gvk := o.GroupVersionKind()
	path, known := podTemplatePath(gvk.Group, gvk.Kind)
	if !known {
		return nil, nil
	}
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
	template, _ = v.(map[string]any)
	return template, path
}

// podTemplatePath knows the kinds that make Pods: Kubernetes' own, and what is often used in their place.
func podTemplatePath(group, kind string) ([]string, bool) {
	type of struct{ group, kind string }
	switch (of{group, kind}) {
	case of{"", "Pod"}:
		return nil, true
	case of{"apps", "Deployment"}, of{"apps", "StatefulSet"}, of{"apps", "DaemonSet"}, of{"apps", "ReplicaSet"},
		of{"batch", "Job"}, of{"", "ReplicationController"},
		of{"argoproj.io", "Rollout"},
		of{"apps.kruise.io", "CloneSet"}, of{"apps.kruise.io", "StatefulSet"}, of{"apps.kruise.io", "DaemonSet"},
		of{"serving.knative.dev", "Service"}, of{"serving.knative.dev", "Configuration"}:
		return []string{"spec", "template"}, true
	case of{"batch", "CronJob"}:
		return []string{"spec", "jobTemplate", "spec", "template"}, true
	case of{"", "PodTemplate"}:
		return []string{"template"}, true
	case of{"keda.sh", "ScaledJob"}:
		return []string{"spec", "jobTargetRef", "template"}, true
	}
	return nil, false
}
