package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// latest is the draft that schemas are compiled in, whatever draft they are written in.
const latest = "https://json-schema.org/draft/2020-12/schema"

// draftOf is the draft that a schema says it is written in, without the parts of the name that vary.
func draftOf(root *source.Node) string {
	name := strings.TrimSuffix(text(root.Get("$schema")), "#")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
	return strings.TrimSuffix(strings.TrimPrefix(name, "json-schema.org/"), "/schema")
}

func checkDraft(root *source.Node) diag.Findings {
	switch draftOf(root) {
	case "", "schema", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12":
		return nil
	}
	named := root.Get("$schema")
	return diag.Findings{diag.Errorf(invalid, named.At(), "schemas are written in draft 7 or 2020-12, not in %q", named.Text).
		WithPath("$schema").WithHint("write $schema: %s", latest)}
}

// modern rewrites a schema of an older draft to 2020-12, in which $ref counts beside other keywords, and writes out what
// is no JSON Schema: nullable, and that a null which x-null keeps is a value. Everything keeps its place.
func modern(root *source.Node) *source.Node {
	out := rewrite(root, func(n *source.Node) *source.Node {
		return nullable(anchors(dependencies(tuples(references(root, n)))))
	})
	return set(out, "$schema", &source.Node{Kind: source.String, Text: latest})
}

// references lets $ref follow the keywords that modern renames.
func references(root, n *source.Node) *source.Node {
	rest, local := strings.CutPrefix(text(n.Get("$ref")), "#")
	path, ok := pointer(rest)
	if !local || !ok {
		return n
	}
	renamed := make([]string, len(path))
	at, isSchema := root, true // what stands in a map of schemas is named by people, not by the draft
	for i, p := range path {
		next := at.Lookup(p)
		renamed[i] = p
		if isSchema && next != nil {
			renamed[i] = modernName(p, next)
		}
		isSchema = !isSchema || next != nil && shapeOf(p, next) == oneSchema
		at = next
	}
	if slices.Equal(path, renamed) {
		return n
	}
	return referTo(n, "#"+fragment(renamed))
}

func modernName(keyword string, value *source.Node) string {
	switch {
	case keyword == "items" && value.Kind == source.List:
		return "prefixItems"
	case keyword == "additionalItems":
		return "items"
	case keyword == "dependencies":
		return "dependentSchemas"
	default:
		return keyword
	}
}

// tuples renames the list form of items.
func tuples(n *source.Node) *source.Node {
	more := n.Get("additionalItems")
	items := n.Get("items")
	if items == nil || items.Kind != source.List {
		if more != nil {
			n = without(n, "additionalItems") // means nothing without a list of items
		}
		return n
	}
	n = set(without(n, "items", "additionalItems"), "prefixItems", items)
	if more != nil {
		n = set(n, "items", more)
	}
	return n
}

// dependencies parts the two meanings of the keyword.
func dependencies(n *source.Node) *source.Node {
	all := n.Get("dependencies")
	if all == nil || all.Kind != source.Map {
		return n
	}
	n = without(n, "dependencies")
	for i, k := range all.Keys {
		name := "dependentSchemas"
		if all.Items[i].Kind == source.List {
			name = "dependentRequired"
		}
		group := n.Get(name)
		if group == nil {
			group = &source.Node{Kind: source.Map, File: all.File, Line: all.Line, Col: all.Col}
		}
		n = set(n, name, put(group, k, all.Items[i]))
	}
	return n
}

// anchors gives a name that draft 7 writes as $id its own keyword.
func anchors(n *source.Node) *source.Node {
	id := n.Get("$id")
	name, found := strings.CutPrefix(text(id), "#")
	if !found || name == "" {
		return n
	}
	anchor := *id
	anchor.Text = name
	return set(without(n, "$id"), "$anchor", &anchor)
}

// nullable lets null pass where OpenAPI's keyword or x-null says that it is a value: every keyword that would refuse it holds
// for other values only.
func nullable(n *source.Node) *source.Node {
	if !isBool(n.Get("nullable"), true) && text(n.Get("x-null")) != "keep" {
		return n
	}
	if t := n.Get("type"); t != nil {
		list := t
		if t.Kind != source.List {
			list = &source.Node{Kind: source.List, File: t.File, Line: t.Line, Col: t.Col, Items: []*source.Node{t}}
		}
		n = set(n, "type", union(list, listOf(&source.Node{Kind: source.String, Text: "null"})))
	}
	if enum := n.Get("enum"); enum != nil && enum.Kind == source.List {
		n = set(n, "enum", union(enum, listOf(&source.Node{})))
	}
	others := &source.Node{Kind: source.Map}
	for _, name := range []string{"$ref", "$dynamicRef", "const", "not", "if", "then", "else", "allOf", "anyOf", "oneOf"} {
		if v := n.Get(name); v != nil {
			others = set(others, name, v)
			n = without(n, name)
		}
	}
	if len(others.Keys) == 0 {
		return n
	}
	others.File, others.Line, others.Col = others.Items[0].File, others.Items[0].Line, others.Items[0].Col
	null := set(&source.Node{Kind: source.Map}, "type", &source.Node{Kind: source.String, Text: "null"})
	return set(n, "anyOf", listOf(null, others))
}

func listOf(items ...*source.Node) *source.Node { return &source.Node{Kind: source.List, Items: items} }
