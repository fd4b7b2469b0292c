package krm

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Annotations that belong to the orchestrator. Its own rule: functions leave them on items, and set path and index on new ones.
const (
	pathKey        = "internal.config.kubernetes.io/path"
	indexKey       = "internal.config.kubernetes.io/index"
	legacyPathKey  = "config.kubernetes.io/path"
	legacyIndexKey = "config.kubernetes.io/index"
)

// Wire reports whether an annotation belongs to the orchestrator, not to the object.
func Wire(key string) bool {
	domain, name, _ := strings.Cut(key, "/")
	switch domain {
	case "internal.config.kubernetes.io", "kustomize.config.k8s.io", "config.k8s.io", "alpha.config.kubernetes.io":
		return true
	case "config.kubernetes.io":
		return name == "path" || name == "index" || name == "origin" || name == "id"
	}
	return false
}

// Item is one item of a list. It is changed by its methods only.
type Item struct {
	node *yaml.Node // a map
	raw  []byte     // the lines as they came; nil: the node is written
	dash int        // where the item's dash is in raw
	line int        // of the list, on which raw begins, from 1
	text []byte     // the item as a document, once it was asked for
	free bool       // node has no aliases, so that a change of one place changes no other
	read *reading   // as Kubernetes reads it, once it was asked for or where it was made of that
	root *parsed    // as values are read, once it was asked for
}

// parsed is an item with positions in a file.
type parsed struct {
	file     string
	root     *source.Node
	findings diag.Findings
}

// New makes an item of a document's text. What says which object it is comes first.
func New(text []byte) (*Item, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errNoMap
	}
	restore(&doc)
	n := expand(doc.Content[0]) // so that the order of what has anchors does not matter
	n.Content = heading(n.Content)
	return &Item{node: n, free: true}, nil
}

// APIVersion is the item's apiVersion.
func (i *Item) APIVersion() string { return scalar(get(i.node, "apiVersion")) }

// Kind is the item's kind.
func (i *Item) Kind() string { return scalar(get(i.node, "kind")) }

// Name is the item's metadata.name.
func (i *Item) Name() string { return scalar(get(i.node, "metadata", "name")) }

// Annotation is the value of an annotation, "" where there is none.
func (i *Item) Annotation(key string) string {
	return scalar(get(i.node, "metadata", "annotations", key))
}

// Label is the value of a label, "" where there is none.
func (i *Item) Label(key string) string { return scalar(get(i.node, "metadata", "labels", key)) }

// ID is the item's identity.
func (i *Item) ID() object.ID {
	group, _, found := strings.Cut(i.APIVersion(), "/")
	if !found {
		group = ""
	}
	return object.ID{Group: group, Kind: i.Kind(), Namespace: scalar(get(i.node, "metadata", "namespace")), Name: i.Name()}
}

// Path is the file that the item came from, "" where the orchestrator does not tell.
func (i *Item) Path() string {
	if p := i.Annotation(pathKey); p != "" {
		return p
	}
	return i.Annotation(legacyPathKey)
}

// Local reports whether the item is for functions only and never applied.
func (i *Item) Local() bool {
	v := i.Annotation(object.LocalConfig)
	return v != "" && v != "false"
}

// SetAnnotation sets an annotation, or says why the item cannot have one.
func (i *Item) SetAnnotation(key, value string) *diag.Finding {
	return i.note(nil, "annotations", key, value)
}

// SetLabel sets a label, or says why the item cannot have one; on an item that is a List, on its members, which is what is
// applied.
func (i *Item) SetLabel(key, value string) *diag.Finding {
	if !i.isList() {
		return i.note(nil, "labels", key, value)
	}
	for n, member := range get(i.node, "items").Content {
		if follow(member).Kind != yaml.MappingNode {
			continue
		}
		if f := i.note([]string{"items", strconv.Itoa(n)}, "labels", key, value); f != nil {
			return f
		}
	}
	return nil
}

// isList reports whether the item is a List, of which the members are the objects.
func (i *Item) isList() bool {
	members := get(i.node, "items")
	return strings.HasSuffix(i.Kind(), "List") && members != nil && members.Kind == yaml.SequenceNode
}

// Parse reads the item with positions, as values are read. The file is the one that List.File gave.
func (i *Item) Parse(file *source.File) (*source.Node, diag.Findings) {
	if i.root == nil || i.root.file != file.Name {
		root, findings := source.ParseFile(file, i.Text())
		i.root = &parsed{file.Name, root, findings}
	}
	return i.root.root, slices.Clone(i.root.findings)
}

// member is the value of a map's key, or nil.
func member(n *yaml.Node, key string) *yaml.Node {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for k := 0; k+1 < len(n.Content); k += 2 {
		if follow(n.Content[k]).Value == key {
			return n.Content[k+1]
		}
	}
	return nil
}

// get is what a path of keys and indexes leads to, or nil.
func get(n *yaml.Node, path ...string) *yaml.Node {
	n = follow(n)
	for _, part := range path {
		if n == nil {
			return nil
		}
		n = step(n, part)
	}
	return n
}

// step is one step down a path, by key or by index.
func step(n *yaml.Node, part string) *yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return follow(member(n, part))
	}
	if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.Content) {
		return follow(n.Content[i])
	}
	return nil
}

// follow is the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func scalar(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}
