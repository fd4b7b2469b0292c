// Package vendoring brings the third-party charts that a core names in charts/Chart.yaml into its charts folder, as archives
// NAME-VERSION.tgz and a lock that says what their bytes are, so that rendering needs no network and always reads the same.
// A core's files and what Helm and docker know of repositories go in; what is to be written comes out, and Write writes it.
package vendoring

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Chart is an archive of the charts folder and what becomes of it.
type Chart struct {
	archive.Entry
	Change Change `json:"change"`
	Was    string `json:"was,omitempty"` // the version it replaces
}

// Change is what becomes of an archive.
type Change string

// What may become of an archive.
const (
	Kept     Change = "kept"     // it is there, and what the lock says
	Fetched  Change = "fetched"  // it was not there, or not what the lock says
	Upgraded Change = "upgraded" // it replaces another version
	Removed  Change = "removed"  // Chart.yaml asks for it no longer
)

// Result is what the charts folder is to hold.
type Result struct {
	Charts []Chart // by name and version

	lock  archive.Lock
	fresh map[string][]byte // archives to write, by name
}

// Resolve picks a version for every dependency and fetches what is not there. A version in the lock stays as long as
// Chart.yaml allows it, unless upgrade is set. Nothing is written, and nothing is asked of a repository when the lock and the
// archives answer.
func Resolve(ctx context.Context, fsys fs.FS, o Options, upgrade bool) (*Result, diag.Findings) {
	deps, found, findings := dependencies(fsys)
	lock, more := archive.ReadLock(fsys, core.Charts, func(name string) string { return name })
	findings = append(findings, more...)
	if !found && len(lock) == 0 {
		findings = append(findings, diag.Errorf("chart-dependency", diag.Position{File: ChartFile}, "the file does not exist: it lists the charts to fetch").
			WithHint("dependencies: [{name: podinfo, version: ^6.7, repository: https://stefanprodan.github.io/podinfo}]"))
	}
	if findings.Failed() {
		return nil, findings
	}
	v := vendor{fsys: fsys, repositories: newRepositories(o), lock: lock, upgrade: upgrade}
	picked := make([]pick, len(deps))
	var group errgroup.Group
	group.SetLimit(4)
	for i, d := range deps {
		group.Go(func() error {
			picked[i] = v.pick(ctx, d)
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the picks
	for _, p := range picked {
		findings = append(findings, p.findings...)
	}
	if findings.Failed() {
		return nil, findings
	}
	result, more := v.result(picked)
	return result, append(findings, more...)
}

// vendor is what the parts of one call share.
type vendor struct {
	fsys         fs.FS
	repositories *repositories
	lock         archive.Lock
	upgrade      bool
}

// pick is the archive for one dependency.
type pick struct {
	archive.Entry        // At is where Chart.yaml asks for it
	fresh         []byte // nil: the one in charts/ is right
	findings      diag.Findings
}

// pick finds the version for a dependency, and its bytes.
func (v *vendor) pick(ctx context.Context, d dependency) pick {
	locked, ok := d.locked(v.lock)
	if ok && !v.upgrade && v.intact(locked) {
		locked.At = d.At
		return pick{Entry: locked}
	}
	from, err := v.repositories.of(d.Repository)
	if err != nil {
		return pick{findings: diag.Findings{finding(d, err)}}
	}
	version := locked.Version
	if !ok || v.upgrade {
		if version, err = choose(ctx, from, d); err != nil {
			return pick{findings: diag.Findings{finding(d, err)}}
		}
	}
	data, err := from.fetch(ctx, d.Name, version)
	if err != nil {
		return pick{findings: diag.Findings{finding(d, err)}}
	}
	own, err := checkArchive(data, d.Name, version)
	if err != nil {
		return pick{findings: diag.Findings{finding(d, err)}}
	}
	p := pick{fresh: data, Entry: archive.Entry{Name: d.Name, Version: own, Repository: d.Repository, SHA256: archive.Digest(data), At: d.At}}
	before, known := v.lock.Find(p.File())
	switch {
	case !known || before.SHA256 == p.SHA256 || before.Repository != p.Repository:
	case v.upgrade:
		p.findings = append(p.findings, diag.Warningf("chart-lock", d.At, "%s is not what it was: its sha256 was %s and is %s", p.File(), before.SHA256, p.SHA256).
			WithHint("look at what has changed: a version that has been published does not change"))
	default:
		p.findings = append(p.findings, diag.Errorf("chart-lock", d.At, "the repository serves another %s than it did: sha256 %s, and %s says %s", p.File(), p.SHA256, archive.LockFile, before.SHA256).
			WithNote(before.At, "the lock is from here").
			WithHint("a version that has been published does not change; `--upgrade` takes the new one"))
	}
	return p
}

// intact reports whether the archive of an entry is there, and what the lock says.
func (v *vendor) intact(e archive.Entry) bool {
	data, err := fs.ReadFile(v.fsys, path.Join(core.Charts, e.File()))
	return err == nil && archive.Digest(data) == e.SHA256
}

// result puts the picks together, and what the lock had that nothing asks for.
func (v *vendor) result(picked []pick) (*Result, diag.Findings) {
	r := &Result{fresh: map[string][]byte{}}
	var findings diag.Findings
	at := map[string]pick{}
	for _, p := range picked {
		file := p.File()
		if other, twice := at[file]; twice {
			if other.SHA256 != p.SHA256 {
				findings = append(findings, diag.Errorf("chart-dependency", p.At, "%s comes from two repositories", file).WithNote(other.At, "the other one"))
			}
			continue
		}
		at[file] = p
		r.lock = append(r.lock, p.Entry)
		if p.fresh != nil && !v.intact(p.Entry) {
			r.fresh[file] = p.fresh
		}
	}
	r.lock.Sort()
	findings = append(findings, unlisted(v.fsys, append(slices.Clone(v.lock), r.lock...))...)
	v.changes(r, at)
	return r, findings
}

// changes says what becomes of each archive.
func (v *vendor) changes(r *Result, at map[string]pick) {
	for _, e := range r.lock {
		c := Chart{Entry: e, Change: Kept}
		if _, fresh := r.fresh[e.File()]; fresh {
			c.Change = Fetched
		}
		if before, ok := v.replaced(e, at); ok && c.Change == Fetched {
			c.Change, c.Was = Upgraded, before.Version
		}
		r.Charts = append(r.Charts, c)
	}
	for _, e := range v.lock {
		if _, kept := at[e.File()]; !kept {
			r.Charts = append(r.Charts, Chart{Entry: e, Change: Removed})
		}
	}
	slices.SortStableFunc(r.Charts, func(a, b Chart) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), archive.CompareVersions(a.Version, b.Version))
	})
}

// replaced is the one version that goes as another of the chart comes.
func (v *vendor) replaced(e archive.Entry, at map[string]pick) (archive.Entry, bool) {
	var gone []archive.Entry
	for _, old := range v.lock {
		if _, stays := at[old.File()]; old.Name == e.Name && !stays {
			gone = append(gone, old)
		}
	}
	if len(gone) != 1 {
		return archive.Entry{}, false
	}
	return gone[0], true
}

// unlisted are the archives that a lock does not know.
func unlisted(fsys fs.FS, lock archive.Lock) diag.Findings {
	var findings diag.Findings
	entries, err := fs.ReadDir(fsys, core.Charts)
	if err != nil {
		return nil //nolint:nilerr // without the folder there are none
	}
	for _, e := range entries {
		if _, listed := lock.Find(e.Name()); !listed && strings.HasSuffix(e.Name(), archive.Ext) {
			findings = append(findings, diag.Warningf("unlocked-chart", diag.Position{File: path.Join(core.Charts, e.Name())},
				"%s is not in %s", e.Name(), archive.LockFile).WithHint("name it in %s and run `kubectl otomi core vendor`, or remove it", ChartFile))
		}
	}
	return findings
}
