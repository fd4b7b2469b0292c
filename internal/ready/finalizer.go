package ready

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// holder is who takes a finalizer off, as far as its name tells.
type holder struct {
	finalizer string // or the domain of several
	who       string
	waits     string // what for; empty: for its own clean-up
}

// holders are the finalizers that many clusters have; where several fit, the first does.
func holders() []holder {
	return []holder{
		{"kubernetes.io/pvc-protection", "Kubernetes", "until no Pod uses the claim"},
		{"kubernetes.io/pv-protection", "Kubernetes", "until no claim is bound to the volume"},
		{"external-provisioner.volume.kubernetes.io/finalizer", "the CSI driver's provisioner", "until the volume's storage is deleted"},
		{"snapshot.storage.kubernetes.io", "the snapshot controller", ""},
		{"external-attacher", "the CSI driver's attacher", "until the volume is detached"},
		{"foregroundDeletion", "Kubernetes' garbage collector", "until what it owns is deleted"},
		{"orphan", "Kubernetes' garbage collector", "until what it owns is let go"},
		{"service.kubernetes.io/load-balancer-cleanup", "the cloud's load balancer controller", "until the load balancer is deleted"},
		{"batch.kubernetes.io/job-tracking", "Kubernetes' Job controller", "until the Pod is counted"},
		{"customresourcecleanup.apiextensions.k8s.io", "Kubernetes", "until the last resource of the kind is deleted"},
		{"elbv2.k8s.aws", "the AWS load balancer controller", ""},
		{"gateway.networking.k8s.io", "the Gateway controller", ""},
		{"networking.gke.io", "GKE's load balancer controller", ""},
		{"cert-manager.io", "cert-manager", ""},
		{"resources-finalizer.argocd.argoproj.io", "Argo CD", "until the application's objects are deleted"},
		{"argocd.argoproj.io", "Argo CD", ""},
		{"fluxcd.io", "Flux", ""},
		{"external-secrets.io", "External Secrets", ""},
		{"crossplane.io", "Crossplane", "until what it manages outside the cluster is deleted"},
		{"gatekeeper.sh", "Gatekeeper", ""},
		{"keda.sh", "KEDA", ""},
		{"istio.io", "Istio", ""},
		{"kyverno.io", "Kyverno", ""},
		{"velero.io", "Velero", ""},
		{"cluster.x-k8s.io", "Cluster API", ""},
		{"longhorn.io", "Longhorn", ""},
		{"ceph.rook.io", "Rook", ""},
		{"cnpg.io", "CloudNativePG", ""},
		{"strimzi.io", "Strimzi", ""},
		{"monitoring.coreos.com", "the Prometheus operator", ""},
		{"knative.dev", "Knative", ""},
		{"tekton.dev", "Tekton", ""},
	}
}

// Holder says whose a finalizer is and what it waits for, such as "of Kubernetes, until no Pod uses the claim"; empty where its
// name tells nothing. Builtin reports one of
// Kubernetes' own: whoever takes these off is always there.
func Holder(finalizer string) (text string, builtin bool) {
	domain := Domain(finalizer)
	for _, h := range holders() {
		if finalizer != h.finalizer && domain != h.finalizer && !strings.HasSuffix(domain, "."+h.finalizer) {
			continue
		}
		text = "of " + h.who
		if h.waits != "" {
			text += ", " + h.waits
		}
		return text, strings.HasPrefix(h.who, "Kubernetes")
	}
	return "", false
}

// Domain is what of a finalizer's name tells whose it is.
func Domain(finalizer string) string {
	domain, _, _ := strings.Cut(finalizer, "/")
	return domain
}

// waitsFor is what a deletion that finalizers hold up waits for, each with whose it is.
func waitsFor(finalizers []string) string {
	if len(finalizers) == 0 {
		return ""
	}
	named := make([]string, len(finalizers))
	for i, f := range finalizers {
		named[i] = f
		if text, _ := Holder(f); text != "" {
			named[i] += " (" + text + ")"
		}
	}
	if len(named) == 1 {
		return "waits for finalizer " + named[0]
	}
	return "waits for finalizers " + strings.Join(named, ", ")
}

// Deletion is what the deletion of an object waits for: its finalizers, of a namespace what its conditions say is left in it;
// empty where nothing is known, as of what is only on its way.
func Deletion(u *unstructured.Unstructured) string {
	var waits []string
	for _, c := range conditions(u) {
		if strings.HasPrefix(c.Type, "Namespace") && c.Status == "True" && c.Message != "" {
			waits = append(waits, phrase(c.Message))
		}
	}
	if text := waitsFor(u.GetFinalizers()); text != "" {
		waits = append(waits, text)
	}
	return strings.Join(waits, "; ")
}
