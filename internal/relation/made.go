package relation

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// maker is a kind of which a controller makes another object.
type maker struct {
	group, kind string
	makes       string   // a kind without a group
	name        []string // the field with its name; "*": of every item
	own         string   // where that field is not set, it has the object's own name with this at its end; "-": there is none
}

// makers are those that are met most; of others, a warning too many is said. What a kind without a namespace makes may be
// in any.
func makers() []maker {
	return []maker{
		{group: "cert-manager.io", kind: "Certificate", makes: "Secret", name: []string{"spec", "secretName"}, own: "-"},
		{group: "external-secrets.io", kind: "ExternalSecret", makes: "Secret", name: []string{"spec", "target", "name"}},
		{
			group: "external-secrets.io", kind: "ClusterExternalSecret", makes: "Secret",
			name: []string{"spec", "externalSecretSpec", "target", "name"},
		},
		{group: "bitnami.com", kind: "SealedSecret", makes: "Secret", name: []string{"spec", "template", "metadata", "name"}},
		{group: "isindir.github.com", kind: "SopsSecret", makes: "Secret", name: []string{"spec", "secretTemplates", "*", "name"}, own: "-"},
		{group: "secrets.hashicorp.com", kind: "VaultStaticSecret", makes: "Secret", name: []string{"spec", "destination", "name"}, own: "-"},
		{group: "secrets.hashicorp.com", kind: "VaultDynamicSecret", makes: "Secret", name: []string{"spec", "destination", "name"}, own: "-"},
		{group: "secrets.hashicorp.com", kind: "VaultPKISecret", makes: "Secret", name: []string{"spec", "destination", "name"}, own: "-"},
		{
			group: "secrets-store.csi.x-k8s.io", kind: "SecretProviderClass", makes: "Secret",
			name: []string{"spec", "secretObjects", "*", "secretName"}, own: "-",
		},
		{group: "onepassword.com", kind: "OnePasswordItem", makes: "Secret"},
		{group: "kafka.strimzi.io", kind: "KafkaUser", makes: "Secret"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Secret", own: "-app"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Secret", own: "-superuser"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Secret", own: "-ca"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Service", own: "-rw"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Service", own: "-ro"},
		{group: "postgresql.cnpg.io", kind: "Cluster", makes: "Service", own: "-r"},
		{group: "trust.cert-manager.io", kind: "Bundle", makes: "ConfigMap"},
		{group: "trust.cert-manager.io", kind: "Bundle", makes: "Secret"},
		{group: "serving.knative.dev", kind: "Service", makes: "Service"},
		{group: "cdi.kubevirt.io", kind: "DataVolume", makes: "PersistentVolumeClaim"},
	}
}

// addMade notes what a controller makes of an object.
func (x *index) addMade(o object.Object) {
	gvk := o.GroupVersionKind()
	for _, m := range x.makers[[2]string{gvk.Group, gvk.Kind}] {
		id := object.ID{Kind: m.makes, Namespace: o.GetNamespace()}
		named := false
		each(o.Object, m.name, nil, func(v any, _ []string) {
			if id.Name, _ = v.(string); id.Name != "" {
				x.made[id], named = true, true
			}
		})
		if !named && m.own != "-" {
			id.Name = o.GetName() + m.own
			x.made[id] = true
		}
	}
	switch {
	case gvk.Kind == "StatefulSet":
		x.addClaims(o)
	case gvk.Kind == "Ingress" && issued(o):
		x.addIssued(o, "spec", "tls", "*", "secretName")
	case gvk.Kind == "Gateway" && issued(o):
		x.addIssued(o, "spec", "listeners", "*", "tls", "certificateRefs", "*", "name")
	}
}

// issued reports whether cert-manager makes the certificates that an object names.
func issued(o object.Object) bool {
	for key := range o.GetAnnotations() {
		switch key {
		case "cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme":
			return true
		}
	}
	return false
}

func (x *index) addIssued(o object.Object, path ...string) {
	each(o.Object, path, nil, func(v any, _ []string) {
		name, _ := v.(string)
		x.made[object.ID{Kind: "Secret", Namespace: o.GetNamespace(), Name: name}] = true
	})
}

// addClaims notes the volume claims that a StatefulSet makes, without the number of the Pod.
func (x *index) addClaims(o object.Object) {
	templates, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "volumeClaimTemplates")
	each(templates, []string{"*", "metadata", "name"}, nil, func(v any, _ []string) {
		name, _ := v.(string)
		x.made[object.ID{Kind: claimSeries, Namespace: o.GetNamespace(), Name: name + "-" + o.GetName()}] = true
	})
}

// claimSeries is the kind under which claims of a StatefulSet are noted: there are as many as it has Pods.
const claimSeries = "PersistentVolumeClaim of a StatefulSet"

// each visits the fields that a path leads to, "*" in it standing for every item of a list. The path that visit is given is
// its own only until it returns.
func each(v any, pattern, path []string, visit func(v any, path []string)) {
	for n, part := range pattern {
		if part == "*" {
			items, _ := v.([]any)
			for i, item := range items {
				each(item, pattern[n+1:], append(path, number(i)), visit)
			}
			return
		}
		m, _ := v.(map[string]any)
		next, there := m[part]
		if !there {
			return
		}
		v, path = next, append(path, part)
	}
	visit(v, path)
}
