package schema

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// shape says where below a keyword schemas stand.
type shape uint8

const (
	noSchema    shape = iota
	oneSchema         // the value is a schema
	listSchemas       // a list of schemas
	mapSchemas        // a map of schemas by name
)

func shapeOf(keyword string, value *source.Node) shape {
	switch keyword {
	case "additionalProperties", "unevaluatedProperties", "propertyNames", "additionalItems", "unevaluatedItems",
		"contains", "not", "if", "then", "else", "contentSchema":
		return oneSchema
	case "items":
		if value.Kind == source.List {
			return listSchemas
		}
		return oneSchema
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return listSchemas
	case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies":
		return mapSchemas
	default:
		return noSchema
	}
}

// walk visits every schema that is a map, n first, with its path in the document.
func walk(n *source.Node, path []string, visit func(n *source.Node, path []string)) {
	if n == nil || n.Kind != source.Map {
		return
	}
	visit(n, path)
	for i, k := range n.Keys {
		v := n.Items[i]
		switch shapeOf(k.Name, v) {
		case oneSchema:
			walk(v, below(path, k.Name), visit)
		case listSchemas:
			if v.Kind == source.List {
				for j, item := range v.Items {
					walk(item, below(path, k.Name, strconv.Itoa(j)), visit)
				}
			}
		case mapSchemas:
			if v.Kind == source.Map {
				for j, item := range v.Items {
					walk(item, below(path, k.Name, v.Keys[j].Name), visit)
				}
			}
		}
	}
}

// rewrite applies f to every schema that is a map, the innermost first. Nodes are shared where nothing changes.
func rewrite(n *source.Node, f func(*source.Node) *source.Node) *source.Node {
	if n == nil || n.Kind != source.Map {
		return n
	}
	items := func(v *source.Node) *source.Node {
		return mapItems(v, func(item *source.Node) *source.Node { return rewrite(item, f) })
	}
	out := n
	for i, k := range n.Keys {
		v := n.Items[i]
		switch shape := shapeOf(k.Name, v); {
		case shape == oneSchema:
			v = rewrite(v, f)
		case shape == listSchemas && v.Kind == source.List, shape == mapSchemas && v.Kind == source.Map:
			v = items(v)
		}
		if v != n.Items[i] {
			out = set(out, k.Name, v)
		}
	}
	return f(out)
}

// mapParts applies f to the schemas of the same value that a schema consists of.
func mapParts(n *source.Node, f func(*source.Node) *source.Node) *source.Node {
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas", "dependencies"} {
		v := n.Get(keyword)
		switch {
		case v == nil:
		case shapeOf(keyword, v) == oneSchema:
			n = change(n, keyword, f(v))
		default:
			n = change(n, keyword, mapItems(v, f))
		}
	}
	return n
}

// mapItems applies f to the items of a map or list.
func mapItems(n *source.Node, f func(*source.Node) *source.Node) *source.Node {
	out := n
	for i, item := range n.Items {
		v := f(item)
		if v == item {
			continue
		}
		if out == n {
			c := *n
			c.Items = slices.Clone(n.Items)
			out = &c
		}
		out.Items[i] = v
	}
	return out
}

// set returns the map with a key set.
func set(n *source.Node, name string, v *source.Node) *source.Node {
	return put(n, source.Key{Name: name, Line: v.Line, Col: v.Col, File: v.File}, v)
}

// put is set with the key's place, which counts where the map does not have the key yet.
func put(n *source.Node, key source.Key, v *source.Node) *source.Node {
	out := *n
	i, found := n.Find(key.Name)
	if found {
		out.Items = slices.Clone(n.Items)
		out.Items[i] = v
		return &out
	}
	out.Keys = slices.Insert(slices.Clone(n.Keys), i, key)
	out.Items = slices.Insert(slices.Clone(n.Items), i, v)
	return &out
}

// without returns the map without some keys.
func without(n *source.Node, names ...string) *source.Node {
	out := *n
	out.Keys, out.Items = nil, nil
	for i, k := range n.Keys {
		if !slices.Contains(names, k.Name) {
			out.Keys, out.Items = append(out.Keys, k), append(out.Items, n.Items[i])
		}
	}
	return &out
}

// text is a string's value, or "".
func text(n *source.Node) string {
	if n == nil || n.Kind != source.String {
		return ""
	}
	return n.Text
}

// isBool reports whether a node is the boolean.
func isBool(n *source.Node, b bool) bool {
	return n != nil && n.Kind == source.Bool && (n.Text == "true") == b
}

// below is the path further down; it never shares memory with its siblings.
func below(path []string, names ...string) []string { return slices.Concat(path, names) }

// pointer splits the fragment of a reference that is a JSON pointer (RFC 6901, section 6).
func pointer(fragment string) ([]string, bool) {
	if fragment == "" {
		return nil, true
	}
	decoded, err := url.PathUnescape(fragment)
	if err != nil || !strings.HasPrefix(decoded, "/") {
		return nil, false
	}
	parts := strings.Split(decoded[1:], "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts, true
}

// fragment is the JSON pointer of a path as it stands in a reference.
func fragment(path []string) string {
	var b strings.Builder
	for _, p := range path {
		p = strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1")
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
