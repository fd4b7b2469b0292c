package patch

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// rewriteImages rewrites the images of Pods and of whatever holds a template of Pods: Kubernetes' workloads, and custom
// resources of the same form. Objects that change are copied.
func rewriteImages(objects []object.Object, rules []Rewrite) []object.Object {
	if len(rules) == 0 {
		return objects
	}
	out := make([]object.Object, len(objects))
	for i, o := range objects {
		if podSpec(o.Object, o.GetKind()) != nil {
			o.Unstructured = o.DeepCopy()
			rewriteSpec(podSpec(o.Object, o.GetKind()), rules)
		}
		out[i] = o
	}
	return out
}

// podSpec finds the spec of the Pods that an object makes, or nil.
func podSpec(content map[string]any, kind string) map[string]any {
	paths := [][]string{
		{"spec", "template", "spec"},                        // Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, …
		{"spec", "jobTemplate", "spec", "template", "spec"}, // CronJob
		{"template", "spec"},                                // PodTemplate
	}
	if kind == "Pod" {
		paths = [][]string{{"spec"}}
	}
	for _, path := range paths {
		spec, found, _ := unstructured.NestedFieldNoCopy(content, path...)
		if m, ok := spec.(map[string]any); ok && found {
			if _, isPod := m["containers"].([]any); isPod {
				return m
			}
		}
	}
	return nil
}

func rewriteSpec(spec map[string]any, rules []Rewrite) {
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		containers, _ := spec[list].([]any)
		for _, c := range containers {
			rewriteField(c, "image", rules)
		}
	}
	volumes, _ := spec["volumes"].([]any)
	for _, v := range volumes {
		if volume, ok := v.(map[string]any); ok {
			rewriteField(volume["image"], "reference", rules)
		}
	}
}

func rewriteField(holder any, field string, rules []Rewrite) {
	m, ok := holder.(map[string]any)
	if !ok {
		return
	}
	if image, ok := m[field].(string); ok {
		m[field] = rewrite(image, rules)
	}
}

// rewrite replaces the longest prefix of the image's full name that a rule names and that ends where a part of the path
// does. The full name is what container runtimes make of it: nginx is docker.io/library/nginx.
func rewrite(image string, rules []Rewrite) string {
	full := fullName(image)
	best := Rewrite{}
	for _, r := range rules {
		from := strings.TrimSuffix(r.From, "/")
		rest, ok := strings.CutPrefix(full, from)
		if ok && len(from) > len(best.From) && (rest == "" || strings.ContainsAny(rest[:1], "/:@")) {
			best = Rewrite{From: from, To: strings.TrimSuffix(r.To, "/")}
		}
	}
	if best.From == "" {
		return image
	}
	return best.To + full[len(best.From):]
}

func fullName(image string) string {
	first, rest, hasPath := strings.Cut(image, "/")
	switch {
	case !hasPath:
		return "docker.io/library/" + image
	case first == "docker.io" && !strings.Contains(rest, "/"):
		return "docker.io/library/" + rest
	case first == "index.docker.io":
		return fullName("docker.io/" + rest)
	case strings.ContainsAny(first, ".:") || first == "localhost":
		return image
	default:
		return "docker.io/" + image
	}
}
