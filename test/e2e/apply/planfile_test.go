package apply

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const planned = `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: NAME}
spec:
  core: [{source: .}]
  clusters:
    - {name: NAME, contexts: [e2e]}
-- env/values.yaml --
greeting: hello
password: hunter22-NAME
-- platform/runlevels/10-web.yaml --
releases:
  - {name: web, namespace: NAME, manifests: web}
-- platform/web/web.yaml.gotmpl --
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  greeting: {{ .Values.greeting }}
---
apiVersion: v1
kind: Secret
metadata: {name: secret}
stringData:
  password: {{ .Values.password }}
`

func newPlanEnv(t *testing.T, name string) *env {
	t.Helper()
	return newEnv(t, strings.ReplaceAll(planned, "NAME", name))
}

func (e *env) bye(name, password string) {
	e.Helper()
	e.write("-- env/values.yaml --\ngreeting: bye\npassword: " + password + "-" + name + "\n")
}

// lacks wants texts that hold no secret.
func (e *env) lacks(texts ...string) {
	e.Helper()
	for _, text := range texts {
		for _, secret := range []string{"hunter22", "hunter33", "aHVudGVy"} {
			if strings.Contains(text, secret) {
				e.Errorf("%s is shown:\n%s", secret, text)
			}
		}
	}
}

func (e *env) read(name string) string {
	e.Helper()
	text, err := os.ReadFile(filepath.Join(e.dir, name))
	if err != nil {
		e.Fatal(err)
	}
	return string(text)
}

// TestPlanFile: a saved plan is carried out without asking, once, and not after the cluster or the input has changed.
func TestPlanFile(t *testing.T) {
	const name = "planfile"
	e := newPlanEnv(t, name)
	r := e.otomi(0, "apply", "--plan-out", "plan.yaml")
	if !strings.Contains(r.stderr, "inventory otomi-system/planfile is in the cluster now") || !strings.Contains(r.stdout, "3 to create") {
		t.Errorf("apply --plan-out of a first plan says\n%s%s", r.stdout, r.stderr)
	}
	if !e.gone("ns", name) {
		t.Error("apply --plan-out has applied something")
	}
	e.lacks(r.stdout, r.stderr, e.read("plan.yaml"))
	if info, err := os.Stat(filepath.Join(e.dir, "plan.yaml")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the plan's file is %v, %v, want only its user to read it", info, err)
	}
	// It is a first apply to a cluster without a declared uid, which would ask: the plan is agreed to.
	e.otomi(0, "apply", "--plan", "plan.yaml")
	if r := e.otomi(6, "apply", "--plan", "plan.yaml"); !strings.Contains(r.stderr, "inventory otomi-system/planfile was written since") {
		t.Errorf("a plan that was carried out is refused with\n%s", r.stderr)
	}
	e.bye(name, "hunter33")
	r = e.otomi(0, "apply", "--plan-out", "plan.yaml")
	e.lacks(r.stdout, r.stderr, e.read("plan.yaml"))
	if strings.Contains(r.stderr, "is in the cluster now") {
		t.Errorf("apply --plan-out of a later plan says\n%s", r.stderr)
	}
	e.bye(name, "hunter22")
	if r = e.otomi(6, "apply", "--plan", "plan.yaml"); !strings.Contains(r.stderr, "Secret/planfile/secret: the plan says: update (changed); now nothing would happen") {
		t.Errorf("with other input it is refused with\n%s", r.stderr)
	}
	e.lacks(r.stdout, r.stderr)
	e.bye(name, "hunter33")
	e.kubectl("-n", name, "patch", "cm", "config", "--field-manager=kubectl-edit", "-p", `{"data":{"greeting":"other"}}`)
	if r = e.otomi(6, "apply", "--plan", "plan.yaml"); !strings.Contains(r.stderr, "ConfigMap/planfile/config: the cluster changed: somebody has written to it since") {
		t.Errorf("with another cluster it is refused with\n%s", r.stderr)
	}
	e.otomi(0, "apply", "--plan-out", "plan.yaml")
	e.otomi(0, "apply", "--plan", "plan.yaml")
	if got := e.kubectl("-n", name, "get", "cm", "config", "-o", "jsonpath={.data.greeting}"); got != "bye" {
		t.Errorf("after the plan was carried out the greeting is %s", got)
	}
	e.otomi(2, "apply", "--plan", "plan.yaml", "--plan-out", "other.yaml")
	e.otomi(2, "apply", "--plan", "plan.yaml", "--dry-run=server")
	e.otomi(1, "apply", "--plan", "otomi.yaml")
	e.otomi(0, "destroy", "--yes")
}

