package apply

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// TestRollback: a rollback needs neither repo nor keys, passwords follow, and the next apply says what it brings back.
func TestRollback(t *testing.T) {
	e := newEnv(t, "")
	e.write(random("rolled", e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")))
	password := func(release string) string { return e.field("rolled", release, "password") }
	e.otomi(0, "apply")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	first, second := password("rolled-a"), password("rolled-b")
	e.write("-- env/values.yaml --\nlength: 21\nother: true\n")
	e.otomi(0, "apply", "--yes")
	longer := password("rolled-a")

	elsewhere := newEnv(t, "")
	elsewhere.otomi(0, "rollback", "1", "--inventory", "rolled", "--release", "rolled-a")
	if password("rolled-a") != first || password("rolled-b") == second {
		t.Error("a rollback of one release is about that release alone")
	}
	elsewhere.otomi(0, "rollback", "1", "--inventory", "rolled", "--yes")
	if password("rolled-a") != first || password("rolled-b") != second {
		t.Error("after a rollback the passwords are not those of the run")
	}

	// Going forward again brings the other passwords back, not new ones.
	r := e.otomi(0, "apply", "--yes")
	if !strings.Contains(r.stderr, "run 4 was a rollback to run 1 by ") || password("rolled-a") != longer {
		t.Errorf("the next apply does not say or do what it brings back: %s", r.stderr)
	}
	if r := e.otomi(0, "diff"); strings.Contains(r.stderr, "was a rollback") {
		t.Errorf("it says so again: %s", r.stderr)
	}

	// Reverting the values, too, keeps them.
	e.otomi(0, "rollback", "1", "--yes")
	e.write("-- env/values.yaml --\nlength: 20\nother: true\n")
	e.otomi(0, "apply") // a new password would need --yes
	if password("rolled-a") != first || password("rolled-b") != second {
		t.Error("an apply of what was rolled back to changed passwords")
	}

	r = e.otomi(0, "history")
	for _, secret := range []string{first, longer, second} {
		plain, err := base64.StdEncoding.DecodeString(secret)
		if err != nil || len(plain) < 20 {
			t.Fatalf("the password is %q, %v", plain, err)
		}
		if strings.Contains(r.stdout, secret) || strings.Contains(r.stdout, string(plain)) {
			t.Error("the history shows a password")
		}
	}
	if !strings.Contains(r.stdout, "rollback to run 1: kubectl otomi rollback 1 --yes") {
		t.Errorf("the history does not show the rollback:\n%s", r.stdout)
	}
}

// TestHistory: as many runs as otomi.yaml says can be rolled back to; of the others it is said why not, and which can.
func TestHistory(t *testing.T) {
	e := newEnv(t, `
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: past}
spec:
  core: [{source: .}]
  clusters: [{name: past, contexts: [e2e]}]
  history: 3
-- platform/runlevels/10-a.yaml --
releases: [{name: past, namespace: past, manifests: past}]
`)
	text := func(v string) string {
		return "-- platform/past/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: past}\ndata: {v: " + v + "}\n"
	}
	if r := e.otomi(1, "history"); !strings.Contains(r.stderr, "nothing was applied under this name") {
		t.Errorf("the history of nothing: %s", r.stderr)
	}
	for _, v := range []string{"one", "two", "three", "four"} {
		e.write(text(v))
		e.otomi(0, "apply", "--yes")
	}
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	var out struct {
		Runs []struct {
			Number   int
			State    string
			Rollback struct {
				Possible bool
				Reason   string
			}
		}
	}
	if err := json.Unmarshal([]byte(e.otomi(0, "history", "-o", "json").stdout), &out); err != nil || len(out.Runs) != 4 {
		t.Fatalf("history -o json has %d runs, %v", len(out.Runs), err)
	}
	for i, want := range []bool{false, true, true, true} {
		if r := out.Runs[i]; r.Number != i+1 || r.Rollback.Possible != want || (r.Rollback.Reason == "") != want {
			t.Errorf("run %d is %+v, want possible = %v and why", i+1, r, want)
		}
	}
	if r := e.otomi(1, "rollback", "1"); !strings.Contains(r.stderr, "runs that can be rolled back to: 2, 3, 4") {
		t.Errorf("a rollback to a run that was dropped says %s", r.stderr)
	}
	if r := e.otomi(2, "rollback", "99"); !strings.Contains(r.stderr, "the history has no run 99") {
		t.Errorf("a rollback to no run says %s", r.stderr)
	}
	if r := e.otomi(0, "rollback", "--dry-run=server"); !strings.Contains(r.stdout, "ConfigMap/past/past") || !strings.Contains(r.stderr, "going back to run 3") {
		t.Errorf("a dry run shows %s%s", r.stdout, r.stderr)
	}
	e.otomi(0, "rollback")
	if got := e.kubectl("-n", "past", "get", "cm", "past", "-o", "jsonpath={.data.v}"); got != "three" {
		t.Errorf("after a rollback the value is %s, want three", got)
	}
	e.untouchedBy("rollback", "3")
	e.write(text("three"))
	e.untouched()
}

// untouchedBy runs a command that must send nothing that writes but the lock and the record.
func (e *env) untouchedBy(args ...string) {
	e.Helper()
	for _, r := range e.requests(func() { e.otomi(0, args...) }) {
		if r.writes() && !strings.Contains(r.RequestURI, "/namespaces/otomi-system/") {
			e.Errorf("%v sent %s %s", args, r.Verb, r.RequestURI)
		}
	}
}
