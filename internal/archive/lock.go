package archive

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// LockFile is the name of the lock in a core's charts folder.
const LockFile = "charts.lock"

// Entry is an archive that `kubectl otomi core vendor` fetched.
type Entry struct {
	Name       string        `json:"name"`
	Version    string        `json:"version"`
	Repository string        `json:"repository"` // as Chart.yaml writes it
	SHA256     string        `json:"sha256"`     // of the archive, in hexadecimal
	At         diag.Position `json:"-"`
}

// File is the name of the entry's archive.
func (e Entry) File() string { return File(e.Name, e.Version) }

// Lock are the entries of charts.lock, by name and version.
type Lock []Entry

type document struct {
	Charts Lock `json:"charts"`
}

const header = "# Written by kubectl otomi core vendor; do not edit.\n"

// ReadLock reads the lock of a charts folder; without one there are no entries. display is how messages name a file.
func ReadLock(fsys fs.FS, dir string, display func(string) string) (Lock, diag.Findings) {
	name := path.Join(dir, LockFile)
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf("chart-lock", diag.Position{File: display(name)}, "%v", err)}
	}
	root, findings := source.Parse(display(name), data)
	if root == nil || findings.Failed() {
		return nil, findings
	}
	var doc document
	if findings = append(findings, source.Decode(root, &doc)...); findings.Failed() {
		return nil, findings
	}
	files := map[string]bool{}
	for i := range doc.Charts {
		e := &doc.Charts[i]
		e.At = root.Get("charts").Items[i].At()
		switch {
		case !valid(*e):
			findings = append(findings, diag.Errorf("chart-lock", e.At, "an entry has a name, a version, a repository and a sha256 of 64 digits"))
		case files[e.File()]:
			findings = append(findings, diag.Errorf("chart-lock", e.At, "%s is listed twice", e.File()))
		}
		files[e.File()] = true
	}
	for i := range findings {
		findings[i].Hint = "restore it from git, or delete it and run `kubectl otomi core vendor`"
	}
	doc.Charts.Sort()
	return doc.Charts, findings
}

// ValidName reports whether a chart may be called so: its name is part of a file's.
func ValidName(name string) bool {
	return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`).MatchString(name)
}

func valid(e Entry) bool {
	_, err := semver.NewVersion(e.Version)
	return err == nil && ValidName(e.Name) && e.Repository != "" && regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(e.SHA256)
}

// Find returns the entry of an archive.
func (l Lock) Find(file string) (Entry, bool) {
	i := slices.IndexFunc(l, func(e Entry) bool { return e.File() == file })
	if i < 0 {
		return Entry{}, false
	}
	return l[i], true
}

// Sort orders the entries by name and version.
func (l Lock) Sort() {
	slices.SortFunc(l, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), CompareVersions(a.Version, b.Version))
	})
}

// CompareVersions orders versions as semver does, and those that differ in build metadata only by that.
func CompareVersions(a, b string) int {
	va, errA := semver.NewVersion(a)
	vb, errB := semver.NewVersion(b)
	if errA != nil || errB != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(va.Compare(vb), cmp.Compare(va.Metadata(), vb.Metadata()), cmp.Compare(a, b))
}

// Bytes is the lock as a file.
func (l Lock) Bytes() ([]byte, error) {
	text, err := yaml.Marshal(document{Charts: l})
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", LockFile, err)
	}
	return bytes.Join([][]byte{[]byte(header), text}, nil), nil
}
