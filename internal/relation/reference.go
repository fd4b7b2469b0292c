package relation

import (
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// reference is a place where objects name another one. What else may stand there is much the same in all of Kubernetes: a
// namespace, whether the other may be missing, which of its keys or ports is meant.
type reference struct {
	path []string // "*" stands for every item
	kind string   // of the other, where no field beside the name says it
	name string   // the field that holds the name
}

const rbac = "rbac.authorization.k8s.io"

// ofPods are references in the spec of Pods.
func ofPods() []reference {
	all := []reference{
		{nil, "ServiceAccount", "serviceAccountName"},
		{parts("imagePullSecrets.*"), "Secret", "name"},
		{parts("volumes.*.configMap"), "ConfigMap", "name"},
		{parts("volumes.*.secret"), "Secret", "secretName"},
		{parts("volumes.*.persistentVolumeClaim"), "PersistentVolumeClaim", "claimName"},
		{parts("volumes.*.projected.sources.*.configMap"), "ConfigMap", "name"},
		{parts("volumes.*.projected.sources.*.secret"), "Secret", "name"},
		{parts("volumes.*.csi.nodePublishSecretRef"), "Secret", "name"},
	}
	for _, containers := range []string{"containers", "initContainers"} {
		all = append(all,
			reference{parts(containers + ".*.envFrom.*.configMapRef"), "ConfigMap", "name"},
			reference{parts(containers + ".*.envFrom.*.secretRef"), "Secret", "name"},
			reference{parts(containers + ".*.env.*.valueFrom.configMapKeyRef"), "ConfigMap", "name"},
			reference{parts(containers + ".*.env.*.valueFrom.secretKeyRef"), "Secret", "name"},
		)
	}
	return all
}

// ofKinds are references of other objects, by group and kind.
func ofKinds() map[[2]string][]reference {
	route := []reference{{parts("spec.rules.*.backendRefs.*"), "Service", "name"}, {parts("spec.parentRefs.*"), "Gateway", "name"}}
	webhooks := []reference{{parts("webhooks.*.clientConfig.service"), "Service", "name"}}
	binding := []reference{{parts("roleRef"), "", "name"}, {parts("subjects.*"), "", "name"}}
	const gateway, admission = "gateway.networking.k8s.io", "admissionregistration.k8s.io"
	return map[[2]string][]reference{
		{"networking.k8s.io", "Ingress"}: {
			{parts("spec.defaultBackend.service"), "Service", "name"},
			{parts("spec.rules.*.http.paths.*.backend.service"), "Service", "name"},
			{parts("spec.tls.*"), "Secret", "secretName"},
		},
		{gateway, "HTTPRoute"}: route, {gateway, "GRPCRoute"}: route, {gateway, "TCPRoute"}: route, {gateway, "TLSRoute"}: route, {gateway, "UDPRoute"}: route,
		{gateway, "Gateway"}:                                 {{parts("spec.listeners.*.tls.certificateRefs.*"), "Secret", "name"}},
		{"apps", "StatefulSet"}:                              {{parts("spec"), "Service", "serviceName"}},
		{"", "ServiceAccount"}:                               {{parts("imagePullSecrets.*"), "Secret", "name"}},
		{rbac, "RoleBinding"}:                                binding,
		{rbac, "ClusterRoleBinding"}:                         binding,
		{admission, "MutatingWebhookConfiguration"}:          webhooks,
		{admission, "ValidatingWebhookConfiguration"}:        webhooks,
		{"apiregistration.k8s.io", "APIService"}:             {{parts("spec.service"), "Service", "name"}},
		{"apiextensions.k8s.io", "CustomResourceDefinition"}: {{parts("spec.conversion.webhook.clientConfig.service"), "Service", "name"}},
		{"autoscaling", "HorizontalPodAutoscaler"}:           {{parts("spec.scaleTargetRef"), "", "name"}},
		{"autoscaling.k8s.io", "VerticalPodAutoscaler"}:      {{parts("spec.targetRef"), "", "name"}},
		{"keda.sh", "ScaledObject"}:                          {{parts("spec.scaleTargetRef"), "Deployment", "name"}},
	}
}

func parts(path string) []string { return strings.Split(path, ".") }

func number(i int) string { return strconv.Itoa(i) }

// podReferences checks what a workload's Pods name.
func (c *check) podReferences(w workload) {
	at := make([]string, 0, 16)
	at = append(append(at, w.path...), "spec")
	for _, r := range c.inPods {
		each(w.template["spec"], r.path, at, func(v any, path []string) {
			if r.kind == "PersistentVolumeClaim" && c.replaced(w, path) {
				return
			}
			c.refer(w.object, r, v, path)
		})
	}
}

// replaced reports a volume in whose place a StatefulSet puts the claim that it makes by a template of the same name.
func (c *check) replaced(w workload, path []string) bool {
	if c.id[w.object].Kind != "StatefulSet" {
		return false
	}
	volume, _ := object.Field(c.objects[w.object].Object, path[:len(path)-1])
	m, _ := volume.(map[string]any)
	name, found := text(m, "name"), false
	each(mapOf(c.objects[w.object].Object, "spec")["volumeClaimTemplates"], parts("*.metadata.name"), nil, func(v any, _ []string) {
		found = found || v == name
	})
	return found
}

// references checks what an object names itself.
func (c *check) references(i int) {
	for _, r := range c.inKinds[[2]string{c.id[i].Group, c.id[i].Kind}] {
		each(c.objects[i].Object, r.path, make([]string, 0, 16), func(v any, path []string) { c.refer(i, r, v, path) })
	}
}

// refer checks one reference.
func (c *check) refer(i int, r reference, v any, path []string) {
	m, _ := v.(map[string]any)
	id := c.target(i, r, m)
	if id.Name == "" || id.Kind == "" || given(id) {
		return
	}
	at, found := c.lookup(id)
	switch optional, _ := m["optional"].(bool); {
	case optional:
	case !found:
		c.missing(i, join(path, r.name), id)
	case at >= 0 && (id.Kind == "ConfigMap" || id.Kind == "Secret"):
		c.keys(i, path, m, at)
	case at >= 0 && id.Kind == "Service" && m["port"] != nil:
		c.port(i, join(path, "port"), m["port"], at)
	}
}

// missing says that no manifest has what is referred to.
func (c *check) missing(i int, path []string, id object.ID) {
	f := diag.Warningf("missing-object", diag.Position{}, "no manifest makes %s", id).
		WithHint("add it, unless the cluster has it")
	if at, found := c.meant(id); found {
		other := c.id[at]
		f.Hint = "did you mean " + other.String() + "?"
		if other.Name == id.Name && other.Namespace != id.Namespace {
			f.Hint = "there is " + other.String() + ", which is in another namespace"
		}
		f = c.note(f, at, []string{"metadata", "name"}, "%s", other)
	}
	c.add(i, path, f)
}
