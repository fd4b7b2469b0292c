package main

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// settled are manifests that come from no values repo, with the namespaces in which a cluster would have them.
type settled struct {
	given   []object.Object
	objects []object.Object
	names   map[string]string // of the objects in the manifests, by those in the cluster
}

func settle(given []object.Object, namespace string) settled {
	s := settled{given: given, objects: object.Settle(given, namespace), names: map[string]string{}}
	taken := map[string]bool{}
	for _, o := range given {
		taken[o.ID().String()] = true
	}
	for i, o := range s.objects {
		if in := o.ID().String(); !taken[in] {
			s.names[in] = given[i].ID().String()
		}
	}
	return s
}

// written are findings that name objects as the manifests do: a baseline is to hold whatever namespace is current.
func (s settled) written(findings diag.Findings) diag.Findings {
	for i, f := range findings {
		if name, other := s.names[f.Object]; other {
			findings[i].Object = name
		}
	}
	return findings
}

// namespace is what kubectl would take for the objects that name none: --namespace, that of the context, else default.
func (a *app) namespace() string {
	name, _ := a.kubeNamespace()
	return name
}

// kubeNamespace is the namespace, and whether --namespace names it.
func (a *app) kubeNamespace() (name string, explicit bool) {
	name, explicit, err := a.kube.ToRawKubeConfigLoader().Namespace()
	if err != nil || name == "" { // nothing here needs a cluster
		return "default", false
	}
	return name, explicit
}
