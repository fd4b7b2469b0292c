package gatekeeper

import (
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// hosts are workloads that share the process IDs of their nodes, each exempt in another way or not at all.
const hosts = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: not-exempt, namespace: shop}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {hostPID: true, containers: [{name: a, image: "registry.example.com/a:1"}, {name: b, image: "registry.example.com/b:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: by-annotation, namespace: shop, annotations: {otomi.io/policy-ignore: host-namespaces}}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {hostPID: true, containers: [{name: a, image: "registry.example.com/a:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one-container, namespace: shop, annotations: {policy.otomi.io/ignore.a: container-limits}}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "registry.example.com/a:1"}, {name: b, image: "registry.example.com/b:1"}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: by-name, namespace: shop}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {hostPID: true, containers: [{name: a, image: "registry.example.com/a:1"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: by-release, namespace: shop, labels: {otomi.io/release: nightly}}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {hostPID: true, restartPolicy: Never, containers: [{name: a, image: "registry.example.com/a:1"}]}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: by-namespace, namespace: exempt}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {hostPID: true, containers: [{name: a, image: "registry.example.com/a:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: excluded, namespace: kube-like}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {hostPID: true, containers: [{name: a, image: "registry.example.com/a:1"}]}
`

// exempting are settings with exemptions of every kind, an excluded namespace and two actions.
func exempting() policy.Settings {
	return policy.Settings{Preset: policy.Privileged, Policies: map[string]policy.Setting{
		"host-namespaces": {Named: true, ExcludedNamespaces: []string{"kube-*"}, Exempt: []policy.Exemption{
			{Object: "StatefulSet/shop/by-name", Reason: "r"}, {Release: "nightly", Reason: "r"}, {Namespace: "exempt", Reason: "r"},
		}},
		"container-limits": {Named: true, Action: policy.Warn},
	}}
}

// TestExemptionsAndActions holds the verdicts on workloads and their Pods, exempt in every way and judged with every
// enforcement, against the static check's.
func TestExemptionsAndActions(t *testing.T) {
	s, set, settings := staged(t), policies(t), exempting()
	objects, findings := object.Parse("hosts.yaml", []byte(hosts))
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	for i, o := range objects {
		objects[i].Release = o.GetLabels()[object.LabelRelease]
	}
	objects = export.Exempt(objects, set.Active(settings))
	for _, most := range []policy.Action{policy.Deny, policy.Warn, policy.Dryrun} {
		t.Run(string(most), func(t *testing.T) {
			exported, findings := export.Objects(set, settings, export.Options{Enforcement: most})
			if findings.Failed() {
				t.Fatal(findings.Err())
			}
			c := comparison{stage: s, set: set, settings: settings, most: most}
			c.prepare(t, sample{"hosts.yaml", objects})
			s.enforce(t, exported)
			for _, o := range objects {
				c.sample(t, sample{o.GetName(), []object.Object{o}})
			}
			// Workloads and Pods of the one that is not exempt are denied for their namespaces; limits are only warned of.
			if c.denied != 2 || c.warned < 10 || c.elsewhere > 0 {
				t.Errorf("%d are denied, %d warned of and %d not judged: the test proves nothing", c.denied, c.warned, c.elsewhere)
			}
			if most == policy.Dryrun {
				s.audited(t, exported)
			}
		})
	}
}

// weakened is a verdict where nothing leads to more than an action.
func (v verdict) weakened(most policy.Action) verdict {
	switch most {
	case policy.Warn:
		return verdict{warned: slices.Concat(v.denied, v.warned)}.sorted()
	case policy.Dryrun:
		return verdict{}
	default:
		return v
	}
}

// audited waits until Gatekeeper's audit has found the one object on the cluster that violates.
func (s *stage) audited(t *testing.T, exported []object.Object) {
	t.Helper()
	bad, findings := object.Parse("bad.yaml", []byte("{apiVersion: v1, kind: Pod, metadata: {name: bad, namespace: shop}, spec: {hostPID: true, containers: [{name: a, image: a}]}}"))
	if findings.Failed() {
		t.Fatal(findings.Err())
	}
	pods, err := s.resource(bad[0].Unstructured)
	if err == nil {
		_, err = pods.Create(t.Context(), bad[0].Unstructured, metav1.CreateOptions{})
	}
	if err != nil {
		t.Fatalf("with dryrun a bad Pod is let in: %v", err)
	}
	defer func() { _ = pods.Delete(t.Context(), "bad", metav1.DeleteOptions{}) }()
	for _, o := range exported {
		if o.GetKind() != "HostNamespaces" {
			continue
		}
		constraints, err := s.resource(o.Unstructured)
		if err != nil {
			t.Fatal(err)
		}
		if err := within(30*time.Second, func() error {
			u, err := constraints.Get(t.Context(), o.GetName(), metav1.GetOptions{})
			if err != nil {
				return err
			}
			if n, _, _ := unstructured.NestedInt64(u.Object, "status", "totalViolations"); n == 0 {
				return errElsewhere
			}
			return nil
		}); err != nil {
			t.Errorf("the audit does not find the Pod that dryrun let in: %v", s.manager.lastWords())
		}
	}
}
