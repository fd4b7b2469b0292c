package krm

import (
	"slices"
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
}

// New makes an item of a document's text. What says which object it is comes first, as people write it.
func New(text []byte) (*Item, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errNoMap
	}
	n := expand(doc.Content[0]) // so that the order of what has anchors does not matter
	var first, rest []*yaml.Node
	for _, key := range []string{"apiVersion", "kind", "metadata"} {
		for k := 0; k+1 < len(n.Content); k += 2 {
			if n.Content[k].Value == key {
				first = append(first, n.Content[k:k+2]...)
			}
		}
	}
	for k := 0; k+1 < len(n.Content); k += 2 {
		if !slices.Contains(first, n.Content[k]) {
			rest = append(rest, n.Content[k:k+2]...)
		}
	}
	n.Content = append(first, rest...)
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

// SetAnnotation sets an annotation.
func (i *Item) SetAnnotation(key, value string) { i.set(value, "metadata", "annotations", key) }

// SetLabel sets a label; on an item that is a List, on its members, which is what is applied.
func (i *Item) SetLabel(key, value string) {
	members := get(i.node, "items")
	if !strings.HasSuffix(i.Kind(), "List") || members == nil || members.Kind != yaml.SequenceNode {
		i.set(value, "metadata", "labels", key)
		return
	}
	for n := range members.Content {
		i.setAt(func() *yaml.Node { return follow(get(i.node, "items").Content[n]) }, value, "metadata", "labels", key)
	}
}

// set sets a string, and makes the maps on the way to it. What is so already is left alone, bytes and all.
func (i *Item) set(value string, keys ...string) {
	i.setAt(func() *yaml.Node { return i.node }, value, keys...)
}

// setAt sets a string below a map of the item, which is asked for again when aliases were replaced.
func (i *Item) setAt(at func() *yaml.Node, value string, keys ...string) {
	if n := get(at(), keys...); n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Value == value || at().Kind != yaml.MappingNode {
		return
	}
	i.raw, i.text = nil, nil
	if !i.free {
		i.node, i.free = expand(i.node), true
	}
	n := at()
	for _, key := range keys[:len(keys)-1] {
		n = child(n, key, &yaml.Node{Kind: yaml.MappingNode})
	}
	v := &yaml.Node{}
	v.SetString(value)
	if was := member(n, keys[len(keys)-1]); was != nil {
		v.HeadComment, v.LineComment, v.FootComment = was.HeadComment, was.LineComment, was.FootComment
		*was = *v
		return
	}
	child(n, keys[len(keys)-1], v)
}

// child returns the map's member, which it adds where there is none.
func child(n *yaml.Node, key string, otherwise *yaml.Node) *yaml.Node {
	if was := member(n, key); was != nil {
		if otherwise.Kind == yaml.MappingNode && follow(was).Kind != yaml.MappingNode {
			*was = *otherwise
		}
		return follow(was)
	}
	k := &yaml.Node{}
	k.SetString(key)
	if len(n.Content) == 0 {
		n.Style &^= yaml.FlowStyle
	}
	n.Content = append(n.Content, k, otherwise)
	return otherwise
}

// Parse reads the item with positions, as values are read. The file is the one that List.File gave.
func (i *Item) Parse(file *source.File) (*source.Node, diag.Findings) {
	return source.ParseFile(file, i.Text())
}

// Objects reads the item as Kubernetes reads it; an item that is a List gives its members.
func (i *Item) Objects() ([]object.Object, diag.Findings) {
	objects, findings := object.Parse(i.Path(), i.Text())
	for n, o := range objects {
		objects[n].Release = o.GetLabels()[object.LabelRelease]
		objects[n].Runlevel = o.GetAnnotations()[object.RunlevelKey]
	}
	return objects, findings
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

func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n = member(n, key); n == nil {
			return nil
		}
	}
	return follow(n)
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
