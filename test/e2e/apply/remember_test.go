package apply

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// random is a values repo whose charts make passwords and certificates, read the clock and look for what they made before.
func random(name, uid string) string {
	return strings.NewReplacer("NAME", name, "UID", uid).Replace(`
-- otomi.yaml --
apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: NAME}
spec:
  core: [{source: .}]
  clusters:
    - {name: NAME, contexts: [e2e], uid: UID}
-- env/values.yaml --
length: 20
other: true
-- platform/runlevels/10-a.yaml --
releases:
  - {name: NAME-a, namespace: NAME, chart: random, values: random.gotmpl}
  - {name: NAME-b, namespace: NAME, chart: random, values: random.gotmpl, enabled: {{ .Values.other }}}
  - {name: keep, namespace: NAME, chart: keep}
-- platform/values/random.gotmpl --
length: {{ .Values.length }}
-- charts/random/Chart.yaml --
{apiVersion: v2, name: random, version: 1.0.0}
-- charts/random/templates/a.yaml --
{{- $ca := genCA "root" 365 }}
{{- $cert := genSignedCert "web" nil (list "web.example.com") 365 $ca }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
  annotations: {made: {{ now | date "2006-01-02T15:04:05.999999999" | quote }}, roll: {{ randNumeric 9 | quote }}}
stringData:
  password: {{ randAlphaNum (int .Values.length) }}
  second: {{ tpl "{{ randAlphaNum (int .Values.length) }}" . }}
  login: {{ htpasswd "admin" "admin" }}
  id: {{ uuidv4 }}
  key: {{ genPrivateKey "ecdsa" | quote }}
  ca: {{ $ca.Cert | quote }}
  crt: {{ $cert.Cert | quote }}
  crtkey: {{ $cert.Key | quote }}
-- charts/keep/Chart.yaml --
{apiVersion: v2, name: keep, version: 1.0.0}
-- charts/keep/templates/a.yaml --
{{- $old := lookup "v1" "Secret" .Release.Namespace "keep" }}
apiVersion: v1
kind: Secret
metadata: {name: keep}
data:
  password: {{ if $old }}{{ $old.data.password }}{{ else }}{{ randAlphaNum 20 | b64enc }}{{ end }}
  seen: {{ len (lookup "v1" "Secret" "" "").items | toString | b64enc }}
  foreign: {{ len (lookup "v1" "Namespace" "" "kube-system") | toString | b64enc }}
`)
}

// data is what a Secret of the test's namespace holds.
func (e *env) data(namespace, name string) string {
	e.Helper()
	return e.kubectl("-n", namespace, "get", "secret", name, "-o", "jsonpath={.data}{.metadata.annotations.made}{.metadata.annotations.roll}{.metadata.resourceVersion}")
}

func (e *env) field(namespace, name, field string) string {
	e.Helper()
	return e.kubectl("-n", namespace, "get", "secret", name, "-o", "jsonpath={.data."+field+"}")
}

// untouched applies, which must send nothing that writes but the lock and the record.
func (e *env) untouched(args ...string) {
	e.Helper()
	for _, r := range e.requests(func() { e.otomi(0, append([]string{"apply"}, args...)...) }) {
		if r.writes() && !strings.Contains(r.RequestURI, "/namespaces/otomi-system/") {
			e.Errorf("an unchanged apply sent %s %s", r.Verb, r.RequestURI)
		}
	}
}

