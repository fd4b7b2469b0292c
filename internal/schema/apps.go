package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// level is how far below the root of the values a schema stands, as far as it matters to apps.
type level uint8

const (
	rootLevel level = iota
	appsLevel       // the map of all apps
	appLevel        // one app
)

// opener lets a schema accept what every release takes: DESIGN's apps.<release>.
type opener struct {
	root      *source.Node
	taken     *source.Node          // the schemas of enabled, rawValues and patches, by name
	following map[*source.Node]bool // targets of references being followed: one of them again is a cycle
	opened    int
}

// maxOpened bounds how often a schema is widened: references are written out, and a schema made to grow has no end.
const maxOpened = 1 << 9

func withApps(root *source.Node) *source.Node {
	o := opener{root: root, taken: releaseTakes(), following: map[*source.Node]bool{}}
	return o.open(root, rootLevel, false)
}

// releaseTakes are the values that apps.<release> has whatever schemas say.
func releaseTakes() *source.Node {
	n, _ := source.FromValue(nil, map[string]any{ // plain values always have nodes
		"enabled": map[string]any{
			"type":        "boolean",
			"description": "Whether the release is rendered; one that is not is removed from the cluster.",
		},
		"rawValues": map[string]any{
			"type":        "object",
			"description": "Values merged over those that the release's template makes. No schema checks them.",
		},
		"patches": map[string]any{
			"type":        "array",
			"items":       map[string]any{"type": "object"},
			"description": "Patches of the release's objects, in kustomize's form.",
		},
	})
	return n
}

// app is the schema of an app that no core describes.
func (o *opener) app(closed bool) *source.Node {
	n := set(&source.Node{Kind: source.Map}, "properties", o.taken)
	n = set(n, "type", &source.Node{Kind: source.String, Text: "object"})
	if closed {
		n = set(n, "additionalProperties", &source.Node{Kind: source.Bool, Text: "false"})
	}
	return n
}

// open widens one schema. A part is one of several schemas of the same value: it is widened where it is closed, but it
// does not have to describe anything.
func (o *opener) open(n *source.Node, at level, part bool) *source.Node {
	if n == nil || n.Kind != source.Map {
		return n
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if list := n.Get(keyword); list != nil && list.Kind == source.List {
			n = change(n, keyword, mapItems(list, func(v *source.Node) *source.Node { return o.open(v, at, true) }))
		}
	}
	for _, keyword := range []string{"then", "else"} {
		n = change(n, keyword, o.open(n.Get(keyword), at, true))
	}
	n = o.reference(n, at)
	switch at {
	case rootLevel:
		return o.openRoot(n)
	case appsLevel:
		return o.openApps(n, part)
	default:
		return o.openApp(n, part)
	}
}

// reference replaces a reference by the widened target, so that other places that refer to it stay as they are.
func (o *opener) reference(n *source.Node, at level) *source.Node {
	target := o.target(text(n.Get("$ref")))
	if o.opened++; target == nil || o.following[target] || o.opened > maxOpened {
		return n
	}
	o.following[target] = true
	widened := o.open(target, at, true)
	delete(o.following, target)
	if widened == target {
		return n
	}
	return inlined(n, widened)
}

// inlined is a schema with a copy of what its reference leads to instead of the reference.
func inlined(n, target *source.Node) *source.Node {
	// A name may stand for one schema only, and the copy is another.
	target = rewrite(target, nameless)
	all := n.Get("allOf")
	if all == nil || all.Kind != source.List {
		all = listOf()
	}
	return set(without(n, "$ref"), "allOf", listOf(append([]*source.Node{target}, all.Items...)...))
}

func nameless(n *source.Node) *source.Node {
	for _, name := range []string{"$id", "$anchor", "$dynamicAnchor"} {
		if n.Get(name) != nil {
			n = without(n, name)
		}
	}
	return n
}

// target is the schema that a reference within the file leads to, or nil.
func (o *opener) target(ref string) *source.Node {
	fragment, found := strings.CutPrefix(strings.TrimPrefix(ref, text(o.root.Get("$id"))), "#")
	path, ok := pointer(fragment)
	if !found || !ok {
		return nil
	}
	return o.root.Lookup(path...)
}

func (o *opener) openRoot(n *source.Node) *source.Node {
	properties := n.Get("properties")
	if apps := properties.Get("apps"); apps != nil {
		return set(n, "properties", set(properties, "apps", o.open(apps, appsLevel, false)))
	}
	if !closed(n) {
		return n
	}
	apps := set(o.app(true), "properties", &source.Node{Kind: source.Map})
	apps = set(apps, "additionalProperties", o.app(true))
	return o.describe(n, "apps", apps)
}

func (o *opener) openApps(n *source.Node, part bool) *source.Node {
	for _, keyword := range []string{"properties", "patternProperties"} {
		if named := n.Get(keyword); named != nil && named.Kind == source.Map {
			n = change(n, keyword, mapItems(named, func(v *source.Node) *source.Node { return o.open(v, appLevel, false) }))
		}
	}
	others := n.Get("additionalProperties")
	switch {
	case isBool(others, false), closed(n), others == nil && !part && !composed(n):
		return set(n, "additionalProperties", o.app(true))
	case isBool(others, true) && !part:
		return set(n, "additionalProperties", o.app(false))
	default:
		return change(n, "additionalProperties", o.open(others, appLevel, false))
	}
}

func (o *opener) openApp(n *source.Node, part bool) *source.Node {
	if part && !closed(n) {
		return n
	}
	for i, k := range o.taken.Keys {
		n = o.describe(n, k.Name, o.taken.Items[i])
	}
	return n
}

// describe adds a property that the schema does not have.
func (o *opener) describe(n *source.Node, name string, v *source.Node) *source.Node {
	properties := n.Get("properties")
	switch {
	case properties == nil:
		properties = &source.Node{Kind: source.Map}
	case properties.Kind != source.Map || properties.Get(name) != nil:
		return n
	}
	return set(n, "properties", set(properties, name, v))
}

// change is set for a keyword that is there, and nothing where it stays the same.
func change(n *source.Node, keyword string, v *source.Node) *source.Node {
	if v == nil || n.Get(keyword) == v {
		return n
	}
	return set(n, keyword, v)
}

// composed reports whether other schemas describe properties of the same value, which additionalProperties does not see.
func composed(n *source.Node) bool {
	for _, keyword := range []string{"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "then", "else"} {
		if n.Get(keyword) != nil {
			return true
		}
	}
	return false
}

// closed reports whether the schema refuses what it does not describe.
func closed(n *source.Node) bool {
	return isBool(n.Get("additionalProperties"), false) || isBool(n.Get("unevaluatedProperties"), false)
}

// UnknownApps reports settings of apps that are neither releases nor known to a schema: a typo in the name.
func (s *Schema) UnknownApps(tree *values.Tree, releases []string) diag.Findings {
	apps := tree.At("apps")
	if apps == nil {
		return nil
	}
	var findings diag.Findings
	for _, k := range apps.Keys {
		if s.DescribesApp(k.Name) || slices.Contains(releases, k.Name) {
			continue
		}
		f := diag.Errorf("unknown-release", k.At(), "no release is called %q", k.Name).WithPath(source.Path([]string{"apps", k.Name}))
		f.Hint = diag.DidYouMean(k.Name, releases)
		findings = append(findings, f)
	}
	return findings
}
