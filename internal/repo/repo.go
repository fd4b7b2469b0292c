// Package repo reads otomi.yaml: what a values repo is called, which cores it stands on, its clusters, and which files are
// layers for which cluster. Text and a file system go in; a Repo, a chosen Cluster and its layer files come out.
package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// The file that makes a folder a values repo, and what it says it is.
const (
	FileName   = "otomi.yaml"
	APIVersion = "otomi.io/v1alpha1"
	Kind       = "ValuesRepo"
)

// maxHistory is how many runs an inventory can keep.
const maxHistory = 100

// Repo is a values repo as otomi.yaml describes it.
type Repo struct {
	Name        string
	Requires    string // of the plugin's version, "" for any
	Core        []CoreSource
	Clusters    []Cluster
	Layers      []Entry // never empty: the convention where otomi.yaml lists none
	Approvals   []Approval
	Inventory   string // [NAMESPACE/]NAME
	InventoryAt diag.Position
	History     *int // how many runs can be rolled back to; nil: the default
	File        *source.File

	written    bool // Layers stand in otomi.yaml
	clustersAt diag.Position
	requiresAt diag.Position
}

// CoreSource is an entry of a core stack.
type CoreSource struct {
	Source  string `json:"source"`  // embedded, or a path relative to otomi.yaml; oci:// is refused as yet
	Version string `json:"version"` // the version of embedded that the plugin must carry
	At      diag.Position
}

// Cluster is one cluster of the repo. Only Name is needed.
type Cluster struct {
	Name        string            `json:"name"`        // required; what --cluster and the placeholder {cluster} mean
	Cloud       string            `json:"cloud"`       // the placeholder {cloud} of layers
	Domain      string            `json:"domain"`      // host names are made from it
	Labels      map[string]string `json:"labels"`      // placeholders of layers, such as {stage}
	Contexts    []string          `json:"contexts"`    // the cluster's names in people's kubeconfigs; in-cluster: the Pod's own
	UID         string            `json:"uid"`         // the uid of the namespace kube-system: apply refuses any other cluster
	KubeVersion string            `json:"kubeVersion"` // what charts and schemas go by; a server of another minor is a finding
	APIVersions []string          `json:"apiVersions"` // what charts see as Capabilities.APIVersions beside Kubernetes' own
	Core        []CoreSource      `json:"core"`        // instead of spec.core: upgrade one cluster at a time
	Images      Images            `json:"images"`      // where images come from
	Node        *source.Node      `json:"-"`           // of otomi.yaml
}

// Images says where a cluster takes its images from.
type Images struct {
	Rewrite []Rewrite `json:"rewrite"` // the longest from that fits an image counts
}

// Rewrite replaces a registry, or a registry and path, that images begin with.
type Rewrite struct {
	From string `json:"from"` // a registry, or a registry and path
	To   string `json:"to"`   // what stands in its place
}

// Approval allows what a plan refused, for the objects and until the date that it names.
type Approval struct {
	Rule    string        `json:"rule"`    // what the refusal calls itself
	Objects []string      `json:"objects"` // KIND/[NS/]NAME
	Reason  string        `json:"reason"`  // why, which the inventory keeps
	Until   string        `json:"until"`   // the last day on which it counts, YYYY-MM-DD
	At      diag.Position `json:"-"`
}

// document is otomi.yaml as it is written.
type document struct {
	APIVersion string `json:"apiVersion"` // otomi.io/v1alpha1
	Kind       string `json:"kind"`       // ValuesRepo
	Metadata   struct {
		Name        string            `json:"name"` // required
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Requires  string         `json:"requires"`  // a range of the plugin's versions
		Core      []CoreSource   `json:"core"`      // the core stack, low to high; embedded alone where nothing is said
		Clusters  []Cluster      `json:"clusters"`  // what is installed to
		Layers    []*source.Node `json:"layers"`    // low to high, a path, a glob, or {files: GLOB, only: PATH}; empty: the convention
		Approvals []Approval     `json:"approvals"` // what a refused plan asks for
		Inventory string         `json:"inventory"` // [NAMESPACE/]NAME; otomi-system/<metadata.name> where nothing is said
		History   *int           `json:"history"`   // how many runs can be rolled back to, 0 to 100; 10 where nothing is said
	} `json:"spec"`
}

