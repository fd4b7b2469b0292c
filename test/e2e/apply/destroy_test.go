package apply

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestDestroyKeeps: what is protected stays, with its namespace and the inventory; without the protection the same command ends it.
func TestDestroyKeeps(t *testing.T) {
	e := newEnv(t, steps("kept"))
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "kept", "--yes")
	e.kubectl("-n", "kept", "annotate", "configmap", "first", "otomi.io/protect=true")
	if r := e.otomi(0, "destroy", "--inventory", "kept", "--dry-run=client"); !strings.Contains(r.stdout, "protected (otomi.io/protect)") {
		t.Errorf("the plan does not say what stays:\n%s", r.stdout)
	}
	r := e.otomi(6, "destroy", "--inventory", "kept", "--yes")
	for _, want := range []string{
		"stays, because of a rule:", "ConfigMap/kept/first: protected (otomi.io/protect)", "Namespace/kept: objects of the set stay in it",
		"destroy otomi-system/kept: 2 objects kept, and the inventory with it",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("destroy does not say %q:\n%s", want, r.stderr)
		}
	}
	if !strings.Contains(r.stdout, "Destroying: 2 kept, 1 pruned") || e.state("kept") != "Destroying" {
		t.Errorf("destroy leaves the set %s: %s", e.state("kept"), r.stdout)
	}
	if r := e.run("kubectl-otomi", "status", "--inventory", "kept"); !strings.Contains(r.stdout, "run 2 destroyed the set but for what a rule keeps") {
		t.Errorf("status does not say that the destroy has ended, and why:\n%s", r.stdout)
	}
	e.kubectl("-n", "kept", "get", "configmap", "first")
	e.kubectl("-n", "kept", "annotate", "configmap", "first", "otomi.io/protect-")
	e.otomi(0, "destroy", "--inventory", "kept", "--yes")
	if !e.gone("namespace", "kept") || !e.gone("-n", "otomi-system", "secret", "kept") {
		t.Error("without the protection destroy leaves something")
	}
}

// TestDestroyHangs: what does not go is named with its finalizer, whose it is and how it can be brought to go.
func TestDestroyHangs(t *testing.T) {
	e := newEnv(t, steps("hangs"))
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "hangs", "--yes")
	e.kubectl("-n", "hangs", "patch", "configmap", "second", "--type=merge", "-p", `{"metadata":{"finalizers":["example.com/stay","finalizers.fluxcd.io/x"]}}`)
	r := e.otomi(3, "destroy", "--inventory", "hangs", "--yes", "--timeout", "3s")
	patch := `kubectl patch configmaps second -n hangs --type=json -p '[{"op":"test","path":"/metadata/finalizers","value":["example.com/stay","finalizers.fluxcd.io/x"]},` +
		`{"op":"replace","path":"/metadata/finalizers","value":[]}]'`
	for _, want := range []string{"ConfigMap/hangs/second: Terminating: waits for finalizers example.com/stay, finalizers.fluxcd.io/x (of Flux)", patch} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("destroy does not say %q:\n%s", want, r.stderr)
		}
	}
	if got := e.state("hangs"); got != "Destroying" {
		t.Errorf("the state is %s, want Destroying", got)
	}
	for _, want := range []string{"finalizers.fluxcd.io/x (of Flux)", "run 2 could not destroy all of the set. Mend what keeps it, and run kubectl otomi destroy again"} {
		if r := e.run("kubectl-otomi", "status", "--inventory", "hangs"); !strings.Contains(r.stdout, want) {
			t.Errorf("status does not say %q:\n%s", want, r.stdout)
		}
	}
	if r := e.otomi(0, "inventory", "list"); !strings.Contains(r.stdout, "Destroying") {
		t.Errorf("inventory list does not show the destroy:\n%s", r.stdout)
	}
	// The command that it prints does what it says.
	e.kubectl("-n", "hangs", "patch", "configmaps", "second", "--type=json", "-p",
		`[{"op":"test","path":"/metadata/finalizers","value":["example.com/stay","finalizers.fluxcd.io/x"]},{"op":"replace","path":"/metadata/finalizers","value":[]}]`)
	e.otomi(0, "destroy", "--inventory", "hangs", "--yes")
}

