package render

import (
	"path"
	"slices"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// locked compares an archive with the lock of the core that it is in: rendering reads no other bytes than were vendored.
func (r *renderer) locked(c *loadedChart) diag.Findings {
	if c.sha256 == "" || c.outside != nil { // who gives a chart from outside says what it is
		return nil
	}
	in, _ := r.Core.Find(c.path)
	lock, findings := r.lock(in)
	findings = slices.Clip(findings) // of all who ask
	if findings.Failed() {
		return findings
	}
	at := diag.Position{File: in.Display(c.path)}
	file := path.Base(c.path)
	e, ok := lock.Find(file)
	switch {
	case !ok:
		f := diag.Warningf("unlocked-chart", at, "%s is not in %s, so nobody would notice if it changed", file, archive.LockFile)
		findings = append(findings, f.WithHint("name it in charts/Chart.yaml and run `kubectl otomi core vendor`"))
	case e.SHA256 != c.sha256:
		f := diag.Errorf("chart-lock", at, "%s has sha256 %s, %s says %s", file, c.sha256, archive.LockFile, e.SHA256)
		findings = append(findings, f.WithNote(e.At, "the lock is from here").
			WithHint("restore it from git, or run `kubectl otomi core vendor` to fetch what the lock says"))
	}
	return findings
}

// lock reads the lock of a core, once.
func (r *renderer) lock(c core.Core) (archive.Lock, diag.Findings) {
	once, _ := r.locks.LoadOrStore(c.Name, sync.OnceValues(func() (archive.Lock, diag.Findings) {
		return archive.ReadLock(c.FS, core.Charts, c.Display)
	}))
	read, _ := once.(func() (archive.Lock, diag.Findings))
	return read()
}