// TestPlanIsShownAlike: what diff shows of a plan is what apply shows of it, on both kinds of dry run and where it is saved.
func TestPlanIsShownAlike(t *testing.T) {
	const name = "alike"
	e := newPlanEnv(t, name)
	e.otomi(0, "apply", "--yes")
	e.bye(name, "hunter33")
	e.kubectl("-n", name, "patch", "cm", "config", "--field-manager=kubectl-edit", "-p", `{"data":{"greeting":"other"}}`)
	diff := e.otomi(1, "diff").stdout
	_, plan, found := strings.Cut(diff, "\n\nOP ")
	if !found || !strings.Contains(diff, "update ConfigMap/alike/config") || !strings.Contains(diff, "  data.greeting: set by kubectl-edit on 2") {
		t.Errorf("the diff shows\n%s", diff)
	}
	for _, args := range [][]string{{"--dry-run=client"}, {"--dry-run=server"}, {"--plan-out", "plan.yaml"}} {
		if got := e.otomi(0, append([]string{"apply"}, args...)...).stdout; got != "OP "+plan {
			t.Errorf("apply %s shows\n%s\nand diff\nOP %s", args[0], got, plan)
		}
	}
	e.lacks(diff)
	if !strings.Contains(diff, "-  password: <redacted:") || !strings.Contains(diff, "+  password: <redacted:") {
		t.Errorf("the diff does not show that the password changes:\n%s", diff)
	}
	e.otomi(0, "destroy", "--yes")
}

// TestExternalDiff: the program of KUBECTL_EXTERNAL_DIFF gets both sides as kubectl diff gives them, and its exit code counts.
func TestExternalDiff(t *testing.T) {
	const name = "external"
	e := newPlanEnv(t, name)
	e.otomi(0, "apply", "--yes")
	e.bye(name, "hunter33")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	script := filepath.Join(t.TempDir(), "differ")
	text := "#!/bin/sh\necho \"$@\"\nstat -c '%a %F' \"$2\" \"$3\"\ndiff -ruN \"$2\" \"$3\"\ncode=$?\n[ -z \"$WANT\" ] || exit $WANT\nexit $code\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // it has to run
		t.Fatal(err)
	}
	t.Setenv("KUBECTL_EXTERNAL_DIFF", script+" --word $(touch${IFS}owned)")
	r := e.otomi(1, "diff")
	for _, want := range []string{"--word " + temp + "/LIVE-", " " + temp + "/MERGED-", "700 directory\n700 directory", "/v1.ConfigMap.external.config", "-  greeting: hello\n+  greeting: bye", "password: <redacted:"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("KUBECTL_EXTERNAL_DIFF: the output lacks %q:\n%s", want, r.stdout)
		}
	}
	if !strings.Contains(r.stderr, "2 to update") {
		t.Errorf("KUBECTL_EXTERNAL_DIFF: no plan on stderr:\n%s", r.stderr)
	}
	e.lacks(r.stdout, r.stderr)
	for code, want := range map[string]int{"0": 0, "1": 1, "3": 2} {
		t.Setenv("WANT", code)
		e.otomi(want, "diff")
	}
	t.Setenv("KUBECTL_EXTERNAL_DIFF", "/no/such/program")
	r = e.otomi(2, "diff")
	if want := "run KUBECTL_EXTERNAL_DIFF (/no/such/program): no such file or directory\ncorrect KUBECTL_EXTERNAL_DIFF: name a program that is installed\n"; !strings.Contains(r.stderr, want) {
		t.Errorf("KUBECTL_EXTERNAL_DIFF: stderr is %s, want %s", r.stderr, want)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the folder for temporary files: %v, %v", left, err)
	}
	t.Setenv("KUBECTL_EXTERNAL_DIFF", "")
	e.otomi(0, "destroy", "--yes")
}
