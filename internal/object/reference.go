package object

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Reference names an object as people do: KIND/NAME or KIND/NAMESPACE/NAME. The kind may be in any case, plural, short as
// kubectl has it, and be followed by its group: deploy, Services, networkpolicies.networking.k8s.io.
type Reference struct{ Kind, Group, Namespace, Name string }

// ParseReference reads what people write.
func ParseReference(text string) (Reference, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return Reference{}, fmt.Errorf("want KIND/NAME or KIND/NAMESPACE/NAME, not %q", text)
	}
	var r Reference
	r.Kind, r.Group, _ = strings.Cut(strings.ToLower(parts[0]), ".")
	r.Name = parts[len(parts)-1]
	if len(parts) == 3 {
		r.Namespace = parts[1]
	}
	return r, nil
}

// Find is the one object that is meant. The CustomResourceDefinitions among the objects say what their kinds are called.
func (r Reference) Find(objects []Object) (Object, *diag.Finding) {
	names := kindNames(objects)
	var found []Object
	var near []string
	for _, o := range objects {
		id := o.ID()
		kind := slices.Contains(names(id), r.Kind) && (r.Group == "" || strings.EqualFold(id.Group, r.Group))
		if kind && id.Name == r.Name && (r.Namespace == "" || id.Namespace == r.Namespace) {
			found = append(found, o)
		}
		near = append(near, id.String())
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		f := diag.Errorf("unknown-object", diag.Position{}, "there is no %s", r)
		if s := diag.Suggest(r.canonical(objects, names), near); s != "" {
			f.Hint = "did you mean " + s + "?"
		}
		return Object{}, &f
	}
	all := make([]string, len(found))
	for i, o := range found {
		all[i] = o.ID().String()
	}
	f := diag.Errorf("ambiguous-object", diag.Position{}, "%s may be %s", r, strings.Join(all, " or ")).
		WithHint("name the namespace, or the kind with its group")
	return Object{}, &f
}

// String is the reference as it may be written.
func (r Reference) String() string {
	kind := r.Kind
	if r.Group != "" {
		kind += "." + r.Group
	}
	return ID{Kind: kind, Namespace: r.Namespace, Name: r.Name}.String()
}

// canonical is the reference with its kind as objects have it, if one has.
func (r Reference) canonical(objects []Object, names func(ID) []string) string {
	id := ID{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
	for _, o := range objects {
		if of := o.ID(); slices.Contains(names(of), r.Kind) && (r.Group == "" || r.Group == of.Group) {
			id.Kind, id.Group = of.Kind, of.Group
		}
	}
	return id.String()
}

// kindNames returns what says by which names, in lower case, people call an object's kind.
func kindNames(objects []Object) func(ID) []string {
	custom := map[[2]string][]string{}
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(o.Object, "spec", "names", "kind")
		names, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "names", "shortNames")
		for _, field := range []string{"plural", "singular"} {
			name, _, _ := unstructured.NestedString(o.Object, "spec", "names", field)
			names = append(names, name)
		}
		custom[[2]string{group, kind}] = names
	}
	short := shortNames()
	return func(id ID) []string {
		kind := strings.ToLower(id.Kind)
		return append([]string{kind, plural(kind), short[id.Kind]}, custom[[2]string{id.Group, id.Kind}]...)
	}
}

// plural is a kind's resource, as Kubernetes and its generators make it.
func plural(kind string) string {
	switch {
	case strings.HasSuffix(kind, "s"), strings.HasSuffix(kind, "x"), strings.HasSuffix(kind, "ch"), strings.HasSuffix(kind, "sh"):
		return kind + "es"
	case strings.HasSuffix(kind, "y") && !strings.ContainsAny(kind[max(0, len(kind)-2):len(kind)-1], "aeiou"):
		return kind[:len(kind)-1] + "ies"
	}
	return kind + "s"
}

// shortNames are kubectl's for Kubernetes' own kinds (kubectl api-resources).
func shortNames() map[string]string {
	return map[string]string{
		"ConfigMap": "cm", "Endpoints": "ep", "Event": "ev", "LimitRange": "limits", "Namespace": "ns", "Node": "no",
		"PersistentVolumeClaim": "pvc", "PersistentVolume": "pv", "Pod": "po", "ReplicationController": "rc",
		"ResourceQuota": "quota", "ServiceAccount": "sa", "Service": "svc", "CustomResourceDefinition": "crd",
		"DaemonSet": "ds", "Deployment": "deploy", "ReplicaSet": "rs", "StatefulSet": "sts", "HorizontalPodAutoscaler": "hpa",
		"CronJob": "cj", "CertificateSigningRequest": "csr", "Ingress": "ing", "NetworkPolicy": "netpol", "PodDisruptionBudget": "pdb",
		"PriorityClass": "pc", "StorageClass": "sc",
	}
}