// TestDestroyNamespaceHangs: an object that an approval lets go with its namespace has a finalizer.
func TestDestroyNamespaceHangs(t *testing.T) {
	e := newEnv(t, base("hollow"))
	e.otomi(0, "apply", "--yes")
	e.kubectl("-n", "hollow", "patch", "thing.hollow.example.com", "first", "--type=merge", "-p", `{"metadata":{"finalizers":["hollow.example.com/clean"]}}`)
	e.kubectl("-n", "hollow-extra", "create", "configmap", "theirs")
	e.kubectl("-n", "hollow-extra", "patch", "configmap", "theirs", "--type=merge", "-p", `{"metadata":{"finalizers":["example.com/theirs"]}}`)
	if r := e.otomi(6, "destroy", "--yes"); !strings.Contains(r.stderr, "ConfigMap/hollow-extra/theirs") || e.gone("-n", "hollow", "deployment", "web") {
		t.Errorf("destroy of a namespace with what is not the set's: %s", r.stderr)
	}
	repo, err := os.ReadFile(e.dir + "/otomi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e.write("-- otomi.yaml --\n" + string(repo) + "  approvals: [{rule: prune-namespace, objects: [Namespace/hollow-extra], reason: test}]\n")
	// A finalizer that nobody knows is compared with the kinds that the set's releases brought.
	r := e.otomi(3, "destroy", "--yes", "--timeout", "3s")
	if want := "hollow.example.com/clean is of release things, which runs nothing that this set knows of"; !strings.Contains(r.stderr, want) {
		t.Errorf("destroy does not say %q:\n%s", want, r.stderr)
	}
	if r := e.run("kubectl-otomi", "status"); !strings.Contains(r.stdout, "hollow.example.com/clean is of release things") {
		t.Errorf("status does not say whose the finalizer is:\n%s", r.stdout)
	}
	e.kubectl("-n", "hollow", "patch", "thing.hollow.example.com", "first", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	r = e.otomi(3, "destroy", "--yes", "--timeout", "20s")
	for _, want := range []string{"Namespace/hollow-extra: Terminating: some", "example.com/theirs in 1 resource instances", "kubectl get configmaps -n hollow-extra"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("destroy does not say %q:\n%s", want, r.stderr)
		}
	}
	e.kubectl("-n", "hollow-extra", "patch", "configmap", "theirs", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	e.otomi(0, "destroy", "--yes")
}

// stays keeps an object from being deleted.
const stays = `
-- policy.yaml --
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: tried}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: tried}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [configmaps], resourceNames: [second]}]
  validations: [{expression: "false", message: somebody needs it}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: tried}
spec: {policyName: tried, validationActions: [Deny]}
`

// TestDestroyTried: a destroy that is tried out on the server says what that has against it, and deletes nothing.
func TestDestroyTried(t *testing.T) {
	e := newEnv(t, steps("tried")+stays)
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "tried", "--yes")
	e.kubectl("apply", "-f", "policy.yaml")
	e.eventually("the policy is in force", func() bool {
		return e.run("kubectl", "delete", "configmap", "second", "-n", "tried", "--dry-run=server").code != 0
	})
	try := func(code int) (r result) {
		for _, sent := range e.requests(func() { r = e.otomi(code, "destroy", "--inventory", "tried", "--dry-run=server") }) {
			if sent.writes() && sent.Verb != "delete" { // those say in their body that they are dry runs
				t.Errorf("a destroy that is tried out sent %s %s", sent.Verb, sent.RequestURI)
			}
		}
		if there := e.kubectl("-n", "tried", "get", "configmap", "first", "second", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}"); there != "" {
			t.Errorf("a destroy that is tried out deletes: %s", there)
		}
		if got := e.state("tried"); got != "Ready" {
			t.Errorf("a destroy that is tried out leaves the set %s", got)
		}
		return r
	}
	if r := try(1); !strings.Contains(r.stderr, "somebody needs it") || !strings.Contains(r.stderr, "ConfigMap/tried/second") || strings.Contains(r.stderr, "tried/first:") {
		t.Errorf("it does not say what the server has against it: %s", r.stderr)
	}
	e.kubectl("delete", "-f", "policy.yaml")
	e.eventually("the policy is gone", func() bool {
		return e.run("kubectl", "delete", "configmap", "second", "-n", "tried", "--dry-run=server").code == 0
	})
	try(0)
	e.otomi(0, "destroy", "--inventory", "tried", "--yes")
}

// TestDestroyKilled: a destroy that was killed, and one that was interrupted, is shown as such and completed by the same command.
func TestDestroyKilled(t *testing.T) {
	e := newEnv(t, steps("half"))
	w := e.wire()
	again := []string{"destroy", "--inventory", "half", "--yes"}
	for name, signal := range map[string]os.Signal{"killed": os.Kill, "interrupted": os.Interrupt} {
		e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "half", "--yes")
		w.holding(func(r *http.Request) bool {
			return r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/configmaps/first")
		})
		s := e.start(w.kubeconfig, again...)
		<-w.held
		s.signal(signal)
		if signal == os.Interrupt {
			s.prints("nothing new is begun")
			w.release()
		}
		s.ends()
		if signal == os.Kill {
			w.release()
		}
		if got := e.state("half"); got != "Destroying" {
			t.Errorf("%s: the state is %s, want Destroying", name, got)
		}
		if r := e.otomi(0, "inventory", "list", "-n", "otomi-system"); !strings.Contains(r.stdout, "Destroying") {
			t.Errorf("%s: inventory list:\n%s", name, r.stdout)
		}
		if !e.gone("-n", "half", "configmap", "second") {
			t.Errorf("%s: the later runlevel was not deleted before", name)
		}
		e.otomi(0, again...)
		if !e.gone("namespace", "half") || !e.gone("-n", "otomi-system", "secret", "half") {
			t.Errorf("%s: the same command does not complete the destroy", name)
		}
	}
}

