package gator

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/report"
	"github.com/otomi/kubectl-otomi/internal/suite"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// outcomes are the lines of either tool's long output that say how something ended, without durations.
func outcomes(output string) []string {
	line := regexp.MustCompile(`(?m)^( *(?:=== SKIP |--- PASS:|--- FAIL:) .*?|(?:ok|skip|FAIL)\t.*?)(?:\t\(?[0-9.a-zµ]+\)?)?$`)
	var list []string
	for _, m := range line.FindAllStringSubmatch(output, -1) {
		list = append(list, strings.Replace(m[1], "skip\t", "ok\t", 1)) // gator has no word of its own for suites that are skipped
	}
	return list
}

// tested is what we say of all suites below a folder.
func tested(t *testing.T, dir, run string) string {
	t.Helper()
	filter, err := suite.NewFilter(run)
	if err != nil {
		t.Fatal(err)
	}
	fsys := os.DirFS(dir)
	suites, findings := suite.Find(fsys, suite.Target{Path: ".", Recursive: true, Show: func(file string) string { return filepath.Join(dir, file) }})
	if findings.Failed() {
		t.Fatalf("Find = %v", findings)
	}
	var r report.Tests
	for _, s := range suites {
		r.Suites = append(r.Suites, s.Run(t.Context(), suite.Options{FS: fsys, Filter: filter, Now: time.Now}))
	}
	var b strings.Builder
	if err := r.Write(&b, report.Text, true); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// verified is what gator says.
func verified(t *testing.T, dir string, args ...string) string {
	t.Helper()
	got := rig.Run(t, dir, nil, "gator", append([]string{"verify", dir + "/...", "-v"}, args...)...)
	if !strings.Contains(got.Stdout, "PASS\n") && !strings.Contains(got.Stdout, "FAIL\n") {
		t.Fatalf("gator verify: %s%s", got.Stdout, got.Stderr)
	}
	return got.Stdout
}

// TestSuites runs suites by gator verify and by us: every test and case passes, fails and is skipped alike. The first line of
// an archive may name flags.
func TestSuites(t *testing.T) {
	archives, err := filepath.Glob("testdata/suites/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no suites: %v", err)
	}
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := t.TempDir()
			rig.Write(t, dir, read(t, archive))
			compareSuites(t, dir, "")
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compareSuites(t *testing.T, dir, run string, args ...string) {
	t.Helper()
	if run != "" {
		args = append(args, "--run", run)
	}
	theirs, ours := verified(t, dir, args...), tested(t, dir, run)
	want, have := outcomes(theirs), outcomes(ours)
	if len(want) < 2 {
		t.Fatalf("gator says nothing, so that nothing is compared:\n%s", theirs)
	}
	t.Logf("%d outcomes", len(want))
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("outcomes differ (-gator +ours):\n%s\ngator:\n%s\nours:\n%s", diff, theirs, ours)
	}
}

// TestFilters picks tests and cases as gator's --run does.
func TestFilters(t *testing.T) {
	dir := t.TempDir()
	rig.Write(t, dir, read(t, "testdata/suites/basics.txtar"))
	for _, run := range []string{"yes", "^yes$", "counts", "counts//", "//yes", "counts//yes", "^counts$//^exactly$", "nothing", "nothing//", "//nothing", "//"} {
		t.Run(strings.ReplaceAll(run, "/", "|"), func(t *testing.T) { compareSuites(t, dir, run) })
	}
}

// TestEngines runs suites of templates that carry CEL as well as Rego: what passes with us passes by either engine of gator, and
// where gator's engines disagree, the case fails with us.
func TestEngines(t *testing.T) {
	dir := t.TempDir()
	rig.Write(t, dir, read(t, "testdata/engines.txtar"))
	native, rego := outcomes(verified(t, dir)), outcomes(verified(t, dir, "--enable-k8s-native-validation=false"))
	ours := tested(t, dir, "")
	have := outcomes(ours)
	if len(have) != len(native) || len(have) != len(rego) {
		t.Fatalf("outcomes differ in number:\nCEL  %q\nRego %q\nours %q", native, rego, have)
	}
	differing := 0
	for i, line := range have {
		want := native[i]
		if native[i] != rego[i] {
			differing++
			want = regexp.MustCompile(`^ok|PASS`).ReplaceAllString(native[i], "FAIL")
		}
		if line != want {
			t.Errorf("ours %q, gator %q by CEL and %q by Rego\n%s", line, native[i], rego[i], ours)
		}
	}
	if differing < 3 || !strings.Contains(ours, "the template's engines differ: CEL finds no violation; Rego finds 1: ") {
		t.Errorf("gator's engines differ in %d outcomes, and ours say:\n%s", differing, ours)
	}
}

// TestRequests asks templates of both engines, with constraints that match differently, about every request, and compares the very
// messages. That no number of violations is right makes both tools tell all of them.
func TestRequests(t *testing.T) {
	dir := t.TempDir()
	rig.Write(t, dir, read(t, "testdata/requests.txtar"))
	requests, err := filepath.Glob(filepath.Join(dir, "requests", "*.yaml"))
	if err != nil || len(requests) < 20 {
		t.Fatalf("requests: %v, %v", requests, err)
	}
	var tests []any
	for _, engine := range []string{"cel", "rego"} {
		for _, constraint := range []string{"all", "old", "selected", "scoped", "cluster"} {
			var cases []any
			for _, inventory := range [][]string{nil, {"blue.yaml"}} {
				for _, r := range requests {
					cases = append(cases, map[string]any{
						"name": fmt.Sprintf("%s of %d", filepath.Base(r), len(inventory)), "object": "requests/" + filepath.Base(r), "inventory": inventory,
						"assertions": []any{map[string]any{"violations": 999}},
					})
				}
			}
			tests = append(tests, map[string]any{"name": engine + " " + constraint, "template": engine + "-template.yaml", "constraint": constraint + ".yaml", "cases": cases})
		}
	}
	write(t, dir, "suite.yaml", map[string]any{"kind": "Suite", "apiVersion": "test.gatekeeper.sh/v1alpha1", "tests": tests})
	want, have := told(verified(t, dir)), told(tested(t, dir, ""))
	if len(want) < 300 {
		t.Fatalf("gator tells of %d cases", len(want))
	}
	t.Logf("%d cases", len(want))
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("messages differ (-gator +ours):\n%s", diff)
	}
}

// told are the messages of each case, as a list of words in order; other reasons to fail are each tool's own words.
func told(output string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^    --- FAIL: (.*)\t.*\n +(.*)$`).FindAllStringSubmatch(output, -1) {
		_, messages, found := strings.Cut(m[2], "got messages [")
		words := strings.FieldsFunc(message(messages), func(r rune) bool { return strings.ContainsRune(" ,[]", r) })
		slices.Sort(words)
		if !found {
			words = []string{"an error"}
		}
		list = append(list, m[1]+": "+strings.Join(words, " "))
	}
	return list
}

// TestTheirs runs the suites that Gatekeeper's own source has.
func TestTheirs(t *testing.T) {
	version := regexp.MustCompile(`(?m)^GATEKEEPER\s*:= (\S+)$`).FindStringSubmatch(read(t, "../../../tools/versions.mk"))
	if version == nil {
		t.Fatal("tools/versions.mk does not name Gatekeeper's version")
	}
	out, err := exec.Command("go", "mod", "download", "-json", version[1]).Output()
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &module)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("find %s: %w", version[1], err))
	}
	compareSuites(t, filepath.Join(module.Dir, "test", "gator", "verify"), "")
}
