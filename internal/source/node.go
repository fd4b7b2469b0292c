// Package source reads YAML that people edit into a tree that knows where everything stands: text goes in, a Node per
// value with its file, line and column comes out, or findings that say what is wrong and where. It reads YAML 1.2's core
// schema, more strictly than the language asks: duplicate keys, scalars that YAML 1.1 and 1.2 read differently, and
// unknown tags are errors. Manifests are read as Kubernetes reads them, by package object.
package source

import (
	"encoding/json"
	"sort"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Kind is what a Node holds.
type Kind uint8

// The kinds of JSON, with integers apart from other numbers because they are kept exact.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	List
	Map
)

// String is the kind as users call it.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "integer", "number", "string", "list", "map"}[k]
}

// Article is the kind with its article: a list, an integer.
func (k Kind) Article() string {
	if k == Int {
		return "an " + k.String()
	}
	return "a " + k.String()
}

// Scalar reports whether values of the kind have no members.
func (k Kind) Scalar() bool { return k != List && k != Map }

// File is where nodes come from. Nodes of one file share one File.
type File struct {
	Name   string // as shown to users: a path relative to otomi.yaml, or a flag such as --set
	Data   []byte // the text, for excerpts; nil where it must not be shown
	Secret bool   // its values are secret
	Flag   bool   // it was given on the command line, and is no file of the repo
}

// show is text for a finding, unless the file is secret: then it is what stands in for the text.
func (f *File) show(text, otherwise string) string {
	if f != nil && f.Secret {
		return otherwise
	}
	return text
}

// Node is one value. Nodes are never changed once read: a merge makes new maps and shares the rest.
type Node struct {
	Kind    Kind
	Replace bool // carried the tag !replace
	Secret  bool // the schema calls it a secret, whatever file it stands in: see Hidden
	Line    int32
	Col     int32
	File    *File
	Text    string  // of a scalar: true, false, a decimal integer, a JSON number, the string; "" for null
	Keys    []Key   // of a map, sorted by name, in step with Items
	Items   []*Node // of a list in order, or of a map in step with Keys
}

// Hidden reports whether a scalar's text must not be shown: it stands in a secret file, or the schema calls it a secret.
func (n *Node) Hidden() bool { return n != nil && (n.Secret || n.File != nil && n.File.Secret) }

// Key is a map's key and its place.
type Key struct {
	Name      string
	Line, Col int32
	File      *File
}

// At is the node's place.
func (n *Node) At() diag.Position {
	if n == nil || n.File == nil {
		return diag.Position{}
	}
	return diag.Position{File: n.File.Name, Line: int(n.Line), Col: int(n.Col)}
}

// At is the key's place.
func (k Key) At() diag.Position {
	if k.File == nil {
		return diag.Position{}
	}
	return diag.Position{File: k.File.Name, Line: int(k.Line), Col: int(k.Col)}
}

// Find returns the index of a key in Keys, or where it belongs and false.
func (n *Node) Find(key string) (int, bool) {
	if n == nil || n.Kind != Map {
		return 0, false
	}
	i := sort.Search(len(n.Keys), func(i int) bool { return n.Keys[i].Name >= key })
	return i, i < len(n.Keys) && n.Keys[i].Name == key
}

// Get returns the value of a map's key, or nil. It may be called on nil and on what is no map.
func (n *Node) Get(key string) *Node {
	if i, ok := n.Find(key); ok {
		return n.Items[i]
	}
	return nil
}

// Lookup follows a path of map keys and list indices, and returns nil where it leads nowhere.
func (n *Node) Lookup(path ...string) *Node {
	for _, p := range path {
		if n != nil && n.Kind == List {
			i, err := strconv.Atoi(p)
			if err != nil || i < 0 || i >= len(n.Items) {
				return nil
			}
			n = n.Items[i]
			continue
		}
		n = n.Get(p)
	}
	return n
}

// Names are a map's keys in order.
func (n *Node) Names() []string {
	if n == nil {
		return nil
	}
	names := make([]string, len(n.Keys))
	for i, k := range n.Keys {
		names[i] = k.Name
	}
	return names
}

// Value is the node as plain Go values, freshly made: map[string]any, []any, string, bool, nil, float64, and integers as
// int64, else uint64, else json.Number.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Map:
		m := make(map[string]any, len(n.Keys))
		for i, k := range n.Keys {
			m[k.Name] = n.Items[i].Value()
		}
		return m
	case List:
		l := make([]any, len(n.Items))
		for i, item := range n.Items {
			l[i] = item.Value()
		}
		return l
	default:
		return n.scalar()
	}
}

func (n *Node) scalar() any {
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Int:
		return integer(n.Text)
	case Float:
		f, _ := strconv.ParseFloat(n.Text, 64) // Parse made sure of it
		return f
	case String:
		return n.Text
	default:
		return nil
	}
}

func integer(digits string) any {
	if i, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(digits, 10, 64); err == nil {
		return u
	}
	return json.Number(digits)
}
