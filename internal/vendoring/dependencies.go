package vendoring

import (
	"errors"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// ChartFile lists the charts that a core takes from others, as Helm's Chart.yaml lists dependencies.
const ChartFile = core.Charts + "/Chart.yaml"

// dependency is a chart that Chart.yaml asks for.
type dependency struct {
	Name       string        `json:"name"`
	Version    string        `json:"version"` // a range
	Repository string        `json:"repository"`
	At         diag.Position `json:"-"`

	versions *semver.Constraints
}

// satisfied reports whether a version is one that the dependency asks for.
func (d dependency) satisfied(version string) bool {
	v, err := semver.NewVersion(version)
	return version == d.Version || err == nil && d.versions.Check(v)
}

// locked is the newest entry of a lock that the dependency can do with.
func (d dependency) locked(l archive.Lock) (archive.Entry, bool) {
	for _, e := range slices.Backward(l) {
		if e.Name == d.Name && e.Repository == d.Repository && d.satisfied(e.Version) {
			return e, true
		}
	}
	return archive.Entry{}, false
}

// chartFile is charts/Chart.yaml: Helm wants the other fields, nothing here reads them.
type chartFile struct {
	APIVersion   *source.Node `json:"apiVersion"`
	Name         *source.Node `json:"name"`
	Version      *source.Node `json:"version"`
	Type         *source.Node `json:"type"`
	Description  *source.Node `json:"description"`
	Dependencies []dependency `json:"dependencies"`
}

// dependencies reads charts/Chart.yaml; found says whether there is one.
func dependencies(fsys fs.FS) (deps []dependency, found bool, findings diag.Findings) {
	data, err := fs.ReadFile(fsys, ChartFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, true, diag.Findings{diag.Errorf("chart-dependency", diag.Position{File: ChartFile}, "%v", err)}
	}
	root, findings := source.Parse(ChartFile, data)
	if root == nil || findings.Failed() {
		return nil, true, findings
	}
	var doc chartFile
	if findings = append(findings, source.Decode(root, &doc)...); findings.Failed() {
		return nil, true, findings
	}
	seen := map[dependency]bool{}
	for i := range doc.Dependencies {
		d := &doc.Dependencies[i]
		key := *d
		d.At = root.Get("dependencies").Items[i].At()
		if seen[key] {
			findings = append(findings, diag.Errorf("chart-dependency", d.At, "%s %s is listed twice", d.Name, d.Version))
		}
		seen[key] = true
		findings = append(findings, d.check()...)
	}
	return doc.Dependencies, true, findings
}

func (d *dependency) check() diag.Findings {
	var findings diag.Findings
	fail := func(format string, args ...any) {
		findings = append(findings, diag.Errorf("chart-dependency", d.At, format, args...))
	}
	if !archive.ValidName(d.Name) {
		fail("%q is no name of a chart", d.Name)
	}
	var err error
	if d.versions, err = semver.NewConstraint(d.Version); err != nil || d.Version == "" {
		fail("%q is no version and no range of versions: want one such as 1.2.3 or ^1.2", d.Version)
	}
	if alias(d.Repository) != "" {
		return findings
	}
	u, err := url.Parse(d.Repository)
	switch {
	case err != nil || u.Host == "" || !slices.Contains([]string{"https", "http", "oci"}, u.Scheme):
		f := diag.Errorf("chart-dependency", d.At, "%s has no repository that charts can be fetched from: want https://…, oci://… or @NAME of Helm's repositories.yaml", d.Name)
		findings = append(findings, f.WithHint("a chart of one's own is a folder %s", path.Join(core.Charts, d.Name)))
	case u.User != nil:
		fail("the repository of %s holds a user name: credentials do not belong into a file of the core", d.Name)
		findings[len(findings)-1].Hint = "`helm repo add` and `helm registry login` keep them where they are found"
	}
	return findings
}

// alias is the name in Helm's repositories.yaml that a repository is given by, or "".
func alias(repository string) string {
	for _, prefix := range []string{"@", "alias:"} {
		if name, ok := strings.CutPrefix(repository, prefix); ok {
			return name
		}
	}
	return ""
}
