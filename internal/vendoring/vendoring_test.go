package vendoring_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

// TestAsHelm compares what is fetched with what helm dependency build fetches, from a repository that helm indexed.
func TestAsHelm(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0", "web@1.2.0", "web@1.10.0", "web@2.0.0-rc.1", "db@0.1.0+build.7", "db@0.1.0-alpha", "v@v3.1.0"), nil)
	for _, wanted := range [][]string{
		{"web ^1 U", "db * U"},
		{"web 1.2 U"},
		{"web ~1.2.0 U"},
		{"web >=1.0.0-0 U", "v 3 U"},
		{"web 2.0.0-rc.1 U", "db <0.1.0-beta U", "v v3.1.0 U"},
		{"web >=1.1 <2 U"},
		{"web 1.0.0 || 1.2.0 U"},
	} {
		for i := range wanted {
			wanted[i] = strings.Replace(wanted[i], "U", s.URL, 1)
		}
		root := coreOf(t, wanted...)
		if _, findings := vendor(t, root, options(), false); len(findings) > 0 {
			t.Errorf("%v: %v", wanted, findings)
			continue
		}
		home := t.TempDir()
		chart := filepath.Join(home, "chart")
		write(t, filepath.Join(chart, "Chart.yaml"), read(t, root, "Chart.yaml"))
		helm(t, "dependency", "build", chart, "--repository-config", home+"/r.yaml", "--repository-cache", home+"/cache")
		helms := map[string]string{}
		entries, _ := os.ReadDir(filepath.Join(chart, "charts"))
		for _, e := range entries {
			data, _ := os.ReadFile(filepath.Join(chart, "charts", e.Name()))
			helms[e.Name()] = archive.Digest(data)
		}
		ours := map[string]string{}
		for _, name := range files(t, root) {
			if strings.HasSuffix(name, ".tgz") {
				ours[name] = archive.Digest([]byte(read(t, root, name)))
			}
		}
		if diff := cmp.Diff(helms, ours); diff != "" || len(helms) != len(wanted) {
			t.Errorf("%v: charts differ (-helm +ours):\n%s", wanted, diff)
		}
	}
}