// TestRemoveNamespace has a cluster's otomi-system looked into, with what others put there, and refuses to delete it.
func TestRemoveNamespace(t *testing.T) {
	e := newEnv(t, steps("last"))
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "last", "--yes")
	e.kubectl("-n", "otomi-system", "create", "configmap", "theirs")
	r := e.otomi(6, "destroy", "--inventory", "last", "--yes", "--remove-namespace")
	if !strings.Contains(r.stderr, "ConfigMap/otomi-system/theirs") || e.gone("-n", "last", "configmap", "first") {
		t.Errorf("destroy --remove-namespace deleted something, or does not say what is in the namespace: %s", r.stderr)
	}
	e.kubectl("-n", "otomi-system", "delete", "configmap", "theirs")
	r = e.otomi(0, "destroy", "--inventory", "last", "--yes", "--remove-namespace")
	if !strings.Contains(r.stderr, "namespace otomi-system deleted") || !e.gone("namespace", "otomi-system") || !e.gone("namespace", "last") {
		t.Errorf("destroy --remove-namespace left something: %s", r.stderr)
	}
	if r := e.otomi(2, "destroy", "--inventory", "default/none", "--remove-namespace"); !strings.Contains(r.stderr, "not ours to delete") {
		t.Errorf("--remove-namespace of another namespace: %s", r.stderr)
	}

	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "last", "--yes")
	term := e.terminal("destroy", "--inventory", "last")
	term.sees("destroy otomi-system/last: delete ")
	term.sees("[y/N]")
	term.types("y\n")
	term.sees("delete the namespace?")
	term.types("n\n")
	term.ends(0)
	e.kubectl("get", "namespace", "otomi-system")
	e.otomi(0, "apply", "-f", "all.yaml", "--inventory", "last", "--yes")
	term = e.terminal("destroy", "--inventory", "last")
	term.sees("[y/N]")
	term.types("y\n")
	term.sees("delete the namespace?")
	term.types("y\n")
	term.ends(0)
	if !e.gone("namespace", "otomi-system") {
		t.Error("the namespace that somebody wants deleted is there")
	}
}

// TestSuspended: a run sleeps for longer than its lock lasts while another one works. When it wakes up it writes nothing.
func TestSuspended(t *testing.T) {
	e := newEnv(t, steps("asleep"))
	w := e.wire()
	apply := []string{"apply", "-f", "all.yaml", "--inventory", "asleep", "--yes", "--lock-expiry", "3s"}
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "asleep", "--yes") })
	e.otomi(0, apply...)
	manifest, err := os.ReadFile(e.dir + "/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		e.write("-- all.yaml --\n" + string(manifest) + "data: {by: " + text + "}\n")
	}
	write("first")
	// It is suspended when it has the lock and is about to look at the cluster.
	w.holding(func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/configmaps")
	})
	s := e.start(w.kubeconfig, apply...)
	<-w.held
	s.signal(syscall.SIGSTOP)
	w.release()
	write("second")
	e.otomi(0, apply...)
	state := func() string {
		return e.kubectl("get", "-n", "asleep", "configmaps", "-o", "name") +
			e.kubectl("get", "-n", "asleep", "configmap", "first", "second", "-o", `jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion}={.data.by} {end}`) +
			e.kubectl("get", "namespace", "asleep", "-o", "jsonpath={.metadata.resourceVersion}") + " " +
			e.kubectl("get", "-n", "otomi-system", "secret", "asleep", "-o", "jsonpath={.metadata.resourceVersion}") + " " +
			e.kubectl("get", "-n", "otomi-system", "lease", "asleep", "-o", "jsonpath={.metadata.resourceVersion}")
	}
	before := state()
	if !strings.Contains(before, "=second") {
		t.Errorf("the second run did not do its work: %s", before)
	}
	s.signal(syscall.SIGCONT)
	if status := s.ends(); status.ExitStatus() != 5 {
		t.Errorf("the run that was suspended ends with %v, want exit code 5\n%s", status.ExitStatus(), s.printed())
	}
	if after := state(); after != before {
		t.Errorf("the run that was suspended wrote something:\n%s\nbefore\n%s\n%s", after, before, s.printed())
	}
}
