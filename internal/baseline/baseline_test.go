package baseline_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [%SIDE%{name: web, image: a}, {name: log, image: b}]}\n"

func objects(t *testing.T, text string) []object.Object {
	t.Helper()
	list, findings := object.Parse("pod.yaml", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	return list
}

func at(line int) diag.Position { return diag.Position{File: "pod.yaml", Line: line} }

func violation(line int, path, message string) diag.Finding {
	f := diag.Errorf("limits", at(line), "%s", message).WithPath(path)
	f.Object = "Pod/web"
	return f
}

// run is one run of the policies.
func run(t *testing.T, cluster, text string, findings ...diag.Finding) baseline.Run {
	t.Helper()
	return baseline.Run{Check: baseline.Policies, Cluster: cluster, Findings: findings, Rules: []string{"limits"}, Objects: objects(t, text)}
}

// again writes a file and reads it.
func again(t *testing.T, f *baseline.File) *baseline.File {
	t.Helper()
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, findings := baseline.Parse("baseline.yaml", text)
	if len(findings) > 0 {
		t.Fatalf("Parse(%s) = %v", text, findings)
	}
	return read
}

func lines(findings diag.Findings) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

func TestSort(t *testing.T) {
	plain, side := strings.ReplaceAll(pod, "%SIDE%", ""), strings.ReplaceAll(pod, "%SIDE%", "{name: first, image: c}, ")
	web, log := violation(4, "spec.containers[0].resources", "no limit"), violation(4, "spec.containers[1].resources", "no limit")
	loose, worse := violation(1, "", "a is bad"), violation(1, "", "b is bad")
	other := diag.Errorf("policy-error", at(1), "no verdict")
	other.Object = "Pod/web"
	note := web
	note.Severity = diag.Info
	for name, c := range map[string]struct {
		text          string
		before, after []diag.Finding
		others, known string
	}{
		"the same":     {plain, []diag.Finding{web, log}, []diag.Finding{web, log}, "", "web log"},
		"another line": {plain, []diag.Finding{web}, []diag.Finding{violation(90, web.Path, "no limit")}, "", "web"},
		"another message": {
			plain,
			[]diag.Finding{web},
			[]diag.Finding{violation(4, web.Path, "limit of 1Gi")},
			"pod.yaml:4: Pod/web: spec.containers[0].resources: limit of 1Gi\nbaseline.yaml:11:7: Pod/web: spec.containers[name=web].resources: limits is no longer found but still listed (write the file again: kubectl otomi validate --write-baseline)\n", "",
		},
		"a container before": {
			side,
			[]diag.Finding{web, log},
			[]diag.Finding{violation(4, "spec.containers[1].resources", "no limit"), violation(4, "spec.containers[2].resources", "no limit")},
			"", "web log",
		},
		"a new one":      {plain, []diag.Finding{web}, []diag.Finding{web, log}, "pod.yaml:4: Pod/web: spec.containers[1].resources: no limit\n", "web"},
		"one too many":   {plain, []diag.Finding{web}, []diag.Finding{web, web}, "pod.yaml:4: Pod/web: spec.containers[0].resources: no limit\n", "web"},
		"fixed":          {plain, []diag.Finding{web, log}, []diag.Finding{log}, "baseline.yaml:16:7: Pod/web: spec.containers[name=web].resources: limits is no longer found but still listed (write the file again: kubectl otomi validate --write-baseline)\n", "log"},
		"one fixed":      {plain, []diag.Finding{web, web}, []diag.Finding{web}, "baseline.yaml:11:7: Pod/web: spec.containers[name=web].resources: limits is listed 2 times, and 1 left (write the file again: kubectl otomi validate --write-baseline)\n", "web"},
		"no path":        {plain, []diag.Finding{loose}, []diag.Finding{loose}, "", "a"},
		"one for other":  {plain, []diag.Finding{loose}, []diag.Finding{worse}, "pod.yaml:1: Pod/web: b is bad\nbaseline.yaml:11:7: Pod/web: limits is no longer found but still listed (write the file again: kubectl otomi validate --write-baseline)\n", ""},
		"never known":    {plain, []diag.Finding{other, note}, []diag.Finding{other, note}, "pod.yaml:1: Pod/web: no verdict\npod.yaml:4: Pod/web: spec.containers[0].resources: no limit\n", ""},
		"nothing is new": {plain, nil, nil, "", ""},
	} {
		var f baseline.File
		f.Record(run(t, "dev", plain, c.before...))
		others, known := again(t, &f).Sort(run(t, "dev", c.text, c.after...))
		if diff := cmp.Diff(c.others, lines(others)); diff != "" {
			t.Errorf("%s: Sort, others (-want +got):\n%s", name, diff)
		}
		if len(known) != len(strings.Fields(c.known)) {
			t.Errorf("%s: Sort: %d known, want %s", name, len(known), c.known)
		}
		for _, k := range known {
			if last := k.Notes[len(k.Notes)-1]; last.At.File != "baseline.yaml" || last.Message != "known: the baseline lists it" {
				t.Errorf("%s: Sort: note %v", name, last)
			}
		}
		otherCluster, _ := again(t, &f).Sort(run(t, "prod", c.text, c.after...))
		if len(otherCluster) != len(c.after) {
			t.Errorf("%s: Sort in another cluster: %s", name, lines(otherCluster))
		}
	}
}

// TestUnsure needs what a run cannot know to be neither fixed nor known: of other checks, of what it did not judge.
func TestUnsure(t *testing.T) {
	plain := strings.ReplaceAll(pod, "%SIDE%", "")
	var f baseline.File
	f.Record(run(t, "", plain, violation(4, "spec", "x")))
	r := run(t, "", plain)
	r.Check = baseline.Manifests
	if others, _ := f.Sort(r); len(others) > 0 {
		t.Errorf("Sort of other checks: %s", lines(others))
	}
	r.Check = baseline.Policies
	r.Unsure = func(k baseline.Key) bool { return k.Rule == "limits" && k.Object == "Pod/web" && k.Path == "spec" }
	if others, _ := f.Sort(r); len(others) > 0 {
		t.Errorf("Sort of what is unsure: %s", lines(others))
	}
	r.Unsure = nil
	if others, _ := f.Sort(r); len(others) != 1 || others[0].Rule != baseline.Fixed {
		t.Errorf("Sort of what is fixed: %s", lines(others))
	}
	if others, known := (*baseline.File)(nil).Sort(run(t, "", plain, violation(4, "spec", "x"))); len(others) != 1 || known != nil {
		t.Error("without a file something is known")
	}
}

func TestEncode(t *testing.T) {
	list := strings.ReplaceAll(pod, "%SIDE%", "")
	hidden := violation(2, "", "the password is hunter22")
	secret := violation(1, "", "hunter22 again")
	secret.Object = "Secret/x/s"
	r := run(t, "dev", list, violation(4, "spec.containers[1]", "x"), violation(4, "spec.containers[1]", "y"), hidden, secret)
	r.Secrets = redact.New([]string{"hunter22"}, nil)
	dev, prod := &baseline.File{}, &baseline.File{}
	dev.Record(r)
	unlike := r
	unlike.Check, unlike.Findings = baseline.Manifests, diag.Findings{violation(1, "metadata", "x")}
	dev.Record(unlike)
	prod.Record(run(t, "prod", list, violation(4, "spec.containers[1]", "x"), violation(4, "spec.containers[1]", "y")))
	f := again(t, &baseline.File{})
	f.Replace("dev", prod) // has nothing of it
	f.Replace("dev", dev)
	f.Replace("prod", prod)
	text, err := again(t, f).Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `# Findings of "kubectl otomi validate" that are known and let pass; new ones fail. What is fixed has to leave this file:
# kubectl otomi validate --write-baseline writes it again.
apiVersion: otomi.io/v1alpha1
kind: Baseline
metadata:
  name: baseline
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  manifests:
    - rule: limits
      object: Pod/web
      path: metadata
      message: sha256:2d711642b726
      clusters: [dev]
  policies:
    - rule: limits
      object: Pod/web
      message: sha256:a50b530d12c3
      clusters: [dev]
    - rule: limits
      object: Pod/web
      path: spec.containers[name=log]
      message: sha256:2d711642b726
      clusters: [dev, prod]
    - rule: limits
      object: Pod/web
      path: spec.containers[name=log]
      message: sha256:a1fce4363854
      clusters: [dev, prod]
    - rule: limits
      object: Secret/x/s
      message: sha256:ed84a0715156
      clusters: [dev]
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("Encode (-want +got):\n%s", diff)
	}
	r.Secrets = redact.New([]string{"hunter23"}, nil)
	if others, _ := f.Sort(r); !strings.Contains(lines(others), "the password is hunter22") {
		t.Error("the digest in the file is that of the secret")
	}
	f.Replace("dev", &baseline.File{})
	if f.Len() != 2 {
		t.Errorf("Len = %d, want 2 of prod", f.Len())
	}
}

// TestSecret needs another violation by a Secret to be new, and a digest that nobody can try out what a short secret is.
func TestSecret(t *testing.T) {
	of := func(pin, message string) baseline.Run {
		f := diag.Errorf("limits", at(4), "%s", message)
		f.Object, f.Quiet = "Secret/s", true
		r := run(t, "", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {pin: '"+pin+"'}\n", f)
		r.Withheld = "not-here"
		return r
	}
	digest := func(r baseline.Run) string {
		var f baseline.File
		f.Record(r)
		text, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := digest(of("42", "pin 42 is weak"))
	for name, c := range map[string]struct {
		run  baseline.Run
		same bool
	}{
		"another secret":  {of("43", "pin 43 is weak"), true},
		"in base64":       {of("NDM=", "pin 43 is weak"), true},
		"without keys":    {of("not-here", "pin not-here is weak"), true},
		"another mistake": {of("42", "pin 42 is old"), false},
	} {
		if same := digest(c.run) == first; same != c.same {
			t.Errorf("%s: the same entry: %v, want %v", name, same, c.same)
		}
	}
}

// TestDigests needs a digest to be read as it was written, also where it looks like a number.
func TestDigests(t *testing.T) {
	plain := strings.ReplaceAll(pod, "%SIDE%", "")
	var list []diag.Finding
	for i := range 3000 {
		list = append(list, violation(4, "spec", strconv.Itoa(i)))
	}
	var f baseline.File
	f.Record(run(t, "", plain, list...))
	if others, known := again(t, &f).Sort(run(t, "", plain, list...)); len(others) > 0 || len(known) != len(list) {
		t.Errorf("Sort: %d known, want %d; others:\n%s", len(known), len(list), lines(others))
	}
}

func TestParseBad(t *testing.T) {
	const head = "apiVersion: otomi.io/v1alpha1\nkind: Baseline\nspec:\n  policies:\n"
	for text, want := range map[string]string{
		"": "", "null\n": "",
		"kind: [":                "b.yaml:",
		"kind: Deployment\n":     "b.yaml:1:1: this is no baseline: want apiVersion otomi.io/v1alpha1 and kind Baseline (write one with: kubectl otomi validate --write-baseline)\n",
		head + "    - rule: a\n": "b.yaml:5:7: an entry has a rule, an object and the digest of a message (write the file again: kubectl otomi validate --write-baseline)\n",
		head + "    - {rule: a, object: Pod/a, message: b, count: 0}\n":                                                  "b.yaml:5:51: count is how often it is found, one or more\n",
		head + "    - {rule: a, object: Pod/a, line: 3}\n":                                                               "b.yaml:5:32: line: unknown field \"line\" (the fields are clusters, count, message, object, path, rule)\n",
		head + "    - {rule: a, object: Pod/a, message: b}\n    - {object: Pod/a, rule: a, message: b}\n":                "b.yaml:6:7: the finding is listed twice\n",
		head + "    - {rule: a, object: Pod/a, message: b}\n    - {object: Pod/a, rule: a, message: b, clusters: [b]}\n": "",
		head + "    - {rule: a, object: Pod/a, clusters: dev}\n":                                                         "b.yaml:5:42: clusters: want a list, have the string \"dev\"\n",
		head + "    - {rule: a, object: Pod/a, path: spec}\n":                                                            "b.yaml:5:7: an entry has a rule, an object and the digest of a message (write",
		head + "    rule: a\n": "b.yaml:5:5: spec.policies: want a list, have the map\n",
		"apiVersion: otomi.io/v1alpha1\nkind: Baseline\nversion: 3\n": "b.yaml:3:1: version: unknown field \"version\" (the fields are apiVersion, kind, metadata, spec)\n",
	} {
		f, findings := baseline.Parse("b.yaml", []byte(text))
		if got := lines(findings); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("Parse(%q) = %s, want %s", text, got, want)
		}
		if (f == nil) != findings.Failed() {
			t.Errorf("Parse(%q) = %v with %v", text, f, findings)
		}
	}
}
