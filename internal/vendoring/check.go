package vendoring

import (
	"errors"
	"io/fs"
	"path"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Check compares charts/Chart.yaml, the lock and the archives with each other: every difference is a finding. It needs no
// network.
func Check(fsys fs.FS) diag.Findings {
	deps, _, findings := dependencies(fsys)
	lock, more := archive.ReadLock(fsys, core.Charts, func(name string) string { return name })
	if findings = append(findings, more...); findings.Failed() {
		return findings
	}
	wanted := map[string]bool{}
	for _, d := range deps {
		e, ok := d.locked(lock)
		if !ok {
			findings = append(findings, differs(d.At, "%s holds no %s %s of %s", archive.LockFile, d.Name, d.Version, d.Repository))
			continue
		}
		wanted[e.File()] = true
	}
	for _, e := range lock {
		if !wanted[e.File()] {
			findings = append(findings, differs(e.At, "%s no longer asks for %s %s", ChartFile, e.Name, e.Version))
		}
		findings = append(findings, compare(fsys, e)...)
	}
	for _, f := range unlisted(fsys, lock) {
		f.Severity = diag.Error
		findings = append(findings, f)
	}
	return findings
}

// compare compares an archive with its entry in the lock.
func compare(fsys fs.FS, e archive.Entry) diag.Findings {
	data, err := fs.ReadFile(fsys, path.Join(core.Charts, e.File()))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return diag.Findings{differs(e.At, "%s is missing", e.File())}
	case err != nil:
		return diag.Findings{diag.Errorf("chart-lock", e.At, "%v", err)}
	}
	if sum := archive.Digest(data); sum != e.SHA256 {
		return diag.Findings{differs(e.At, "%s has sha256 %s, the lock says %s", e.File(), sum, e.SHA256)}
	}
	return nil
}

func differs(at diag.Position, format string, args ...any) diag.Finding {
	return diag.Errorf("chart-lock", at, format, args...).WithHint("`kubectl otomi core vendor` brings them together")
}
