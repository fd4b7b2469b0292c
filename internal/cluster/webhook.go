package cluster

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// webhooks are the webhooks of a configuration; none for any other object.
func webhooks(a *plan.Action) []map[string]any {
	if a.ID.Group != "admissionregistration.k8s.io" || !strings.HasSuffix(a.ID.Kind, "WebhookConfiguration") {
		return nil
	}
	return object.Maps(a.Object.Object["webhooks"])
}

// services are the Services that the API server calls because of an object.
func services(a *plan.Action) []object.ID {
	var ids []object.ID
	note := func(parent map[string]any, path ...string) {
		s, _, _ := unstructured.NestedMap(parent, path...)
		name, _ := s["name"].(string)
		if namespace, _ := s["namespace"].(string); name != "" {
			ids = append(ids, object.ID{Kind: "Service", Namespace: namespace, Name: name})
		}
	}
	for _, w := range webhooks(a) {
		note(w, "clientConfig", "service")
	}
	if a.ID.Group == "apiregistration.k8s.io" && a.ID.Kind == "APIService" {
		note(a.Object.Object, "spec", "service")
	}
	return ids
}

// backed puts what makes the API server call into a workload behind the workload, and behind its Service. What is in force
// already waits only for what changes. A workload that comes later by the user's own word is not waited for.
func (r *relations) backed(a *plan.Action) {
	for _, id := range services(a) {
		service := r.actions[id]
		if service == nil || service.Object.Unstructured == nil {
			continue
		}
		selector, _, _ := unstructured.NestedStringMap(service.Object.Object, "spec", "selector")
		backends := []*plan.Action{service}
		for _, to := range r.actions {
			if len(selector) > 0 && to.ID.Namespace == id.Namespace && runs(to, selector) {
				backends = append(backends, to)
			}
		}
		for _, to := range backends {
			waits := to.Op.Sends() || a.Live == nil && to.Live != nil
			if waits && to.Runlevel <= a.Runlevel && !r.before(to)[a] {
				r.add(a, to, to != service, true)
			}
		}
	}
}

// runs reports a workload whose Pods a selector finds.
func runs(a *plan.Action, selector map[string]string) bool {
	if a.Object.Unstructured == nil || a.Hook != nil || a.ID.Kind == "Job" || a.ID.Kind == "CronJob" {
		return false
	}
	template, _ := a.Object.PodTemplate()
	found, _, _ := unstructured.NestedStringMap(template, "metadata", "labels")
	return labels.SelectorFromSet(selector).Matches(labels.Set(found))
}

// called puts what a new webhook would be called for, and what an API service serves, behind it. A webhook that would have to wait
// for an object lets it go first; in its own release that is so for everything but the kinds that it is there for.
func (r *relations) called(a *plan.Action) {
	hooks := webhooks(a)
	group, _, _ := unstructured.NestedString(a.Object.Object, "spec", "group")
	if a.ID.Group != "apiregistration.k8s.io" {
		group = ""
	}
	if len(hooks) == 0 && group == "" {
		return
	}
	before := r.before(a)
	for _, to := range r.sent() {
		if before[to] || to == a || plan.Definition(to.ID) || to.Runlevel != a.Runlevel {
			continue
		}
		switch {
		case group != "" && to.ID.Group == group:
			r.add(to, a, true, true)
		case slices.ContainsFunc(hooks, func(w map[string]any) bool { return r.calls(w, to, to.Release == a.Release) }):
			r.add(to, a, false, false)
		}
	}
}

// calls reports a webhook that is called when an object, or a Pod that it makes, is written. Own says that both are of one
// release.
func (r *relations) calls(w map[string]any, to *plan.Action, own bool) bool {
	if own && (plan.Rank(to.ID) != plan.RankOther || !strings.Contains(to.ID.Group, ".")) {
		return false
	}
	targets := []target{{r.resource(to), to.Object.GetLabels()}}
	if template, _ := to.Object.PodTemplate(); template != nil {
		found, _, _ := unstructured.NestedStringMap(template, "metadata", "labels")
		targets = append(targets, target{schema.GroupVersionResource{Version: "v1", Resource: "pods"}, found})
	}
	for _, t := range targets {
		if selects(w["objectSelector"], t.labels) && (to.ID.Namespace == "" || selects(w["namespaceSelector"], r.namespace(to.ID.Namespace))) &&
			slices.ContainsFunc(object.Maps(w["rules"]), func(rule map[string]any) bool { return t.in(rule, own) }) {
			return true
		}
	}
	return false
}

// resource is what the API calls an object's kind. That of a custom resource its definition says; of the others it follows from the kind.
func (r *relations) resource(a *plan.Action) schema.GroupVersionResource {
	if plural, known := r.plurals[schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}]; known {
		return schema.GroupVersionResource{Group: a.ID.Group, Version: a.Version, Resource: plural}
	}
	resource, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: a.ID.Group, Version: a.Version, Kind: a.ID.Kind})
	return resource
}

// define notes what the API calls the resources of a definition.
func (r *relations) define(a *plan.Action) {
	if a.ID.Kind != "CustomResourceDefinition" || a.Object.Unstructured == nil {
		return
	}
	group, _, _ := unstructured.NestedString(a.Object.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(a.Object.Object, "spec", "names", "kind")
	r.plurals[schema.GroupKind{Group: group, Kind: kind}], _, _ = unstructured.NestedString(a.Object.Object, "spec", "names", "plural")
}

// namespace is the labels of a namespace as far as the plan knows them.
func (r *relations) namespace(name string) map[string]string {
	known := map[string]string{}
	if a := r.actions[object.ID{Kind: "Namespace", Name: name}]; a != nil && a.Object.Unstructured != nil {
		known = a.Object.GetLabels()
		if known == nil {
			known = map[string]string{}
		}
	}
	known["kubernetes.io/metadata.name"] = name
	return known
}

// target is what a webhook may be called for.
type target struct {
	resource schema.GroupVersionResource
	labels   map[string]string
}

// in reports that a rule is about creating or changing the target. Named asks for a rule that names its group.
func (t target) in(rule map[string]any, named bool) bool {
	has := func(field string, all bool, words ...string) bool {
		list, _, _ := unstructured.NestedStringSlice(rule, field)
		return slices.ContainsFunc(list, func(s string) bool { return s == "*" && all || slices.Contains(words, s) })
	}
	return has("apiGroups", !named, t.resource.Group) && has("apiVersions", true, t.resource.Version) &&
		has("resources", true, t.resource.Resource, "*/*") && has("operations", true, "CREATE", "UPDATE")
}

// selects reports a selector that finds the labels; one that is not there finds everything.
func selects(selector any, found map[string]string) bool {
	content, ok := selector.(map[string]any)
	if !ok {
		return true
	}
	var s metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &s); err != nil {
		return false
	}
	by, err := metav1.LabelSelectorAsSelector(&s)
	return err == nil && by.Matches(labels.Set(found))
}
