package manifest

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// What follows no schema tells: the API server has code for it (pkg/apis/{core,batch,apps,autoscaling,networking}/validation
// of Kubernetes), whose rules are the same in all versions that are known. test/e2e/manifests compares.

// words checks the names and numbers for which the API server has code, of Kubernetes' own kinds.
func (c *checker) words() {
	if template, path := c.object.PodTemplate(); template != nil {
		c.pod(mapOf(template["spec"]), append(slices.Clip(path), "spec"))
	}
	spec := mapOf(c.object.Object["spec"])
	switch c.object.GetAPIVersion() + "/" + c.object.GetKind() {
	case "v1/ConfigMap", "v1/Secret":
		c.dataKeys()
	case "autoscaling/v1/HorizontalPodAutoscaler", "autoscaling/v2/HorizontalPodAutoscaler":
		least, _ := whole(spec["minReplicas"])
		if most, ok := whole(spec["maxReplicas"]); ok && least > most {
			c.report("field-value", "spec.maxReplicas", "", "%d is less than minReplicas, which is %d", most, least)
		}
	case "networking.k8s.io/v1/Ingress":
		for i, rule := range items(spec["rules"]) {
			c.host(rule["host"], "spec.rules["+strconv.Itoa(i)+"].host")
		}
	case "v1/Service":
		if ports := items(spec["ports"]); len(ports) > 1 {
			for i, port := range ports {
				if port != nil && empty(port["name"]) {
					c.report("required-field", "spec.ports["+strconv.Itoa(i)+"].name", "", "the field is required where there are several ports")
				}
			}
		}
	}
}

// pod checks the spec of Pods.
func (c *checker) pod(spec map[string]any, at []string) {
	c.restart(spec, at)
	for i, v := range items(spec["volumes"]) {
		c.syntax(v["name"], validation.IsDNS1123Label, at, "volumes", strconv.Itoa(i), "name")
	}
	taken := map[string]bool{}
	for _, field := range []string{"containers", "initContainers"} {
		for i, container := range items(spec[field]) {
			here := append(slices.Clip(at), field, strconv.Itoa(i))
			c.syntax(container["name"], validation.IsDNS1123Label, here, "name")
			if name, _ := container["name"].(string); field == "initContainers" && taken[name] {
				c.report("duplicate-item", pathOf(here, "name"), "", "a container has the name %s, too", name)
			} else if name != "" {
				taken[name] = true
			}
			c.container(container, here)
		}
	}
}

func (c *checker) container(container map[string]any, at []string) {
	for i, port := range items(container["ports"]) {
		c.syntax(port["name"], validation.IsValidPortName, at, "ports", strconv.Itoa(i), "name")
		if n, ok := whole(port["containerPort"]); ok && (n < 1 || n > 65535) && n <= math.MaxInt32 {
			c.report("field-value", pathOf(at, "ports", strconv.Itoa(i), "containerPort"), "", "%d is no port: they go from 1 to 65535", n)
		}
	}
	for i, env := range items(container["env"]) {
		c.syntax(env["name"], validation.IsRelaxedEnvVarName, at, "env", strconv.Itoa(i), "name")
	}
}

// restart checks the policy that the kind allows.
func (c *checker) restart(spec map[string]any, at []string) {
	policy, _ := spec["restartPolicy"].(string)
	path := pathOf(at, "restartPolicy")
	switch kind := c.object.GetKind(); kind {
	case "Job", "CronJob":
		if policy == "" || policy == "Always" {
			c.report("field-value", path, "", "the Pods of a %s need restartPolicy: OnFailure, or Never", kind)
		}
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController":
		if policy == "Never" || policy == "OnFailure" {
			c.report("field-value", path, "take it out, or make it a Job", "the Pods of a %s always restart", kind)
		}
	}
}

func (c *checker) dataKeys() {
	for _, field := range []string{"data", "binaryData", "stringData"} {
		for key := range mapOf(c.object.Object[field]) {
			c.syntax(key, validation.IsConfigMapKey, []string{field}, key)
		}
	}
}

// host checks a name of hosts, of which the first part may be any.
func (c *checker) host(v any, path string) {
	name, _ := v.(string)
	valid := validation.IsDNS1123Subdomain
	if strings.Contains(name, "*") {
		valid = validation.IsWildcardDNS1123Subdomain
	}
	if wrong := valid(name); name != "" && len(wrong) > 0 {
		c.report("field-value", path, "", "%q is no host: %s", name, because(wrong))
	}
}

// syntax reports a name that is none. That it is there, and a text, the schema says.
func (c *checker) syntax(v any, valid func(string) []string, at []string, field ...string) {
	name, _ := v.(string)
	if wrong := valid(name); name != "" && len(wrong) > 0 {
		c.report("field-value", pathOf(at, field...), "", "%q is no name for this: %s", name, because(wrong))
	}
}

func pathOf(at []string, field ...string) string {
	return source.Path(append(slices.Clip(at), field...))
}

func mapOf(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// items are the items of a list, nil where one is no map.
func items(v any) []map[string]any {
	list, _ := v.([]any)
	all := make([]map[string]any, len(list))
	for i := range list {
		all[i] = mapOf(list[i])
	}
	return all
}