// TestRemember: what charts make at random stays what it is.
func TestRemember(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("random", uid))
	r := e.otomi(1, "diff")
	e.otomi(0, "apply")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	first, other := e.data("random", "random-a"), e.data("random", "random-b")
	password := e.field("random", "random-a", "password")
	if password == e.field("random", "random-a", "second") || password == e.field("random", "random-b", "password") {
		t.Error("two calls returned one password")
	}
	if strings.Contains(r.stdout, "BEGIN CERT") || strings.Contains(r.stdout, "admin:$2a") || !strings.Contains(r.stdout, "<redacted") {
		t.Errorf("diff shows what is to be made:\n%s", r.stdout)
	}

	kept := e.field("random", "keep", "password")
	e.otomi(0, "apply", "--yes") // keep's chart counts what is known now
	e.otomi(0, "diff")
	e.untouched()
	e.untouched("--release", "random-b")
	if got := e.data("random", "random-a"); got != first {
		t.Errorf("after further applies %s, want %s", got, first)
	}
	if got := e.field("random", "keep", "password"); got != kept {
		t.Error("lookup did not find the password")
	}
	if seen, foreign := e.field("random", "keep", "seen"), e.field("random", "keep", "foreign"); seen != "Mw==" || foreign != "MA==" {
		t.Errorf("lookup found %s Secrets and %s foreign namespaces, want 3 and 0 in base64", seen, foreign)
	}

	e.kubectl("-n", "random", "label", "secret", "keep", "applyset.kubernetes.io/part-of-")
	e.otomi(0, "apply")
	if got := e.field("random", "keep", "password"); got != kept {
		t.Error("lookup did not find the password in a Secret that lost the set's label")
	}

	// Another length is another password: somebody has to agree.
	e.write("-- env/values.yaml --\nlength: 21\nother: true\n")
	r = e.otomi(6, "apply", "--release", "random-a")
	if !strings.Contains(r.stderr, "release random-a gets something new from randAlphaNum: ") || strings.Contains(r.stderr, "release random-b") || e.data("random", "random-a") != first {
		t.Errorf("a new password without agreement: %s", r.stderr)
	}
	login := e.field("random", "random-a", "login")
	e.otomi(0, "apply", "--release", "random-a", "--yes")
	if e.field("random", "random-a", "password") == password || e.field("random", "random-a", "login") != login || e.data("random", "random-b") != other {
		t.Error("a changed argument changes what is made of it, and nothing else")
	}
	e.write("-- env/values.yaml --\nlength: 20\nother: true\n")
	e.untouched("--release", "random-b") // what was not selected is remembered
	if r := e.otomi(6, "apply"); !strings.Contains(r.stderr, "release random-a gets something new") || strings.Contains(r.stderr, "release random-b") {
		t.Errorf("what the narrowed run replaced is forgotten, what it left out is not: %s", r.stderr)
	}
}

// TestForget: with a release goes what it made, and without the inventory nobody knows.
func TestForget(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("forget", uid))
	e.otomi(0, "apply")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	password := e.field("forget", "forget-a", "password")

	// The object is lost, not what it held.
	e.kubectl("-n", "forget", "delete", "secret", "forget-a")
	e.otomi(0, "apply")
	if got := e.field("forget", "forget-a", "password"); got != password {
		t.Errorf("an object made anew has another password")
	}

	e.kubectl("-n", "otomi-system", "delete", "secret", "forget")
	r := e.otomi(6, "apply")
	if !strings.Contains(r.stderr, "what was returned before is not known") || e.field("forget", "forget-a", "password") != password {
		t.Errorf("new passwords without agreement after the inventory was lost: %s", r.stderr)
	}
	e.otomi(0, "apply", "--yes")

	other := e.field("forget", "forget-b", "password")
	for _, enabled := range []string{"false", "true"} {
		e.write("-- env/values.yaml --\nlength: 20\nother: " + enabled + "\n")
		e.otomi(0, "apply", "--yes")
	}
	if e.field("forget", "forget-b", "password") == other {
		t.Error("a release that was disabled has its old password")
	}
	password = e.field("forget", "forget-a", "password")
	e.otomi(0, "destroy", "--yes")
	e.otomi(0, "apply")
	if e.field("forget", "forget-a", "password") == password {
		t.Error("a set that was destroyed has its old password")
	}
}

// TestRememberTogether: of two first applies at the same time, both agree on what one made.
func TestRememberTogether(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("both", uid))
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	sent := e.requests(func() {
		var g sync.WaitGroup
		for range 2 {
			g.Go(func() {
				if r := e.run("kubectl-otomi", "apply"); r.code != 0 {
					t.Errorf("apply: exit code %d\n%s", r.code, r.stderr)
				}
			})
		}
		g.Wait()
	})
	patches := 0
	for _, r := range sent {
		if r.Verb == "patch" && strings.Contains(r.RequestURI, "/secrets/both-a?") && !strings.Contains(r.RequestURI, "dryRun") {
			patches++
		}
	}
	if patches != 1 {
		t.Errorf("two applies at the same time wrote the Secret %d times, want once", patches)
	}
	before := e.data("both", "both-a")
	e.otomi(0, "apply")
	if got := e.data("both", "both-a"); got != before {
		t.Error("after two applies at the same time, a third one makes other passwords")
	}
}

