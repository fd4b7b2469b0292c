package plan

import (
	"github.com/otomi/kubectl-otomi/internal/object"
)

// References are the objects without which the Pods of a workload could not start.
func References(o object.Object) []object.ID {
	template, _ := o.PodTemplate()
	spec, _ := template["spec"].(map[string]any)
	r := refs{namespace: o.GetNamespace()}
	r.add("ServiceAccount", spec["serviceAccountName"])
	for _, s := range object.Maps(spec["imagePullSecrets"]) {
		r.add("Secret", s["name"])
	}
	for _, v := range object.Maps(spec["volumes"]) {
		r.volume(v)
	}
	for _, field := range []string{"initContainers", "containers"} {
		for _, c := range object.Maps(spec[field]) {
			r.container(c)
		}
	}
	return r.ids
}

type refs struct {
	namespace string
	ids       []object.ID
}

func (r *refs) add(kind string, name any) {
	if s, ok := name.(string); ok && s != "" {
		r.ids = append(r.ids, object.ID{Kind: kind, Namespace: r.namespace, Name: s})
	}
}

// source adds what a source of values or files names, unless Pods can do without it.
func (r *refs) source(kind string, v any, field string) {
	m, _ := v.(map[string]any)
	if optional, _ := m["optional"].(bool); !optional {
		r.add(kind, m[field])
	}
}

func (r *refs) volume(v map[string]any) {
	r.source("ConfigMap", v["configMap"], "name")
	r.source("Secret", v["secret"], "secretName")
	r.source("PersistentVolumeClaim", v["persistentVolumeClaim"], "claimName")
	projected, _ := v["projected"].(map[string]any)
	for _, s := range object.Maps(projected["sources"]) {
		r.source("ConfigMap", s["configMap"], "name")
		r.source("Secret", s["secret"], "name")
	}
}

func (r *refs) container(c map[string]any) {
	for _, e := range object.Maps(c["envFrom"]) {
		r.source("ConfigMap", e["configMapRef"], "name")
		r.source("Secret", e["secretRef"], "name")
	}
	for _, e := range object.Maps(c["env"]) {
		from, _ := e["valueFrom"].(map[string]any)
		r.source("ConfigMap", from["configMapKeyRef"], "name")
		r.source("Secret", from["secretKeyRef"], "name")
	}
}
