// Package patch changes what was rendered: patches of releases in kustomize's form, then image names by registry. Objects go
// in and come out with the release and source they had. A patch that matches nothing is a finding at its place.
package patch

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Patch is one entry of kustomize's `patches`: a strategic merge patch, or a JSON patch as a list of operations.
type Patch struct {
	Target  *Target         `json:"target"`  // optional where a strategic merge patch names its object
	Patch   string          `json:"patch"`   // the patch's text
	Path    string          `json:"path"`    // or a file of the core, relative to platform/; its reader fills Patch
	Options map[string]bool `json:"options"` // allowNameChange, allowKindChange
	At      diag.Position   `json:"-"`
}

// Target selects objects. Group, version, kind, name and namespace are regular expressions that match as a whole.
type Target struct {
	Group              string `json:"group,omitempty"`
	Version            string `json:"version,omitempty"`
	Kind               string `json:"kind,omitempty"`
	Name               string `json:"name,omitempty"`
	Namespace          string `json:"namespace,omitempty"`
	LabelSelector      string `json:"labelSelector,omitempty"`
	AnnotationSelector string `json:"annotationSelector,omitempty"`
}

// DecodeNode reads a patch and remembers where it stands.
func (p *Patch) DecodeNode(n *source.Node) diag.Findings {
	type fields Patch
	findings := source.Decode(n, (*fields)(p))
	p.At = n.At()
	if (p.Patch == "") == (p.Path == "") && !findings.Failed() {
		findings = append(findings, diag.Errorf("patch", p.At, "a patch has either patch or path"))
	}
	for name := range p.Options {
		if name != "allowNameChange" && name != "allowKindChange" {
			findings = append(findings, diag.Errorf("unknown-field", n.Get("options").At(), "unknown option %q", name).
				WithHint("the options are allowKindChange, allowNameChange"))
		}
	}
	return findings
}

// Set are the patches of one release, in order.
type Set struct {
	Release string
	Patches []Patch
}

// Rewrite replaces a registry, or a registry and path, that images begin with.
type Rewrite = repo.Rewrite

// Apply patches the objects of each release, and rewrites the images of all.
func Apply(objects []object.Object, sets []Set, images []Rewrite) ([]object.Object, diag.Findings) {
	var findings diag.Findings
	for _, s := range sets {
		if len(s.Patches) == 0 {
			continue
		}
		patched, f := release(objects, s)
		findings = append(findings, f...)
		if !f.Failed() {
			objects = patched
		}
	}
	return rewriteImages(objects, images), findings
}
