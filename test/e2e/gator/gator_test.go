// Package gator compares what constraints in a stream say of objects with what Gatekeeper's own command says: gator test over
// whole streams, gator verify over each object alone.
package gator

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

func TestMain(m *testing.M) {
	if _, err := os.Stat(rig.Bin("gator")); err != nil {
		if os.Getenv("OTOMI_E2E") != "" {
			fmt.Fprintf(os.Stderr, "OTOMI_E2E is set, but bin/gator is missing: make bin/gator (%v)\n", err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, "skip: bin/gator is missing")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func streams(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no streams in testdata/%s: %v", folder, err)
	}
	return names
}

func parse(t *testing.T, name string) []object.Object {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	objects, findings := object.Parse(filepath.Base(name), text)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return objects
}

// byUs is a line for each violation: severity, constraint, object, message.
func byUs(t *testing.T, objects []object.Object) []string {
	t.Helper()
	set, findings := policy.FromStream(objects)
	if len(findings) > 0 {
		t.Fatalf("FromStream = %v", findings)
	}
	var lines []string
	for _, f := range set.Check(t.Context(), objects, policy.Settings{}, time.Time{}).Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Rule, f.Object, message(f.Message)))
	}
	slices.Sort(lines)
	return lines
}

// message leaves out the words for what cannot be matched, which are each tool's own.
func message(text string) string {
	if strings.Contains(text, "namespaceSelector cannot be held") || strings.Contains(text, "unable to match constraints") {
		return "cannot be matched"
	}
	return text
}

type result struct {
	Msg               string
	Constraint        unstructured.Unstructured
	EnforcementAction string
	Scoped            []string `json:"scopedActions"`
	ViolatingObject   map[string]any
}

func (r result) severity() diag.Severity {
	heaviest := diag.Info
	for _, action := range append(r.Scoped, r.EnforcementAction) {
		switch action {
		case "deny":
			heaviest = diag.Error
		case "warn":
			heaviest = max(heaviest, diag.Warning)
		}
	}
	return heaviest
}

func byGator(t *testing.T, name string) []string {
	t.Helper()
	got := rig.Run(t, ".", nil, "gator", "test", "-f", name, "-o", "json")
	var results []result
	if err := json.Unmarshal([]byte(got.Stdout), &results); err != nil {
		t.Fatalf("gator test: %v\n%s%s", err, got.Stdout, got.Stderr)
	}
	var lines []string
	for _, r := range results {
		id := object.Object{Unstructured: &unstructured.Unstructured{Object: r.ViolatingObject}}.ID()
		lines = append(lines, fmt.Sprintf("%s %s/%s %s: %s", r.severity(), r.Constraint.GetKind(), r.Constraint.GetName(), id, message(r.Msg)))
	}
	slices.Sort(lines)
	return lines
}

// clusterWide are lines about objects in no namespace: gator test takes them for objects in a Namespace without a name, which
// neither gator verify nor Gatekeeper on a cluster does.
func clusterWide(line string) bool {
	return regexp.MustCompile(`^\w+ \S+ (\w[\w.]*/[^/\s]+): `).MatchString(line) && !regexp.MustCompile(`^\w+ \S+ Namespace/`).MatchString(line)
}

func TestSame(t *testing.T) {
	for _, name := range streams(t, "same") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := slices.DeleteFunc(byGator(t, name), clusterWide)
			have := slices.DeleteFunc(byUs(t, parse(t, name)), clusterWide)
			if len(want) == 0 {
				t.Fatal("gator finds nothing, so that nothing is compared")
			}
			t.Logf("%d violations", len(want))
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("violations differ (-gator +ours):\n%s", diff)
			}
		})
	}
}

// TestVerified has gator verify assert that each object violates each constraint just as we say: this many times, with
// these messages.
func TestVerified(t *testing.T) {
	for _, name := range append(streams(t, "verified"), streams(t, "same")...) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			objects := parse(t, name)
			dir := t.TempDir()
			cases := writeSuite(t, dir, objects, found(t, objects))
			got := rig.Run(t, ".", nil, "gator", "verify", filepath.Join(dir, "suite.yaml"))
			if got.Code != 0 {
				t.Errorf("gator verify disagrees:\n%s%s", got.Stdout, got.Stderr)
			}
			t.Logf("%d cases", cases)
		})
	}
}

// found are messages by constraint and object.
func found(t *testing.T, objects []object.Object) map[string][]string {
	t.Helper()
	set, findings := policy.FromStream(objects)
	if len(findings) > 0 {
		t.Fatalf("FromStream = %v", findings)
	}
	messages := map[string][]string{}
	for _, f := range set.Check(t.Context(), objects, policy.Settings{}, time.Time{}).Findings {
		messages[f.Rule+" "+f.Object] = append(messages[f.Rule+" "+f.Object], f.Message)
	}
	return messages
}

// writeSuite writes a suite with a test for each constraint and a case for each object that is not Gatekeeper's own.
func writeSuite(t *testing.T, dir string, objects []object.Object, messages map[string][]string) int {
	t.Helper()
	templates := map[string]string{}
	var subjects, inventory []string
	var expansions []string
	names := map[string]object.Object{}
	for i, o := range objects {
		file := fmt.Sprintf("%02d.yaml", i)
		write(t, dir, file, o.Object)
		names[file] = o
		switch {
		case o.GetKind() == "ConstraintTemplate":
			kind, _, _ := unstructured.NestedString(o.Object, "spec", "crd", "spec", "names", "kind")
			templates[kind] = file
		case o.GetKind() == "ExpansionTemplate":
			text, err := yaml.Marshal(o.Object)
			if err != nil {
				t.Fatal(err)
			}
			expansions = append(expansions, string(text))
		case !gatekeeper.Is(o):
			subjects = append(subjects, file)
		}
		inventory = append(inventory, file)
	}
	// gator test knows that every cluster has it, as we do.
	write(t, dir, "default.yaml", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "default"}})
	inventory = append(inventory, "default.yaml")
	if err := os.WriteFile(filepath.Join(dir, "expansions.yaml"), []byte(strings.Join(expansions, "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var tests []any
	for _, file := range slices.Sorted(maps.Keys(names)) {
		c := names[file]
		if templates[c.GetKind()] == "" || !gatekeeper.Is(c) {
			continue
		}
		var cases []any
		for _, subject := range subjects {
			id := names[subject].ID().String()
			cases = append(cases, map[string]any{
				"name": id, "object": subject, "inventory": inventory, "assertions": assertions(messages[c.GetKind()+"/"+c.GetName()+" "+id]),
			})
		}
		test := map[string]any{"name": c.GetKind() + "/" + c.GetName(), "template": templates[c.GetKind()], "constraint": file, "cases": cases}
		if len(expansions) > 0 {
			test["expansion"] = "expansions.yaml"
		}
		tests = append(tests, test)
	}
	write(t, dir, "suite.yaml", map[string]any{"kind": "Suite", "apiVersion": "test.gatekeeper.sh/v1alpha1", "metadata": map[string]any{"name": "ours"}, "tests": tests})
	return len(tests) * len(subjects)
}

func assertions(messages []string) []any {
	list := []any{map[string]any{"violations": len(messages)}}
	count := map[string]int{}
	for _, m := range messages {
		if message(m) == m {
			count[m]++
		}
	}
	for m, n := range count {
		list = append(list, map[string]any{"violations": n, "message": "^" + regexp.QuoteMeta(m) + "$"})
	}
	return list
}

func write(t *testing.T, dir, name string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}
