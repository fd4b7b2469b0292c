package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// workspace is a values repo that a command works on: what all of its clusters share.
type workspace struct {
	fs       fs.FS
	repo     *repo.Repo
	loader   *values.Loader
	opener   core.Opener
	cores    cores
	flags    []values.Layer // --values and --set, low to high
	findings diag.Findings  // about the repo as a whole
	dir      string
	hermetic bool                           // charts may call nothing random
	learn    func(secrets, public []string) // is told what must not be shown, and which names may be
	texts    map[string][]byte              // of files that findings name

	allowKinds   []string // KIND.GROUP that nothing defines and that pass nevertheless
	policiesOnly bool     // objects are not held to schemas
	baseline     baselineFlags
	overrides    []inventory.Override // policies that the run does not obey
}

// renderFlags are the flags of every command that renders.
type renderFlags struct {
	values   []string
	set      []string
	releases []string
	selector string
	runlevel string
	secrets  string
	hermetic bool
	keyless  bool // go on with placeholders where no key at hand can read a file
}

// open reads otomi.yaml, the --values files and the --set flags.
func (a *app) open(f renderFlags) (*workspace, error) {
	fsys, err := openDisk(a.dir)
	if err != nil {
		return nil, diag.Findings{diag.Errorf("no-values-repo", diag.Position{}, "open %s: %v", a.dir, err).WithHint("name the folder of otomi.yaml with -C DIR")}
	}
	return a.openFS(f, fsys, func(p string) (fs.FS, error) { return openDisk(filepath.Join(a.dir, filepath.FromSlash(p))) })
}

// openFS opens the values repo at the root of a file system; dir opens a folder, relative to it.
func (a *app) openFS(f renderFlags, fsys fs.FS, dir func(string) (fs.FS, error)) (*workspace, error) {
	w := &workspace{fs: fsys, dir: a.dir, hermetic: f.hermetic, learn: a.hidden.add, texts: map[string][]byte{}}
	a.source = w.source
	w.repo, w.findings = repo.Load(w.fs, a.dir)
	if w.findings.Failed() {
		return nil, w.findings
	}
	w.findings = append(w.findings, w.repo.CheckVersion(version)...)
	w.findings = append(w.findings, w.repo.Unread(w.fs)...)
	_, findings := approvals(w.repo)
	w.findings = append(w.findings, findings...)
	_, findings = inventoryRef(w.repo)
	w.findings = append(w.findings, findings...)
	w.loader = &values.Loader{FS: w.fs}
	switch f.secrets {
	case "decrypt":
		w.loader.Decrypt, w.loader.Keyless = secrets.Decrypt, f.keyless
	case "placeholder":
	default:
		return nil, usagef("--secrets: want decrypt or placeholder, not %q", f.secrets)
	}
	_, err := fs.Stat(w.fs, ".sops.yaml")
	w.loader.Strict = !errors.Is(err, fs.ErrNotExist) // one that cannot be read is one
	w.opener = core.Opener{Embedded: otomi.Core, Dir: dir}
	for _, name := range f.values {
		layer, findings, err := a.valuesFile(name)
		if err != nil {
			return nil, err
		}
		w.flags, w.findings = append(w.flags, layer), append(w.findings, findings...)
	}
	layers, findings := values.Set(f.set)
	w.flags, w.findings = append(w.flags, layers...), append(w.findings, findings...)
	return w, w.findings.Err()
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// chosen opens the values repo and picks the clusters that the command is for.
func (a *app) chosen(f renderFlags) (*workspace, []*repo.Cluster, error) {
	w, err := a.open(f)
	if err != nil {
		return nil, nil, err
	}
	clusters, findings := w.repo.Choose(repo.Choice{Names: a.clusters, All: a.all, Current: a.currentContext()})
	w.findings = append(w.findings, findings...)
	return w, clusters, w.findings.Err()
}

// currentContext is the kubeconfig's, or "" where there is none.
func (a *app) currentContext() string {
	raw, err := a.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return ""
	}
	return raw.CurrentContext
}

// finish reports findings and turns them into the command's result.
func (a *app) finish(findings diag.Findings) error {
	a.report(findings)
	if findings.Failed() {
		return reported{findings}
	}
	return nil
}

// oneOf checks -o; the first format is the default.
func (a *app) oneOf(formats ...string) error {
	if a.output == "" {
		a.output = formats[0]
	}
	if !slices.Contains(formats, a.output) {
		return usagef("-o: want %s, not %q", strings.Join(formats, " or "), a.output)
	}
	return nil
}
