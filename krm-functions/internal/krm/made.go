package krm

import (
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Of makes an item of an object, which is not to be changed any more. It is the item that New makes of the object's text, and
// for what nearly all objects hold the text need not be written and read for that.
func Of(o object.Object) (*Item, error) {
	n := made(o.Object)
	if n == nil {
		text, err := sigsyaml.Marshal(o.Object)
		if err != nil {
			return nil, err
		}
		return New(text)
	}
	n.Content = heading(n.Content)
	i := &Item{node: n, free: true}
	if o.GetAnnotations()[object.SourceKey] != "" && !i.isList() {
		i.read = &reading{objects: []object.Object{{Unstructured: &unstructured.Unstructured{Object: o.Object}}}, made: true}
	}
	return i, nil
}

// heading puts first what says which object it is, as people write it.
func heading(content []*yaml.Node) []*yaml.Node {
	first, rest := make([]*yaml.Node, 0, len(content)), []*yaml.Node(nil)
	for _, key := range []string{"apiVersion", "kind", "metadata"} {
		for k := 0; k+1 < len(content); k += 2 {
			if content[k].Value == key {
				first = append(first, content[k:k+2]...)
			}
		}
	}
	for k := 0; k+1 < len(content); k += 2 {
		if !slices.Contains(first, content[k]) {
			rest = append(rest, content[k:k+2]...)
		}
	}
	return append(first, rest...)
}

// made is a value as the node that reading its text gives; nil where only its text tells.
func made(value any) *yaml.Node {
	switch v := value.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case int64:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v, 10)}
	case string:
		return madeText(v)
	case map[string]any:
		return madeMap(v)
	case []any:
		return madeList(v)
	}
	return nil
}

func madeMap(m map[string]any) *yaml.Node {
	if m == nil {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: make([]*yaml.Node, 0, 2*len(m))}
	if len(m) == 0 {
		n.Style = yaml.FlowStyle
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		k, v := madeText(key), made(m[key])
		if k == nil || v == nil || k.Style == yaml.LiteralStyle {
			return nil
		}
		n.Content = append(n.Content, k, v)
	}
	return n
}

func madeList(list []any) *yaml.Node {
	if list == nil {
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: make([]*yaml.Node, 0, len(list))}
	if len(list) == 0 {
		n.Style = yaml.FlowStyle
	}
	for _, item := range list {
		c := made(item)
		if c == nil {
			return nil
		}
		n.Content = append(n.Content, c)
	}
	return n
}

// madeText is a string as a node: plain where nothing takes that for anything else, else quoted, or line by line. What is out
// of the ordinary is written and read.
func madeText(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case ordinary(s):
	case s == "" || s == "true" || s == "false" || digits(s):
		n.Style = yaml.DoubleQuotedStyle
	case literal(s):
		n.Style = yaml.LiteralStyle
	default:
		text, err := sigsyaml.Marshal(s)
		var doc yaml.Node
		n.Style = yaml.DoubleQuotedStyle // in which all can be written
		if err == nil && yaml.Unmarshal(text, &doc) == nil && len(doc.Content) == 1 && doc.Content[0].Value == s && doc.Content[0].Tag == n.Tag {
			n.Style = doc.Content[0].Style
		}
	}
	return n
}
