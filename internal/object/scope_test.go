package object_test

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestSettle: the kind decides whether there is a namespace, then the object, then what is current.
func TestSettle(t *testing.T) {
	given, findings := object.ParseGiven("m.yaml", []byte(`apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: own}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: c}
---
apiVersion: example.com/v1
kind: Unknown
metadata: {name: d}
---
apiVersion: example.com/v1
kind: Known
metadata: {name: e}
---
apiVersion: example.com/v1
kind: Wide
metadata: {name: f, namespace: x}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: knowns.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Known}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: wides.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Wide}}
`))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	settled := object.Settle(given, "shop")
	for i, want := range []string{"ClusterRole/reader", "ConfigMap/shop/a", "ConfigMap/own/b", "Ingress/shop/c", "Unknown.example.com/d", "Known.example.com/shop/e", "Wide.example.com/f"} {
		if got := settled[i].ID().String(); got != want {
			t.Errorf("Settle made %s of %s, want %s", got, given[i].ID(), want)
		}
	}
	if got := given[1].GetNamespace(); got != "" {
		t.Errorf("Settle wrote namespace %q into what it was given", got)
	}
}
