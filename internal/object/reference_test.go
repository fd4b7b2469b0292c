package object

import (
	"strings"
	"testing"
)

const many = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a}
spec: {replicas: 1, list: [{x: 1}], labels: {a.b/c: d}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: b}
---
apiVersion: serving.example.com/v1
kind: Service
metadata: {name: only, namespace: a}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: a}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: in, namespace: a}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: a}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: mice.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Mouse, plural: mice, singular: mouse, shortNames: [mo]}}
---
apiVersion: example.com/v1
kind: Mouse
metadata: {name: m}
`

func TestFind(t *testing.T) {
	all := objects(t, "m.yaml", many)
	for reference, want := range map[string]string{
		"Deployment/a/web":                  "Deployment/a/web",
		"deployments/web":                   "Deployment/a/web",
		"deploy/web":                        "Deployment/a/web",
		"DEPLOYMENT.apps/a/web":             "Deployment/a/web",
		"svc/b/web":                         "Service/b/web",
		"svc/only":                          "Service.serving.example.com/a/only",
		"services.serving.example.com/only": "Service.serving.example.com/a/only",
		"ns/a":                              "Namespace/a",
		"netpol/deny":                       "NetworkPolicy/a/deny",
		"networkpolicies/deny":              "NetworkPolicy/a/deny",
		"ingresses.networking.k8s.io/a/in":  "Ingress/a/in",
		"gateways/gate":                     "Gateway/a/gate",
		"mice/m":                            "Mouse.example.com/m",
		"mo/m":                              "Mouse.example.com/m",
		"mouse.example.com/m":               "Mouse.example.com/m",
		"crd/mice.example.com":              "CustomResourceDefinition/mice.example.com",
		"svc/web":                           "error: svc/web may be Service/a/web or Service/b/web (name the namespace, or the kind with its group)",
		"deploy/wbe":                        "error: there is no deploy/wbe (did you mean Deployment/a/web?)",
		"deploy/b/web":                      "error: there is no deploy/b/web (did you mean Deployment/a/web?)",
		"deploymnt/a/web":                   "error: there is no deploymnt/a/web (did you mean Deployment/a/web?)",
		"deployment.extensions/web":         "error: there is no deployment.extensions/web (did you mean Deployment/a/web?)",
		"nothing/like-this-one":             "error: there is no nothing/like-this-one",
		"web":                               "error: want KIND/NAME",
		"a/b/c/d":                           "error: want KIND/NAME",
		"/web":                              "error: want KIND/NAME",
		"deploy//web":                       "error: want KIND/NAME",
		"Deployment/a/":                     "error: want KIND/NAME",
		"clusterroles.rbac.authorization.k8s.io/x": "error: there is no clusterroles.rbac.authorization.k8s.io/x",
	} {
		got := ""
		r, err := ParseReference(reference)
		if err != nil {
			got = "error: " + err.Error()
		} else if o, missing := r.Find(all); missing != nil {
			got = "error: " + missing.String()
		} else {
			got = o.ID().String()
		}
		if got != want && (want == "" || !strings.HasPrefix(want, "error: want") || !strings.HasPrefix(got, want)) {
			t.Errorf("Find(%s) = %s\nwant %s", reference, got, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	o := objects(t, "m.yaml", many)[0]
	for field, want := range map[string]string{
		"spec.replicas":              "",
		"spec.list[0].x":             "",
		`spec.labels["a.b/c"]`:       "",
		"spec.labels.a.b/c":          "",
		"spec.replica":               "there is no spec.replica (did you mean spec.replicas?)",
		"spec.list[1]":               "there is no spec.list[1] (spec.list has 1 item)",
		"spec.list.x":                "there is no spec.list.x (spec.list has 1 item)",
		"spec.replicas.x":            "there is no spec.replicas.x (spec.replicas is no map and no list)",
		"status":                     "there is no status (the object has apiVersion, kind, metadata, spec)",
		"spec.list[0].nothing.below": "there is no spec.list[0].nothing (spec.list[0] has x)",
	} {
		got := ""
		if f := o.Unknown(parsePath(field)); f != nil {
			got = strings.TrimPrefix(f.String(), "Deployment/a/web: ")
		}
		if got != want {
			t.Errorf("Unknown(%s) = %q, want %q", field, got, want)
		}
	}
}