// TestLife follows a core: fetch, nothing to do, restore, upgrade, change of range, removal.
func TestLife(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0", "db@2.0.0"), nil)
	root := coreOf(t, "web ^1 "+s.URL, "db * "+s.URL)
	step := func(name string, upgrade bool, changes, requests []string) {
		t.Helper()
		got, findings := vendor(t, root, options(), upgrade)
		if len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
		if diff := cmp.Diff(changes, got); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(requests, s.requests()); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", name, diff)
		}
		if findings := vendoring.Check(root.FS()); len(findings) > 0 {
			t.Errorf("%s: Check found %v", name, findings)
		}
	}
	step("first", false, []string{"db-2.0.0.tgz fetched", "web-1.0.0.tgz fetched"}, []string{"/db-2.0.0.tgz", "/index.yaml", "/web-1.0.0.tgz"})
	want1 := "# Written by kubectl otomi core vendor; do not edit.\ncharts:\n" +
		"- name: db\n  repository: " + s.URL + "\n  sha256: " + archive.Digest(packed(t, "db", "2.0.0")) + "\n  version: 2.0.0\n" +
		"- name: web\n  repository: " + s.URL + "\n  sha256: " + archive.Digest(packed(t, "web", "1.0.0")) + "\n  version: 1.0.0\n"
	if diff := cmp.Diff(want1, read(t, root, "charts.lock")); diff != "" {
		t.Errorf("charts.lock (-want +got):\n%s", diff)
	}
	before, _ := root.Stat("charts/charts.lock")
	step("again", false, []string{"db-2.0.0.tgz kept", "web-1.0.0.tgz kept"}, nil)
	if after, _ := root.Stat("charts/charts.lock"); !after.ModTime().Equal(before.ModTime()) {
		t.Error("charts.lock was written although nothing changed")
	}

	s.add(t, all(t, "web@1.1.0"))
	step("a newer version", false, []string{"db-2.0.0.tgz kept", "web-1.0.0.tgz kept"}, nil)
	write(t, filepath.Join(root.Name(), "charts/web-1.0.0.tgz"), "damaged")
	step("restored", false, []string{"db-2.0.0.tgz kept", "web-1.0.0.tgz fetched"}, []string{"/index.yaml", "/web-1.0.0.tgz"})
	if err := root.Remove("charts/db-2.0.0.tgz"); err != nil {
		t.Fatal(err)
	}
	step("restored what was missing", false, []string{"db-2.0.0.tgz fetched", "web-1.0.0.tgz kept"}, []string{"/db-2.0.0.tgz", "/index.yaml"})
	step("upgrade", true, []string{"db-2.0.0.tgz kept", "web-1.0.0.tgz removed", "web-1.1.0.tgz upgraded 1.0.0"},
		[]string{"/db-2.0.0.tgz", "/index.yaml", "/web-1.1.0.tgz"})
	want(t, root, "web 1.0.0 "+s.URL, "web ~1.1 "+s.URL)
	step("two versions", false, []string{"db-2.0.0.tgz removed", "web-1.0.0.tgz fetched", "web-1.1.0.tgz kept"}, []string{"/index.yaml", "/web-1.0.0.tgz"})
	want(t, root)
	step("none", false, []string{"web-1.0.0.tgz removed", "web-1.1.0.tgz removed"}, nil)
	if diff := cmp.Diff([]string{"Chart.yaml", "charts.lock"}, files(t, root)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestAllOrNothing: one chart that cannot be had leaves the core as it was.
func TestAllOrNothing(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0", "web@2.0.0", "db@1.0.0"), nil)
	root := coreOf(t, "web ^1 "+s.URL)
	if _, findings := vendor(t, root, options(), false); len(findings) > 0 {
		t.Fatal(findings)
	}
	want(t, root, "web ^2 "+s.URL, "db ^9 "+s.URL, "none * "+s.URL)
	lock := read(t, root, "charts.lock")
	_, findings := vendor(t, root, options(), false)
	if len(findings) != 2 {
		t.Errorf("Resolve found %v, want both charts that are not there", findings)
	}
	if diff := cmp.Diff([]string{"Chart.yaml", "charts.lock", "web-1.0.0.tgz"}, files(t, root)); diff != "" || read(t, root, "charts.lock") != lock {
		t.Errorf("the core has changed: %s", diff)
	}
}

// TestWriteFails: what cannot be written leaves the core as it was.
func TestWriteFails(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0", "db@1.0.0"), nil)
	root := coreOf(t, "web ^1 "+s.URL, "db ^1 "+s.URL)
	result, findings := vendoring.Resolve(t.Context(), root.FS(), options(), false)
	if findings.Failed() {
		t.Fatal(findings)
	}
	if err := os.Mkdir(filepath.Join(root.Name(), "charts/.web-1.0.0.tgz.new"), 0o755); err != nil { // in the way
		t.Fatal(err)
	}
	if err := result.Write(root); err == nil || !strings.HasPrefix(err.Error(), "write charts/web-1.0.0.tgz: ") {
		t.Errorf("Write = %v", err)
	}
	for _, name := range files(t, root) {
		if name != "Chart.yaml" && !strings.HasSuffix(name, ".new") || name == ".db-1.0.0.tgz.new" {
			t.Errorf("Write left %s", name)
		}
	}
}

// TestLinkedFolder: a charts folder that leads elsewhere is not written to.
func TestLinkedFolder(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0"), nil)
	elsewhere := coreOf(t, "web ^1 "+s.URL)
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := os.Symlink(filepath.Join(elsewhere.Name(), "charts"), filepath.Join(root.Name(), "charts")); err != nil {
		t.Fatal(err)
	}
	if _, findings := vendor(t, root, options(), false); !findings.Failed() {
		t.Error("Resolve followed a link out of the core")
	}
	if got := files(t, elsewhere); len(got) != 1 {
		t.Errorf("files elsewhere: %v", got)
	}
}

// TestRepublished: a version whose bytes have changed is refused, and said when it is taken on purpose.
func TestRepublished(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0"), nil)
	root := coreOf(t, "web ^1 "+s.URL)
	if _, findings := vendor(t, root, options(), false); len(findings) > 0 {
		t.Fatal(findings)
	}
	old, other := archive.Digest(packed(t, "web", "1.0.0")), pack(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0, description: other}"})
	s.add(t, map[string][]byte{"web-1.0.0.tgz": other})
	if err := root.Remove("charts/web-1.0.0.tgz"); err != nil {
		t.Fatal(err)
	}
	_, findings := vendor(t, root, options(), false)
	message := "the repository serves another web-1.0.0.tgz than it did: sha256 " + archive.Digest(other) + ", and charts.lock says " + old
	if len(findings) != 1 || findings[0].Message != message || findings[0].At.String() != "charts/Chart.yaml:5:5" || findings[0].Notes[0].At.String() != "charts/charts.lock:3:3" {
		t.Errorf("Resolve found %v, want %s", findings, message)
	}
	changes, findings := vendor(t, root, options(), true)
	message = "web-1.0.0.tgz is not what it was: its sha256 was " + old + " and is " + archive.Digest(other)
	if len(findings) != 1 || findings[0].Message != message || findings.Failed() || changes[0] != "web-1.0.0.tgz fetched" {
		t.Errorf("Resolve found %v %v, want %s", findings, changes, message)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, all(t, "web@1.0.0"), func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
	})
	_, findings := vendoring.Resolve(ctx, coreOf(t, "web ^1 "+s.URL).FS(), options(), false)
	if !findings.Failed() || len(s.requests()) != 1 {
		t.Errorf("Resolve found %v", findings)
	}
}
