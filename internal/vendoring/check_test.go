package vendoring_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

// TestCheck finds every difference at once, without asking anybody.
func TestCheck(t *testing.T) {
	root := coreOf(t, "web ^1 https://example.com", "db ^2 https://example.com", "new * oci://example.com/charts", "web ^1 https://other.example.com")
	sum, zeros := archive.Digest([]byte("x")), strings.Repeat("a", 64)
	entry := func(name, version, sum string) string {
		return fmt.Sprintf("- {name: %s, version: %s, repository: https://example.com, sha256: %s}\n", name, version, sum)
	}
	write(t, filepath.Join(root.Name(), "charts/charts.lock"),
		"charts:\n"+entry("web", "1.0.0", sum)+entry("db", "1.0.0", sum)+entry("gone", "1.0.0", zeros)+entry("web", "1.2.0", zeros))
	for _, name := range []string{"web-1.0.0.tgz", "web-1.2.0.tgz", "db-1.0.0.tgz", "stray-1.0.0.tgz"} {
		write(t, filepath.Join(root.Name(), "charts", name), "x")
	}
	findings := vendoring.Check(root.FS())
	findings.Sort()
	var got []string
	for _, f := range findings {
		got = append(got, f.At.String()+" "+f.Severity.String()+" "+f.Rule+": "+f.Message)
	}
	if diff := cmp.Diff([]string{
		"charts/Chart.yaml:6:5 error chart-lock: charts.lock holds no db ^2 of https://example.com",
		"charts/Chart.yaml:7:5 error chart-lock: charts.lock holds no new * of oci://example.com/charts",
		"charts/Chart.yaml:8:5 error chart-lock: charts.lock holds no web ^1 of https://other.example.com",
		"charts/charts.lock:2:3 error chart-lock: charts/Chart.yaml no longer asks for web 1.0.0",
		"charts/charts.lock:3:3 error chart-lock: charts/Chart.yaml no longer asks for db 1.0.0",
		"charts/charts.lock:4:3 error chart-lock: charts/Chart.yaml no longer asks for gone 1.0.0",
		"charts/charts.lock:4:3 error chart-lock: gone-1.0.0.tgz is missing",
		"charts/charts.lock:5:3 error chart-lock: web-1.2.0.tgz has sha256 " + sum + ", the lock says " + zeros,
		"charts/stray-1.0.0.tgz error unlocked-chart: stray-1.0.0.tgz is not in charts.lock",
	}, got); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
}

// TestChartFile is what may be wrong with charts/Chart.yaml and charts.lock.
func TestChartFile(t *testing.T) {
	for _, tc := range []struct{ name, chart, lock, want string }{
		{"none", "", "", "charts/Chart.yaml: the file does not exist: it lists the charts to fetch (dependencies: [{name: podinfo, version: ^6.7, repository: https://stefanprodan.github.io/podinfo}])"},
		{"typo", "dependencies: [{name: a, version: 1.0.0, repo: https://x}]", "", `charts/Chart.yaml:1:42: dependencies[0].repo: unknown field "repo" (the fields are name, repository, version)`},
		{"alias", "dependencies: [{name: a, version: 1.0.0, repository: https://x, alias: b}]", "", `charts/Chart.yaml:1:65: dependencies[0].alias: unknown field "alias" (the fields are name, repository, version)`},
		{"number", "dependencies: [{name: a, version: 1.10, repository: https://x}]", "", `charts/Chart.yaml:1:35: dependencies[0].version: want a string, have the number 1.1 (write it in quotes)`},
		{"range", "dependencies: [{name: a, version: latest, repository: https://x}]", "", `charts/Chart.yaml:1:16: "latest" is no version and no range of versions: want one such as 1.2.3 or ^1.2`},
		{"no version", "dependencies: [{name: a, repository: https://x}]", "", `charts/Chart.yaml:1:16: "" is no version and no range of versions: want one such as 1.2.3 or ^1.2`},
		{"name", "dependencies: [{name: ../a, version: ^1, repository: https://x}]", "", `charts/Chart.yaml:1:16: "../a" is no name of a chart`},
		{"file", "dependencies: [{name: a, version: ^1, repository: file://../a}]", "", `charts/Chart.yaml:1:16: a has no repository that charts can be fetched from: want https://…, oci://… or @NAME of Helm's repositories.yaml (a chart of one's own is a folder charts/a)`},
		{"no repository", "dependencies: [{name: a, version: ^1}]", "", `charts/Chart.yaml:1:16: a has no repository that charts can be fetched from: want https://…, oci://… or @NAME of Helm's repositories.yaml (a chart of one's own is a folder charts/a)`},
		{"credentials", "dependencies: [{name: a, version: ^1, repository: https://u:hunter2@x}]", "", "charts/Chart.yaml:1:16: the repository of a holds a user name: credentials do not belong into a file of the core (`helm repo add` and `helm registry login` keep them where they are found)"},
		{"twice", "dependencies: [{name: a, version: ^1, repository: https://x}, {name: a, version: ^1, repository: https://x}]", "", "charts/Chart.yaml:1:63: a ^1 is listed twice"},
		{"alias of nobody", "dependencies: [{name: a, version: ^1, repository: \"@stable\"}]", "", `charts/Chart.yaml:1:16: Helm knows no repository "stable" (add it: helm repo add stable URL)`},
		{"syntax of the lock", "dependencies: []", "charts: {", "charts/charts.lock:"},
		{"lock with a path", "dependencies: []", "charts: [{name: ../x, version: 1.0.0, repository: https://x, sha256: " + strings.Repeat("a", 64) + "}]", "charts/charts.lock:1:10: an entry has a name, a version, a repository and a sha256 of 64 digits (restore it from git, or delete it and run `kubectl otomi core vendor`)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := coreOf(t)
			if err := root.Remove("charts/Chart.yaml"); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"Chart.yaml": tc.chart, "charts.lock": tc.lock} {
				if text != "" {
					write(t, filepath.Join(root.Name(), "charts", name), text)
				}
			}
			_, findings := vendor(t, root, options(), false)
			if len(findings) != 1 || !strings.HasPrefix(findings[0].String(), tc.want) {
				t.Errorf("Resolve found %v, want %s", findings, tc.want)
			}
		})
	}
}
