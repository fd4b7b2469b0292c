package gatekeeper

import (
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// platform is a values repo with one app, whose Pods violate a policy that values exempt it from, and one of them another one
// that its own annotation names.
const platform = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: enforced}
spec:
  core: [{source: embedded, version: 0.1.0}, {source: .}]
  clusters: [{name: dev, domain: dev.example.com, contexts: [e2e]}]
-- env/values.yaml --
policyEnforcement: deny
policies:
  allowed-repos:
    parameters: {repos: [registry.example.com]}
    exempt: [{release: hello, reason: comes from elsewhere}]
  host-namespaces:
    excludedNamespaces: [trusted-*]
apps:
  hello:
    enabled: true
    patches:
      - target: {kind: Deployment}
        patch: |
          - {op: add, path: /metadata/annotations/otomi.io~1policy-ignore, value: host-namespaces}
          - {op: add, path: /spec/template/spec/hostPID, value: true}
`

// env is a values repo and a cluster.
type env struct {
	*testing.T
	dir        string
	kubeconfig string
}

func (e *env) run(program string, args ...string) rig.Result {
	e.Helper()
	return rig.Run(e.T, e.dir, []string{"KUBECONFIG=" + e.kubeconfig}, program, args...)
}

// otomi runs the plugin and wants an exit code.
func (e *env) otomi(code int, args ...string) rig.Result {
	e.Helper()
	r := e.run("kubectl-otomi", args...)
	if r.Code != code {
		e.Fatalf("kubectl otomi %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.Code, code, r.Stdout, r.Stderr)
	}
	return r
}

// enforce sets policyEnforcement and applies.
func (e *env) enforce(how string) rig.Result {
	e.Helper()
	rig.Write(e.T, e.dir, strings.Replace(platform, "policyEnforcement: deny", "policyEnforcement: "+how, 1))
	return e.otomi(0, "apply", "--yes", "--timeout", "3m", "--max-prune", "100%")
}

// pod tries a Pod that shares its node's process IDs, in a namespace.
func (e *env) pod(namespace string) rig.Result {
	e.Helper()
	return e.run("kubectl", "-n", namespace, "run", "bad", "--image=registry.example.com/a:1", "--dry-run=server", "--overrides",
		`{"spec": {"hostPID": true, "containers": [{"name": "bad", "image": "registry.example.com/a:1", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]}}`)
}

// TestWithoutGatekeeper: policies on a cluster where nothing would judge by them are refused, before anything is written.
func TestWithoutGatekeeper(t *testing.T) {
	cluster := rig.Start(t)
	e := &env{T: t, dir: t.TempDir(), kubeconfig: cluster.Kubeconfig}
	rig.Write(t, e.dir, platform)
	for _, command := range []string{"diff", "apply"} {
		args := []string{command}
		if command == "apply" {
			args = append(args, "--yes")
		}
		r := e.otomi(6, args...)
		for _, want := range []string{"no-gatekeeper: the cluster does not have Gatekeeper", "install Gatekeeper", "policyEnforcement: none"} {
			if !strings.Contains(r.Stderr, want) {
				t.Errorf("%s says %s\nwant %s", command, r.Stderr, want)
			}
		}
	}
	if r := e.run("kubectl", "get", "namespace", "hello"); r.Code == 0 {
		t.Error("the namespace of an app was made all the same")
	}
	e.enforce("none")
}

// TestApply is the whole: a repo that enforces its policies is applied, and the cluster refuses what validate would.
func TestApply(t *testing.T) {
	s := staged(t)
	e := &env{T: t, dir: t.TempDir(), kubeconfig: s.Kubeconfig}
	t.Cleanup(func() {
		e.otomi(0, "destroy", "--yes")
		s.release(t, nil)
	})
	for _, ns := range []string{"team", "trusted-team"} {
		s.makeNamespace(t, ns)
	}
	e.enforce("deny")
	if r := e.pod("team"); r.Code == 0 || !strings.Contains(r.Stderr, "[host-namespaces] pod: hostPID is true") {
		t.Errorf("a bad Pod: exit code %d\n%s%s\nwant it denied", r.Code, r.Stdout, r.Stderr)
	}
	if r := e.pod("trusted-team"); r.Code != 0 {
		t.Errorf("a bad Pod in an excluded namespace: %s", r.Stderr)
	}
	// The exempt app runs, though its Pods violate two policies, and goes on when they are made anew.
	if r := e.run("kubectl", "-n", "hello", "delete", "pod", "--all"); r.Code != 0 {
		t.Error(r.Stderr)
	}
	e.otomi(0, "status", "--wait", "--timeout", "1m")
	if r := e.otomi(0, "diff"); strings.Contains(r.Stdout, "update") {
		t.Errorf("a second diff: %s", r.Stdout)
	}

	e.enforce("warn")
	r := e.pod("team")
	if err := within(20*time.Second, func() error { r = e.pod("team"); return failed(r.Code) }); err != nil || !strings.Contains(r.Stderr, "Warning: [host-namespaces] pod: hostPID is true") {
		t.Errorf("a bad Pod that is warned of: exit code %d\n%s", r.Code, r.Stderr)
	}

	r = e.enforce("none")
	if want := "its Pods start anew: their template loses the annotation otomi.io/policy-ignore"; !strings.Contains(r.Stderr, want) {
		t.Errorf("apply says %s\nwant %s", r.Stderr, want)
	}
	if r := e.run("kubectl", "get", "constrainttemplates", "-o", "name"); strings.TrimSpace(r.Stdout) != "" {
		t.Errorf("what is left on the cluster: %s", r.Stdout)
	}
	if err := within(20*time.Second, func() error { r = e.pod("team"); return failed(r.Code + strings.Count(r.Stderr, "Warning")) }); err != nil {
		t.Errorf("a bad Pod where nothing is enforced: %s", r.Stderr)
	}
}

func failed(code int) error {
	if code == 0 {
		return nil
	}
	return errElsewhere
}
