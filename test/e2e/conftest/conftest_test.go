// Package conftest compares what rules written for conftest say of objects with what conftest says.
package conftest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

func TestMain(m *testing.M) {
	if _, err := os.Stat(rig.Bin("conftest")); err != nil {
		if os.Getenv("OTOMI_E2E") != "" {
			fmt.Fprintf(os.Stderr, "OTOMI_E2E is set, but bin/conftest is missing: make bin/conftest (%v)\n", err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, "skip: bin/conftest is missing")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// manifests writes each object to a file of its own, for conftest says only which file a message is about.
func manifests(t *testing.T, dir string) []object.Object {
	t.Helper()
	text, err := os.ReadFile("testdata/objects.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var objects []object.Object
	for i, document := range strings.Split(string(text), "---\n") {
		name := fmt.Sprintf("%d.yaml", i)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		list, findings := object.Parse(name, []byte(document))
		if len(findings) > 0 || len(list) != 1 {
			t.Fatalf("%s: %d objects, %v", name, len(list), findings)
		}
		objects = append(objects, list...)
	}
	return objects
}

func TestSame(t *testing.T) {
	for name, version := range map[string]string{"v1": "v1", "v0": "v0", "data": "v1"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			archive, err := os.ReadFile(filepath.Join("testdata", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			rig.Write(t, dir, string(archive))
			objects := manifests(t, dir)
			for _, all := range []bool{true, false} {
				want := byConftest(t, dir, version, len(objects), all)
				if len(want) < 5 {
					t.Fatalf("conftest finds only %q", want)
				}
				t.Logf("%d messages", len(want))
				if diff := cmp.Diff(want, byUs(t, dir, objects, all)); diff != "" {
					t.Errorf("messages differ, all packages: %t (-conftest +ours):\n%s", all, diff)
				}
			}
		})
	}
}

type result struct {
	Filename, Namespace            string
	Failures, Warnings, Exceptions []struct {
		Msg      string
		Metadata struct{ Query string }
	}
}

// byConftest is a line for each message: severity, file, rule, message. Of rules that are excepted there is one for each rule.
func byConftest(t *testing.T, dir, version string, files int, all bool) []string {
	t.Helper()
	args := []string{"test", "-p", "policy", fmt.Sprintf("--all-namespaces=%t", all), "-o", "json", "--no-fail", "--rego-version", version}
	if _, err := os.Stat(filepath.Join(dir, "data.yaml")); err == nil {
		args = append(args, "-d", "data.yaml")
	}
	for i := range files {
		args = append(args, fmt.Sprintf("%d.yaml", i))
	}
	got := rig.Run(t, dir, nil, "conftest", args...)
	var results []result
	if err := json.Unmarshal([]byte(got.Stdout), &results); err != nil {
		t.Fatalf("conftest: %v\n%s%s", err, got.Stdout, got.Stderr)
	}
	var lines []string
	for _, r := range results {
		for _, f := range r.Failures {
			lines = append(lines, fmt.Sprintf("error %s %s: %s", r.Filename, rule(f.Metadata.Query), f.Msg))
		}
		for _, w := range r.Warnings {
			lines = append(lines, fmt.Sprintf("warning %s %s: %s", r.Filename, rule(w.Metadata.Query), w.Msg))
		}
		for _, e := range r.Exceptions {
			lines = append(lines, fmt.Sprintf("excepted %s %s", r.Filename, r.Namespace+" "+e.Msg[strings.Index(e.Msg, "=="):]))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// rule is our name for what a query asks for.
func rule(query string) string {
	return strings.TrimPrefix(strings.TrimPrefix(query, "data."), "main.")
}

func byUs(t *testing.T, dir string, objects []object.Object, all bool) []string {
	t.Helper()
	policies, err := fs.Sub(os.DirFS(dir), "policy")
	if err != nil {
		t.Fatal(err)
	}
	set, findings := policy.LoadDir(policies, nil)
	if len(findings) > 0 {
		t.Fatalf("LoadDir = %v", findings)
	}
	if !all {
		if set, findings = set.MainOnly("policy"); findings.Failed() {
			t.Fatalf("MainOnly = %v", findings)
		}
	}
	var settings policy.Settings
	if text, err := os.ReadFile(filepath.Join(dir, "data.yaml")); err == nil {
		if err := yaml.Unmarshal(text, &settings.Data); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	checked := set.Check(t.Context(), objects, settings, time.Time{})
	for _, f := range checked.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", f.Severity, f.At.File, f.Rule, f.Message))
	}
	for _, f := range checked.Exempted {
		pkg, name := "main", f.Rule
		if i := strings.LastIndex(f.Rule, "."); i > 0 {
			pkg, name = f.Rule[:i], f.Rule[i+1:]
		}
		_, short, _ := strings.Cut(name, "_")
		lines = append(lines, fmt.Sprintf("excepted %s %s == %q", f.At.File, pkg, short))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestRefused has what conftest refuses refused by us, too.
func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"syntax":     "package main\ndeny contains msg if {",
		"unsafe":     "package main\ndeny contains msg if true",
		"recursion":  "package main\ndeny contains \"x\" if warn[_]\nwarn contains \"x\" if deny[_]",
		"function":   "package main\ndeny contains \"x\" if nothing(1)",
		"no message": "package main\ndeny contains {\"message\": \"x\"} if true",
		"conflict":   "package main\ndeny contains x\nx := 1\nx := 2 if input.kind",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rig.Write(t, dir, "-- policy/a.rego --\n"+text+"\n")
			objects := manifests(t, dir)
			theirs := rig.Run(t, dir, nil, "conftest", "test", "-p", "policy", "0.yaml")
			if !strings.Contains(theirs.Stderr, "Error:") {
				t.Fatalf("conftest does not refuse it: this case is wrong\n%s%s", theirs.Stdout, theirs.Stderr)
			}
			set, findings := policy.LoadDir(os.DirFS(filepath.Join(dir, "policy")), nil)
			if !findings.Failed() {
				findings = set.Check(t.Context(), objects[:1], policy.Settings{}, time.Time{}).Findings
			}
			for _, f := range findings {
				t.Log(f)
				if f.Rule == "policy-error" || strings.HasPrefix(f.Rule, "rego-") && f.At.File == "a.rego" && f.At.Line > 0 {
					return
				}
			}
			t.Errorf("LoadDir and Check = %v, want what conftest says: %s", findings, theirs.Stderr)
		})
	}
}
