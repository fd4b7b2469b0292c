package apply

import (
	"strings"
	"testing"
)

// quoted is a set whose Secret others quote: a person in an annotation, a policy in what it says.
const quoted = `
-- all.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: quoted}
---
apiVersion: v1
kind: Secret
metadata: {name: secret, namespace: quoted}
stringData: {password: hunter22-quoted}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: paused, namespace: quoted}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: connection, namespace: quoted}
data: {to: "db:hunter22-quoted@host"}
-- policy.yaml --
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: quoted}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: quoted}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [configmaps], resourceNames: [connection]}]
  validations: [{expression: "false", messageExpression: "'it is needed for ' + oldObject.data.to"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: quoted}
spec: {policyName: quoted, validationActions: [Deny]}
`

// TestDestroySecrets: a destroy, which reads no manifests, shows nothing that the set's Secrets hold, whoever says it, and writes
// none of it into a plan; all the rest of what they say is there, also when the Secret is gone and the destroy goes on.
func TestDestroySecrets(t *testing.T) {
	e := newEnv(t, quoted)
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "quoted", "--yes")
	e.kubectl("-n", "quoted", "annotate", "configmap", "paused", "otomi.io/paused=do not touch hunter22-quoted")
	e.kubectl("apply", "-f", "policy.yaml")
	e.eventually("the policy is in force", func() bool {
		return e.run("kubectl", "delete", "configmap", "connection", "-n", "quoted", "--dry-run=server").code != 0
	})
	try := func(want string, args ...string) {
		t.Helper()
		r := e.run("kubectl-otomi", append([]string{"destroy", "--inventory", "quoted"}, args...)...)
		e.lacks(r.stdout, r.stderr)
		if !strings.Contains(r.stdout+r.stderr, want) {
			t.Errorf("destroy %v does not say %q:\n%s%s", args, want, r.stdout, r.stderr)
		}
	}
	try("do not touch <redacted>", "--dry-run=client")
	try("it is needed for db:<redacted>@host", "--dry-run=server")
	try("do not touch <redacted>", "--plan-out", "plan.yaml")
	if text := e.read("plan.yaml"); !strings.Contains(text, "do not touch") {
		t.Errorf("the plan does not say why the object stays:\n%s", text)
	} else {
		e.lacks(text)
	}
	try("it is needed for db:<redacted>@host", "--yes", "-o", "jsonl")
	e.eventually("the Secret is gone", func() bool { return e.gone("-n", "quoted", "secret", "secret") })
	try("it is needed for db:<redacted>@host", "--yes")
	e.kubectl("delete", "-f", "policy.yaml")
	e.kubectl("-n", "quoted", "annotate", "configmap", "paused", "otomi.io/paused-")
	e.eventually("the policy is gone", func() bool {
		return e.run("kubectl", "delete", "configmap", "connection", "-n", "quoted", "--dry-run=server").code == 0
	})
	e.otomi(0, "destroy", "--inventory", "quoted", "--yes")
}