// Load reads otomi.yaml at the root of fsys. dir is how messages name the folder.
func Load(fsys fs.FS, dir string) (*Repo, diag.Findings) {
	data, err := fs.ReadFile(fsys, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, diag.Findings{diag.Errorf("no-values-repo", diag.Position{}, "there is no %s in %s", FileName, dir).
			WithHint("run it in a values repo, or name one with -C DIR; kubectl otomi init starts one")}
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf("no-values-repo", diag.Position{File: FileName}, "read %s: %v", FileName, err)}
	}
	root, findings := source.Parse(FileName, data)
	if findings.Failed() {
		return nil, findings
	}
	if root == nil {
		return nil, append(findings, diag.Errorf("no-values-repo", diag.Position{File: FileName}, "the file is empty").
			WithHint("it needs apiVersion: %s, kind: %s and metadata.name", APIVersion, Kind))
	}
	var doc document
	findings = append(findings, source.Decode(root, &doc)...)
	if findings.Failed() {
		return nil, findings
	}
	r := &Repo{
		Name: doc.Metadata.Name, Requires: doc.Spec.Requires, Core: doc.Spec.Core, Clusters: doc.Spec.Clusters,
		Approvals: doc.Spec.Approvals, Inventory: doc.Spec.Inventory, History: doc.Spec.History, File: root.File,
	}
	findings = append(findings, r.check(root, doc)...)
	findings = append(findings, r.layers(doc.Spec.Layers)...)
	if findings.Failed() {
		return nil, findings
	}
	return r, findings
}

// check finds what is wrong with a document whose fields have the right types, and fills in positions and nodes.
func (r *Repo) check(root *source.Node, doc document) diag.Findings {
	var findings diag.Findings
	if doc.APIVersion != APIVersion || doc.Kind != Kind {
		findings = append(findings, diag.Errorf("not-a-values-repo", root.At(), "this is %s %s, not %s %s", or(doc.APIVersion, "no apiVersion"), or(doc.Kind, "no kind"), APIVersion, Kind))
	}
	if !dnsLabel(r.Name) {
		findings = append(findings, nameFinding(root.Lookup("metadata", "name"), root, "metadata.name", r.Name))
	}
	if len(r.Clusters) == 0 {
		findings = append(findings, diag.Errorf("no-clusters", root.At(), "spec.clusters lists no cluster").WithHint("add one: clusters: [{name: dev}]"))
	}
	spec := root.Get("spec")
	r.clustersAt, r.requiresAt, r.InventoryAt = keyAt(spec, "clusters"), spec.Get("requires").At(), spec.Get("inventory").At()
	if h := r.History; h != nil && (*h < 0 || *h > maxHistory) {
		findings = append(findings, diag.Errorf("history-range", spec.Get("history").At(), "%d is no number of runs to keep: want 0 to %d", *h, maxHistory).
			WithPath("spec.history"))
	}
	seen := map[string]*source.Node{}
	for i := range r.Clusters {
		c := &r.Clusters[i]
		c.Node = spec.Get("clusters").Items[i]
		findings = append(findings, sources(c.Core, c.Node.Get("core"), fmt.Sprintf("spec.clusters[%d].core", i))...)
		name := c.Node.Get("name")
		if !dnsLabel(c.Name) {
			findings = append(findings, nameFinding(name, c.Node, fmt.Sprintf("spec.clusters[%d].name", i), c.Name))
		}
		if first := seen[c.Name]; first != nil {
			findings = append(findings, diag.Errorf("duplicate-cluster", name.At(), "two clusters are called %q", c.Name).WithNote(first.At(), "the first one"))
		}
		seen[c.Name] = name
	}
	findings = append(findings, sources(r.Core, spec.Get("core"), "spec.core")...)
	for i := range r.Approvals {
		r.Approvals[i].At = spec.Get("approvals").Items[i].At()
	}
	return findings
}

