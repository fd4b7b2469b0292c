package render

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestLock(t *testing.T) {
	web := packed(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}", "web/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"})
	sum := archive.Digest(web)
	entry := func(name, sum string) string {
		return "  - {name: " + name + ", version: 1.0.0, repository: https://example.com, sha256: " + sum + "}\n"
	}
	zeros := strings.Repeat("a", 64)
	const hint = " (restore it from git, or run `kubectl otomi core vendor` to fetch what the lock says)"
	for _, tc := range []struct {
		name, lock string
		data       []byte
		want       string // the finding, "" for none
		severity   diag.Severity
	}{
		{"same", "charts:\n" + entry("web", sum), web, "", 0},
		{"other bytes", "charts:\n" + entry("web", zeros), web, "c/charts/web-1.0.0.tgz: web-1.0.0.tgz has sha256 " + sum + ", charts.lock says " + zeros + hint, diag.Error},
		{"corrupt", "charts:\n" + entry("web", sum), web[:100], "c/charts/web-1.0.0.tgz: web-1.0.0.tgz has sha256 " + archive.Digest(web[:100]) + ", charts.lock says " + sum + hint, diag.Error},
		{"no lock", "", web, "c/charts/web-1.0.0.tgz: web-1.0.0.tgz is not in charts.lock, so nobody would notice if it changed (name it in charts/Chart.yaml and run `kubectl otomi core vendor`)", diag.Warning},
		{"not in the lock", "charts:\n" + entry("other", sum), web, "c/charts/web-1.0.0.tgz: web-1.0.0.tgz is not in charts.lock, so nobody would notice if it changed (name it in charts/Chart.yaml and run `kubectl otomi core vendor`)", diag.Warning},
		{"bad lock", "charts:\n" + entry("web", "abc"), web, "c/charts/charts.lock:2:5: an entry has a name, a version, a repository and a sha256 of 64 digits (restore it from git, or delete it and run `kubectl otomi core vendor`)", diag.Error},
	} {
		t.Run(tc.name, func(t *testing.T) {
			charts := fstest.MapFS{"charts/web-1.0.0.tgz": {Data: tc.data}}
			if tc.lock != "" {
				charts["charts/charts.lock"] = &fstest.MapFile{Data: []byte(tc.lock)}
			}
			objects, findings := renderChart(t, charts, "web@1.0.0", "{}")
			var got string
			if len(findings) > 0 {
				got = findings[0].String()
			}
			if len(findings) > 1 || got != tc.want || got != "" && findings[0].Severity != tc.severity {
				t.Errorf("Objects found %v, want %q", findings, tc.want)
			}
			if rendered := len(objects) == 1; rendered == findings.Failed() {
				t.Errorf("Objects = %v, %v", objects, findings)
			}
		})
	}
}

// TestLockOfEachCore: an archive is compared with the lock beside it, not with that of a higher core.
func TestLockOfEachCore(t *testing.T) {
	web := packed(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}", "web/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ .Release.Name }}}}"})
	lock := func(sum string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("charts: [{name: web, version: 1.0.0, repository: https://example.com, sha256: " + sum + "}]")}
	}
	low := fstest.MapFS{"charts/web-1.0.0.tgz": {Data: web}, "charts/charts.lock": lock(archive.Digest(web))}
	high := fstest.MapFS{"charts/charts.lock": lock(strings.Repeat("a", 64))}
	in := input(t, nil)
	in.Core = core.Stack{{Name: core.Embedded, FS: low}, {Name: ".", FS: high}}
	two := []Release{{Name: "a", Namespace: "default", Chart: "web", Enabled: true, Runlevel: "10"}, {Name: "b", Namespace: "default", Chart: "web@1.0.0", Enabled: true, Runlevel: "10"}}
	if objects, findings := Objects(t.Context(), in, two); len(objects) != 2 || len(findings) > 0 {
		t.Errorf("Objects = %v, %v", objects, findings)
	}
	low["charts/charts.lock"] = lock(strings.Repeat("b", 64))
	in.Core = core.Stack{{Name: core.Embedded, FS: low}, {Name: ".", FS: high}}
	_, findings := Objects(t.Context(), in, two)
	if len(findings) != 1 || findings[0].At.File != "embedded:charts/web-1.0.0.tgz" || !findings.Failed() {
		t.Errorf("Objects found %v, want the difference once", findings)
	}
}
