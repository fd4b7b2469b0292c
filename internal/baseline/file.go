package baseline

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

const (
	apiVersion = "otomi.io/v1alpha1"
	kind       = "Baseline"
	syntax     = "baseline-syntax"
)

// header tells whoever opens the file what it is.
const header = `# Findings of "kubectl otomi validate" that are known and let pass; new ones fail. What is fixed has to leave this file:
# kubectl otomi validate --write-baseline writes it again.
`

// written is a finding in the file.
type written struct {
	Rule     string   `json:"rule" yaml:"rule"`
	Object   string   `json:"object" yaml:"object"`
	Path     string   `json:"path" yaml:"path,omitempty"`
	Message  string   `json:"message" yaml:"message"`
	Count    int      `json:"count" yaml:"count,omitempty"` // 0: once
	Clusters []string `json:"clusters" yaml:"clusters,omitempty,flow"`
}

// document is the file as it is read.
type document struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		Manifests []*source.Node `json:"manifests"`
		Policies  []*source.Node `json:"policies"`
	} `json:"spec"`
}

// Parse reads a baseline. What is wrong with it is an error: an entry that is not understood would let nothing pass.
func Parse(name string, text []byte) (*File, diag.Findings) {
	root, findings := source.Parse(name, text)
	if findings.Failed() {
		return nil, findings
	}
	f := &File{entries: map[place]entry{}}
	if root == nil || root.Kind == source.Null {
		return f, findings
	}
	if a, k := root.Get("apiVersion"), root.Get("kind"); a == nil || a.Text != apiVersion || k == nil || k.Text != kind {
		return nil, append(findings, diag.Errorf(syntax, root.At(), "this is no baseline: want apiVersion %s and kind %s", apiVersion, kind).
			WithHint("write one with: kubectl otomi validate --write-baseline"))
	}
	var d document
	if findings = append(findings, source.Decode(root, &d)...); findings.Failed() {
		return nil, findings
	}
	for _, n := range d.Spec.Manifests {
		findings = append(findings, f.read(Manifests, n)...)
	}
	for _, n := range d.Spec.Policies {
		findings = append(findings, f.read(Policies, n)...)
	}
	if findings.Failed() {
		return nil, findings
	}
	return f, findings
}

func (f *File) read(check Check, n *source.Node) diag.Findings {
	w := written{Count: 1}
	findings := source.Decode(n, &w)
	switch {
	case findings.Failed():
		return findings
	case w.Rule == "" || w.Object == "" || w.Message == "":
		return diag.Findings{diag.Errorf(syntax, n.At(), "an entry has a rule, an object and the digest of a message").
			WithHint("write the file again: kubectl otomi validate --write-baseline")}
	case w.Count < 1:
		return diag.Findings{diag.Errorf(syntax, n.Get("count").At(), "count is how often it is found, one or more")}
	}
	clusters := w.Clusters
	if len(clusters) == 0 {
		clusters = []string{""}
	}
	for _, c := range clusters {
		p := place{Key{check, w.Rule, w.Object, w.Path, w.Message}, c}
		if first, twice := f.entries[p]; twice {
			return diag.Findings{diag.Errorf(syntax, n.At(), "the finding is listed twice").WithNote(first.at, "the first time")}
		}
		f.entries[p] = entry{w.Count, n.At()}
	}
	return findings
}

// Encode writes the file, in an order that changes with its content alone.
func (f *File) Encode() ([]byte, error) {
	all := f.clustersOf()
	spec := map[Check][]written{}
	for _, k := range slices.SortedFunc(maps.Keys(all), Key.compare) {
		for _, n := range slices.Sorted(maps.Keys(all[k])) {
			w := written{Rule: k.Rule, Object: k.Object, Path: k.Path, Message: k.Message, Clusters: all[k][n]}
			if n > 1 {
				w.Count = n
			}
			if len(w.Clusters) == 1 && w.Clusters[0] == "" {
				w.Clusters = nil
			}
			spec[k.Check] = append(spec[k.Check], w)
		}
	}
	type metadata struct {
		Name        string            `yaml:"name"`
		Annotations map[string]string `yaml:"annotations"`
	}
	out := struct {
		APIVersion string              `yaml:"apiVersion"`
		Kind       string              `yaml:"kind"`
		Metadata   metadata            `yaml:"metadata"`
		Spec       map[Check][]written `yaml:"spec"`
	}{apiVersion, kind, metadata{"baseline", map[string]string{object.LocalConfig: "true"}}, spec}
	b := bytes.NewBufferString(header)
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	if err := e.Encode(out); err != nil {
		return nil, fmt.Errorf("write baseline: %w", err)
	}
	return b.Bytes(), e.Close()
}
