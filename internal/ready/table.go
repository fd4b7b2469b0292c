package ready

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kindRule is the rule of some kinds of custom resources.
type kindRule struct {
	kinds string // with spaces between; * is all others of the group
	when  string // an object is ready, as the documentation says
	judge rule
}

// Reports reports a kind whose controller is known to say how its objects are, be it without the subresource for that.
func Reports(gk schema.GroupKind) bool {
	r, known := ofKind(gk)
	return known && r.when != atOnce
}

// ofKind is the rule of a kind of custom resources.
func ofKind(gk schema.GroupKind) (kindRule, bool) {
	rules := ofGroup(gk.Group)
	i := slices.IndexFunc(rules, func(r kindRule) bool { return r.kinds == "*" || slices.Contains(strings.Fields(r.kinds), gk.Kind) })
	if i < 0 {
		return kindRule{}, false
	}
	return rules[i], true
}

const (
	atOnce      = "at once: nobody reports on it, or what is reported does not tell"
	readyIsTrue = "condition Ready is True"
)

// groups are those of which the table has rules, in the order of the documentation.
func groups() []string {
	return []string{
		"cert-manager.io", "networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io", "install.istio.io",
		"serving.knative.dev", "eventing.knative.dev", "messaging.knative.dev", "operator.knative.dev", "k8s.keycloak.org", "tekton.dev",
		"triggers.tekton.dev", "argoproj.io", "postgresql.cnpg.io", "external-secrets.io", "generators.external-secrets.io", "minio.min.io",
		"templates.gatekeeper.sh", "constraints.gatekeeper.sh", "mutations.gatekeeper.sh", "velero.io", "gateway.networking.k8s.io",
		"monitoring.coreos.com", "bitnami.com", "keda.sh", "rabbitmq.com",
	}
}

// ofGroup is the table.
func ofGroup(group string) []kindRule {
	switch group {
	case "argoproj.io":
		return argo()
	case "postgresql.cnpg.io":
		return cloudNativePG()
	case "velero.io":
		return velero()
	case "gateway.networking.k8s.io":
		return gatewayAPI()
	case "templates.gatekeeper.sh", "constraints.gatekeeper.sh", "mutations.gatekeeper.sh":
		return []kindRule{{"*", "every Pod of Gatekeeper has seen the newest and enforces it", gatekeeper}}
	case "networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io":
		return []kindRule{{"*", "at once; what Istio's analysis says is shown", analysed}}
	case "serving.knative.dev":
		return []kindRule{{"*", readyIsTrue + "; False is failed", decisive("Ready")}}
	case "eventing.knative.dev", "messaging.knative.dev", "operator.knative.dev":
		return []kindRule{{"*", readyIsTrue, requires("Ready")}}
	default:
		return ofOperator(group)
	}
}

// ofOperator is the rest of the table.
func ofOperator(group string) []kindRule {
	switch group {
	case "cert-manager.io":
		return []kindRule{
			{"Certificate", readyIsTrue + "; failed when the last request for it did", certificate},
			{"CertificateRequest", readyIsTrue + "; failed when it was denied or is invalid", certificateRequest},
			{"Issuer ClusterIssuer", readyIsTrue, requires("Ready")},
		}
	case "install.istio.io":
		return []kindRule{{"IstioOperator", "status.status is HEALTHY; ERROR is failed", phased([]string{"HEALTHY"}, []string{"ERROR"}, "status")}}
	case "k8s.keycloak.org":
		return []kindRule{
			{"Keycloak", "condition Ready is True and HasErrors is not", keycloak},
			{"KeycloakRealmImport", "condition Done is True; failed when HasErrors is", realmImport},
		}
	case "tekton.dev":
		return []kindRule{{"TaskRun PipelineRun CustomRun", "condition Succeeded is True; False is failed", decisive("Succeeded")}, {"*", atOnce, always}}
	case "triggers.tekton.dev":
		return []kindRule{{"EventListener", "condition Available is True", requires("Available")}, {"*", atOnce, always}}
	case "external-secrets.io":
		return []kindRule{
			{"ExternalSecret PushSecret", readyIsTrue + ", after the newest generation was synchronised", synchronised},
			{"*", readyIsTrue, requires("Ready")},
		}
	case "minio.min.io":
		return []kindRule{{"Tenant", "status.currentState is Initialized", phased([]string{"Initialized"}, nil, "currentState")}}
	case "monitoring.coreos.com":
		return []kindRule{{"Prometheus PrometheusAgent Alertmanager ThanosRuler", "conditions Reconciled and Available are True", requires("Reconciled", "Available")}, {"*", atOnce, always}}
	case "bitnami.com":
		return []kindRule{{"SealedSecret", "condition Synced is True", requires("Synced")}}
	case "keda.sh":
		return []kindRule{{"ScaledObject ScaledJob", readyIsTrue, requires("Ready")}, {"*", atOnce, always}}
	case "rabbitmq.com":
		return []kindRule{{"RabbitmqCluster", "conditions AllReplicasReady and ReconcileSuccess are True", requires("AllReplicasReady", "ReconcileSuccess")}, {"*", readyIsTrue, requires("Ready")}}
	case "generators.external-secrets.io":
		return []kindRule{{"*", atOnce, always}}
	default:
		return nil
	}
}

// statusText is a string directly in the status.
func statusText(u *unstructured.Unstructured, path ...string) string {
	text, _, _ := unstructured.NestedString(u.Object, append([]string{"status"}, path...)...)
	return text
}
