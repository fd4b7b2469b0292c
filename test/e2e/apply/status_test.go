package apply

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// statusDocument is what scripts rely on.
type statusDocument struct {
	Inventory, Cluster, ClusterUID, State string
	Ready, Broken                         bool
	Counts                                struct{ Objects, Ready, Drifted int }
	Lock                                  *struct{ Holder string }
	LastRun                               struct {
		Number int
		Who    string
	}
	Releases []struct {
		Runlevel, Release, State, Reason string
		Objects, Ready, Drifted          int
	}
	Objects []struct {
		Object                                   struct{ Kind, Namespace, Name string }
		Release, Runlevel, Source, State, Reason string
		Created                                  time.Time
		Drift                                    []struct {
			Manager string
			Fields  []string
		}
	}
}

func (e *env) status(code int, args ...string) statusDocument {
	e.Helper()
	var d statusDocument
	r := e.run("kubectl-otomi", append([]string{"status", "-o", "json"}, args...)...)
	if code != anyCode && r.code != code {
		e.Fatalf("status %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		e.Fatal(err)
	}
	return d
}

// breakWeb makes the Pods of the Deployment wait for an image that there is not.
func (e *env) breakWeb(name string) {
	e.Helper()
	e.kubectl("-n", name, "patch", "deploy", "web", "--type=merge", "-p", `{"spec":{"template":{"metadata":{"annotations":{"devcluster.otomi.io/image-missing":"true"}}}}}`)
}

func (e *env) mendWeb(name string) {
	e.Helper()
	e.kubectl("-n", name, "patch", "deploy", "web", "--type=merge", "-p", `{"spec":{"template":{"metadata":{"annotations":{"devcluster.otomi.io/image-missing":null}}}}}`)
}

func TestStatus(t *testing.T) {
	e := newEnv(t, base("status"))
	if r := e.otomi(1, "status"); !strings.Contains(r.stderr, "nothing was applied under this name") {
		t.Errorf("status before the first apply: %s", r.stderr)
	}
	e.otomi(0, "apply", "--yes")
	r := e.otomi(0, "status")
	for _, want := range []string{`(?m)^LEVEL  RELEASE  OBJECT +STATE +AGE +REASON$`, `(?m)^20 +web +Deployment/status/web +Ready +\d+s *$`, `(?m)^otomi-system/status: Ready: 8 of 8 objects ready$`} {
		if !regexp.MustCompile(want).MatchString(r.stdout) {
			t.Errorf("status lacks %s:\n%s", want, r.stdout)
		}
	}
	d := e.status(0)
	if !d.Ready || d.Inventory != "otomi-system/status" || d.Cluster != "status" || d.ClusterUID == "" || d.Counts.Objects != 8 || d.Counts.Ready != 8 ||
		d.LastRun.Number != 1 || d.LastRun.Who == "" || len(d.Releases) != 3 || d.Lock != nil || d.Objects[0].Created.IsZero() || d.Objects[0].Source == "" {
		t.Errorf("status -o json = %+v", d)
	}

	e.kubectl("-n", "status", "scale", "deploy", "web", "--replicas=2")
	e.eventually("the second replica", func() bool { return e.status(anyCode).Ready })
	r = e.otomi(0, "status", "--problems")
	if !regexp.MustCompile(`(?s)^LEVEL[^\n]*\n20 +web +Deployment/status/web +Ready +\S+ +drifted\ndrift: Deployment/status/web: spec.replicas \(kubectl\)\notomi-system/status: Ready: 8 of 8 objects ready, 1 drifted\n$`).MatchString(r.stdout) {
		t.Errorf("status --problems of a drifted set:\n%s", r.stdout)
	}
	var y statusDocument
	if err := yaml.Unmarshal([]byte(e.otomi(0, "status", "-o", "yaml").stdout), &y); err != nil || y.Counts.Drifted != 1 || len(y.Objects) != 8 {
		t.Errorf("status -o yaml = %+v, %v", y, err)
	}
	if r := e.otomi(0, "status", "-o", "wide"); !regexp.MustCompile(`Deployment/status/web +Ready +\S+ +kubectl +web/web.yaml.gotmpl +drifted`).MatchString(r.stdout) {
		t.Errorf("status -o wide:\n%s", r.stdout)
	}

	e.breakWeb("status")
	e.eventually("the image is missing", func() bool { return strings.Contains(fmt.Sprint(e.status(anyCode).Releases), "cannot pull image") })
	r = e.otomi(3, "status")
	if !regexp.MustCompile(`Deployment/status/web +InProgress .*cannot pull image registry.example.com/web:1: ImagePullBackOff.*\(pod web-`).MatchString(r.stdout) {
		t.Errorf("status:\n%s", r.stdout)
	}
	if d := e.status(0, "--release", "extra"); d.Counts.Objects != 2 || len(d.Releases) != 1 {
		t.Errorf("status --release extra = %+v", d.Counts)
	}
	if d := e.status(0, "--runlevel", "10"); d.Counts.Objects != 3 {
		t.Errorf("status --runlevel 10 = %+v", d)
	}
	if r := e.otomi(2, "status", "--release", "wbe"); !strings.Contains(r.stderr, `did you mean "web"?`) {
		t.Errorf("status of a release that is not: %s", r.stderr)
	}
	e.otomi(3, "status", "--wait", "--timeout", "1s")
	e.mendWeb("status")
	if r := e.otomi(0, "status", "--wait", "--timeout", "1m"); !strings.Contains(r.stdout, "8 of 8 objects ready") {
		t.Errorf("status --wait:\n%s", r.stdout)
	}
	e.kubectl("-n", "status", "delete", "service", "web")
	if r := e.otomi(3, "status", "--problems"); !regexp.MustCompile(`Service/status/web +Missing +- +deleted since the last run`).MatchString(r.stdout) {
		t.Errorf("status of a deleted object:\n%s", r.stdout)
	}
	e.otomi(0, "destroy", "--yes")
}

// anyCode is for status whatever it says.
const anyCode = -1

// TestStatusByLabels asks the values repo for the labels of releases.
func TestStatusByLabels(t *testing.T) {
	e := newEnv(t, strings.Replace(base("labelled"), "{name: web, namespace: labelled, manifests: web}", "{name: web, namespace: labelled, manifests: web, labels: {team: blue}}", 1))
	e.otomi(0, "apply", "--yes")
	if d := e.status(0, "-l", "team=blue"); len(d.Releases) != 1 || d.Releases[0].Release != "web" {
		t.Errorf("status -l team=blue = %+v", d.Releases)
	}
	e.otomi(2, "status", "-l", "=x")
	e.otomi(0, "destroy", "--yes")
}

// TestStatusOfManyObjects shows releases instead of objects.
func TestStatusOfManyObjects(t *testing.T) {
	var many strings.Builder
	for i := range 60 {
		fmt.Fprintf(&many, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\n", i)
	}
	e := newEnv(t, base("many")+"-- platform/extra/many.yaml --\n"+many.String())
	e.otomi(0, "apply", "--yes")
	r := e.otomi(0, "status")
	if !regexp.MustCompile(`(?s)^LEVEL  RELEASE  STATE  READY  DRIFTED  REASON\n10 +things +Ready +3/3 +0 *\n20 +extra +Ready +62/62 +0 *\n20 +web +Ready +3/3 +0 *\notomi-system/many: Ready: 68 of 68 objects ready\n$`).MatchString(r.stdout) {
		t.Errorf("status of 68 objects:\n%s", r.stdout)
	}
	e.kubectl("-n", "many-extra", "delete", "configmap", "c1", "c2")
	r = e.otomi(3, "status")
	if !regexp.MustCompile(`(?m)^20 +extra +Missing +60/62 +0 +ConfigMap/many-extra/c1: deleted since the last run$`).MatchString(r.stdout) || !regexp.MustCompile(`(?m)^20 +extra +ConfigMap/many-extra/c2 +Missing`).MatchString(r.stdout) {
		t.Errorf("status of 68 objects, two deleted:\n%s", r.stdout)
	}
	if r := e.otomi(3, "status", "-o", "wide"); strings.Count(r.stdout, "\n") != 70 {
		t.Errorf("status -o wide:\n%s", r.stdout)
	}
	e.otomi(0, "destroy", "--yes")
}

// TestStatusOfAKilledRun names the run that is under way, and tells when there is none any more.
func TestStatusOfAKilledRun(t *testing.T) {
	e := newEnv(t, base("killed")+`-- platform/runlevels/15-slow.yaml --
releases:
  - {name: slow, namespace: killed, manifests: slow}
-- platform/slow/job.yaml --
apiVersion: batch/v1
kind: Job
metadata: {name: slow}
spec:
  template:
    metadata: {annotations: {devcluster.otomi.io/job-duration: 300s}}
    spec: {restartPolicy: Never, containers: [{name: m, image: "registry.example.com/m:1", resources: {requests: {cpu: 10m}, limits: {memory: 32Mi}}}]}
`)
	run := exec.Command(plugin(), "apply", "--yes")
	run.Dir, run.Env = e.dir, append(os.Environ(), "KUBECONFIG="+e.cluster.kubeconfig)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	e.eventually("the run waits for the Job", func() bool {
		r := e.run("kubectl-otomi", "status", "-o", "json")
		return strings.Contains(r.stdout, "0 of 1 completion done")
	})
	r := e.otomi(3, "status")
	if !regexp.MustCompile(`otomi-system/killed: Applying: .*\na run is under way: .*@`).MatchString(r.stdout) || !strings.Contains(r.stdout, "not made yet") {
		t.Errorf("status of a run under way:\n%s", r.stdout)
	}
	if d := e.status(3); d.Lock == nil || d.Broken {
		t.Errorf("status of a run under way = %+v", d)
	}
	_ = run.Process.Kill()
	_ = run.Wait()
	e.kubectl("-n", "otomi-system", "patch", "lease", "killed", "--type=merge", "-p", `{"spec":{"holderIdentity":null,"renewTime":null}}`)
	if r := e.otomi(3, "status"); !strings.Contains(r.stdout, "nobody holds the lock: it was killed. Run kubectl otomi apply again to go on") {
		t.Errorf("status of a killed run:\n%s", r.stdout)
	}
	if d := e.status(3); !d.Broken || d.State != "Applying" {
		t.Errorf("status of a killed run = %+v", d)
	}
	e.otomi(0, "destroy", "--yes")
}

// TestStatusWatch prints what changes: lines in a pipe, a screen on a terminal.
func TestStatusWatch(t *testing.T) {
	e := newEnv(t, base("watch"))
	e.otomi(0, "apply", "--yes")
	watch := exec.Command(plugin(), "status", "--watch")
	watch.Dir, watch.Env = e.dir, append(os.Environ(), "KUBECONFIG="+e.cluster.kubeconfig)
	var complaints strings.Builder
	watch.Stderr = &complaints
	out, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = watch.Process.Kill() })
	lines := bufio.NewScanner(out)
	until := func(what string) {
		t.Helper()
		for lines.Scan() {
			if regexp.MustCompile(what).MatchString(lines.Text()) {
				return
			}
		}
		t.Fatalf("status --watch ended before it said %s", what)
	}
	until(`^otomi-system/watch: Ready: 8 of 8 objects ready$`)
	screen := e.terminal("status", "--watch")
	screen.sees("8 of 8 objects ready")
	e.breakWeb("watch")
	until(`^\S+Z Deployment/watch/web InProgress: .*cannot pull image`)
	screen.sees("7 of 8 objects ready")
	screen.sees("cannot pull image")
	e.mendWeb("watch")
	until(`^\S+Z Deployment/watch/web Ready`)
	e.write("-- env/values.yaml --\nreplicas: 1\nextra: false\n")
	e.otomi(0, "apply", "--yes")
	until(`^\S+Z ConfigMap/watch-extra/extra is no longer in the set$`)
	screen.sees("6 of 6 objects ready")
	if err := watch.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { //nolint:revive // to its end
	}
	if err := watch.Wait(); watch.ProcessState.ExitCode() != 130 {
		t.Errorf("status --watch, interrupted: %v, want 130", err)
	}
	if strings.Contains(complaints.String(), "error") {
		t.Errorf("status --watch, interrupted, complains: %s", complaints.String())
	}
	screen.types(ctrlC)
	screen.ends(130)
	if strings.Contains(screen.shown(), "error") {
		t.Errorf("status --watch, interrupted on a terminal, complains: %s", screen.shown())
	}
	e.otomi(0, "destroy", "--yes")
}