// keyAt is the place of a map's key, nowhere if it is not there.
func keyAt(n *source.Node, key string) diag.Position {
	if i, ok := n.Find(key); ok {
		return n.Keys[i].At()
	}
	return diag.Position{}
}

// sources notes where the entries of a core stack stand, and finds those that name nothing.
func sources(cores []CoreSource, list *source.Node, path string) diag.Findings {
	var findings diag.Findings
	for i := range cores {
		cores[i].At = list.Items[i].At()
		if cores[i].Source == "" {
			findings = append(findings, diag.Errorf("required", cores[i].At, "the value is missing").WithPath(fmt.Sprintf("%s[%d].source", path, i)).
				WithHint("write source: embedded, or the path of a folder, such as source: ."))
		}
	}
	return findings
}

func nameFinding(n, parent *source.Node, path, name string) diag.Finding {
	if n == nil || name == "" {
		return diag.Errorf("required", parent.At(), "the value is missing").WithPath(path)
	}
	return diag.Errorf("name-syntax", n.At(), "%q is no name: want lower-case letters, digits and '-', at most 63", name).WithPath(path)
}

func dnsLabel(s string) bool {
	return len(s) <= 63 && regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(s)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// CheckVersion compares the plugin's version with spec.requires. A version that is no release (a development build)
// satisfies every range.
func (r *Repo) CheckVersion(plugin string) diag.Findings {
	if r.Requires == "" {
		return nil
	}
	constraint, err := semver.NewConstraint(r.Requires)
	if err != nil {
		return diag.Findings{diag.Errorf("requires", r.requiresAt, "spec.requires: %q is no version range: %v", r.Requires, err)}
	}
	if v, err := semver.NewVersion(plugin); err != nil || v.Prerelease() != "" || constraint.Check(v) {
		return nil //nolint:nilerr // what is no version is a development build
	}
	return diag.Findings{diag.Errorf("requires", r.requiresAt, "this values repo requires plugin version %s, this is %s", r.Requires, plugin).
		WithHint("install a version in that range")}
}

// InventoryRef names the repo's inventory: [NAMESPACE/]NAME.
func (r *Repo) InventoryRef() string { return or(r.Inventory, r.Name) }

// CoreOf is the core stack of a cluster: its own, else the repo's, else the embedded core alone.
func (r *Repo) CoreOf(c *Cluster) []CoreSource {
	switch {
	case len(c.Core) > 0:
		return c.Core
	case len(r.Core) > 0:
		return r.Core
	default:
		return []CoreSource{{Source: "embedded", At: diag.Position{File: FileName}}}
	}
}

// ClusterNames are the names in otomi.yaml's order.
func (r *Repo) ClusterNames() []string {
	names := make([]string, len(r.Clusters))
	for i, c := range r.Clusters {
		names[i] = c.Name
	}
	return names
}

// Facts is the map that becomes `cluster` in the values.
func (c *Cluster) Facts() *source.Node {
	facts := &source.Node{Kind: source.Map, File: c.Node.File, Line: c.Node.Line, Col: c.Node.Col}
	for i, k := range c.Node.Keys {
		if slices.Contains([]string{"name", "cloud", "domain", "labels", "kubeVersion"}, k.Name) {
			facts.Keys, facts.Items = append(facts.Keys, k), append(facts.Items, c.Node.Items[i])
		}
	}
	return &source.Node{
		Kind: source.Map, File: c.Node.File, Line: c.Node.Line, Col: c.Node.Col,
		Keys: []source.Key{{Name: "cluster", File: c.Node.File, Line: c.Node.Line, Col: c.Node.Col}}, Items: []*source.Node{facts},
	}
}
