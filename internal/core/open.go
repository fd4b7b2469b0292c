package core

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// File names a core's version; a core without it has none.
const File = "platform/platform.yaml"

// Embedded is the source that stands for the core inside the binary.
const Embedded = "embedded"

// Opener opens what sources name.
type Opener struct {
	Embedded fs.FS
	Dir      func(path string) (fs.FS, error) // a folder, relative to otomi.yaml
}

// document is platform/platform.yaml.
type document struct {
	APIVersion string `json:"apiVersion"` // otomi.io/v1alpha1
	Kind       string `json:"kind"`       // Core
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version     string `json:"version"`     // its own, a semantic version
		KubeVersion string `json:"kubeVersion"` // a range of Kubernetes versions
	} `json:"spec"`
}

// Open opens the sources of a core stack, low to high. kubeVersion is the cluster's, "" where otomi.yaml does not say.
func (o Opener) Open(sources []repo.CoreSource, kubeVersion string) (Stack, diag.Findings) {
	var stack Stack
	var findings diag.Findings
	for _, s := range sources {
		c, err := o.open(s)
		if err != nil {
			findings = append(findings, diag.Errorf("core-source", s.At, "open core %s: %v", s.Source, err))
			continue
		}
		doc, fs := c.read()
		findings = append(findings, fs...)
		c.Version, c.kube, c.from = doc.Spec.Version, doc.Spec.KubeVersion, s
		findings = append(findings, c.check(s)...)
		stack = append(stack, c)
	}
	return stack, append(findings, stack.Suits(kubeVersion)...)
}

// Suits finds the cores that do not run on a version of Kubernetes, which may be unknown: "". What distributors append to a
// version does not make it older.
func (s Stack) Suits(kubeVersion string) diag.Findings {
	var findings diag.Findings
	v, err := semver.NewVersion(kubeVersion)
	if err != nil {
		return nil //nolint:nilerr // others say what is wrong with it
	}
	plain := semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
	for _, c := range s {
		want, err := semver.NewConstraint(c.kube)
		switch {
		case c.kube == "":
		case err != nil:
			findings = append(findings, diag.Errorf("core-version", diag.Position{File: c.Display(File)}, "spec.kubeVersion: %q is no version range", c.kube))
		case !want.Check(plain):
			findings = append(findings, diag.Errorf("kube-version", c.from.At, "core %s needs Kubernetes %s, the cluster has %s", c.from.Source, c.kube, kubeVersion).
				WithHint("take a version of the core for it, or upgrade the cluster"))
		}
	}
	return findings
}

func (o Opener) open(s repo.CoreSource) (Core, error) {
	if s.Source == Embedded {
		return Core{Name: Embedded, FS: o.Embedded}, nil
	}
	if strings.HasPrefix(s.Source, "oci://") {
		return Core{}, errors.New("this version of the plugin reads cores from folders only; copy the core beside the values")
	}
	if path.IsAbs(s.Source) {
		return Core{}, errors.New("a path is relative to the folder of otomi.yaml")
	}
	fsys, err := o.Dir(s.Source)
	if err != nil {
		return Core{}, err
	}
	if _, err := fs.Stat(fsys, "."); err != nil {
		return Core{}, err
	}
	return Core{Name: strings.TrimPrefix(s.Source, "./"), FS: fsys}, nil
}

// read reads platform.yaml, if there is one.
func (c Core) read() (document, diag.Findings) {
	var doc document
	data, err := fs.ReadFile(c.FS, File)
	if errors.Is(err, fs.ErrNotExist) {
		return doc, nil
	}
	if err != nil {
		return doc, diag.Findings{diag.Errorf("core-source", diag.Position{File: c.Display(File)}, "%v", err)}
	}
	root, findings := source.Parse(c.Display(File), data)
	if root != nil && !findings.Failed() {
		findings = append(findings, source.Decode(root, &doc)...)
	}
	return doc, findings
}

// check compares the versions asked for with those there are.
func (c Core) check(s repo.CoreSource) diag.Findings {
	var findings diag.Findings
	switch {
	case s.Source == Embedded && s.Version == "":
		pin := diag.Infof("unpinned-core", s.At, "the embedded core is %s; otomi.yaml does not pin it", c.Version)
		if s.At.Line > 0 {
			pin = pin.WithHint("write version: %s beside source: embedded", c.Version)
		} else { // no line says so
			pin = pin.WithHint("write spec.core: [{source: embedded, version: %s}]", c.Version)
		}
		findings = append(findings, pin)
	case s.Version != "" && strings.TrimPrefix(s.Version, "v") != strings.TrimPrefix(c.Version, "v"):
		findings = append(findings, diag.Errorf("core-version", s.At, "otomi.yaml asks for version %s of core %s, this plugin carries %s", s.Version, s.Source, c.Version).
			WithHint("install version %s of the plugin, or write version: %s here", s.Version, c.Version))
	}
	return findings
}