// TestRememberKilled: what a run that was killed has written, the next one does not change.
func TestRememberKilled(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("killed", uid))
	e.write(`
-- charts/random/templates/job.yaml --
apiVersion: batch/v1
kind: Job
metadata: {name: "{{ .Release.Name }}-waits"}
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {there: is-none}
      containers: [{name: x, image: "registry.example.com/x:1"}]
`)
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	cmd := exec.Command(plugin(), "apply")
	cmd.Dir, cmd.Env = e.dir, append(os.Environ(), "HOME="+e.dir, "KUBECONFIG="+e.cluster.kubeconfig)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.eventually("the Secret is made", func() bool { return !e.gone("-n", "killed", "secret", "killed-a") })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the run ended before it was killed")
	}
	before := e.data("killed", "killed-a")
	r := e.run("kubectl-otomi", "apply", "--timeout", "30s") // the lock of the dead takes half of it; nothing runs the Job
	if r.code != 3 || strings.Contains(r.stderr, "new-random-value") {
		t.Errorf("apply after a killed one: exit code %d\n%s", r.code, r.stderr)
	}
	password := strings.SplitN(before, "}", 2)[0]
	if got := e.data("killed", "killed-a"); !strings.HasPrefix(got, password) {
		t.Error("the apply after a killed one makes other passwords")
	}
	// That run has failed, and forgets nothing.
	e.write("-- charts/random/templates/job.yaml --\n")
	e.otomi(0, "apply", "--yes")
	if got := e.data("killed", "killed-a"); !strings.HasPrefix(got, password) {
		t.Error("the apply after a failed one makes other passwords")
	}
}

// TestRememberHides: a value that is made at random is in no message, whoever writes it.
func TestRememberHides(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("hides", uid))
	value := regexp.MustCompile(`[A-Za-z0-9]{24}`)
	for what, text := range map[string]string{
		"the API server":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Release.Name }}\", labels: {x: \"-{{ randAlphaNum 24 }}-\"}}\n",
		"the YAML parser": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {{ randAlphaNum 24 }}: x: y\n",
		"the chart":       "{{ fail (randAlphaNum 24) }}\n",
	} {
		e.write("-- charts/random/templates/x.yaml --\n" + text)
		for _, args := range [][]string{{"apply"}, {"apply", "-o", "jsonl"}, {"diff"}} {
			r := e.run("kubectl-otomi", args...)
			if r.code == 0 || !strings.Contains(r.stderr, "<redacted>") || value.MatchString(r.stdout+r.stderr) {
				t.Errorf("%s, kubectl otomi %v: exit code %d\n%s%s", what, args, r.code, r.stdout, r.stderr)
			}
		}
	}
}

// TestRememberMuch: more than a Secret holds is remembered in several.
func TestRememberMuch(t *testing.T) {
	e := newEnv(t, "")
	uid := e.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.write(random("much", uid))
	e.write(`
-- charts/random/templates/a.yaml --
{{- $all := "" }}{{ range until 200 }}{{ $all = print $all (randBytes 4096) }}{{ end }}
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {sum: {{ sha256sum $all | quote }}}
`)
	e.otomi(0, "apply")
	sums := func() string {
		return e.kubectl("-n", "much", "get", "configmap", "much-a", "much-b", "-o", "jsonpath={.items[*].data.sum}")
	}
	shards := func() string {
		return e.kubectl("-n", "otomi-system", "get", "secret", "--field-selector=type=otomi.io/inventory-shard", "-o", "name")
	}
	first := sums()
	if names := shards(); strings.Count(names, "secret/much-") < 3 {
		t.Errorf("2 MB are remembered in the shards %q", names)
	}
	e.otomi(0, "apply", "--yes")
	e.untouched()
	if got := sums(); got != first {
		t.Errorf("after further applies the sums are %s, want %s", got, first)
	}
	e.otomi(0, "destroy", "--yes")
	if names := shards(); strings.Contains(names, "secret/much-") {
		t.Errorf("destroy left %s", names)
	}
}
