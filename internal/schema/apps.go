package schema

import (
	"slices"

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
	addresses addresses
	taken     *source.Node // the schemas of enabled, rawValues and patches, by name
	copies    *copies
}

func withApps(root *source.Node, c *copies) *source.Node {
	o := opener{root: root, addresses: addressesOf(root), taken: releaseTakes(), copies: c}
	return c.tidy(c.settle(o.open(root, rootLevel, false)))
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
	n = mapParts(n, func(v *source.Node) *source.Node { return o.open(v, at, true) })
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

// reference leads to an opened copy, so that other places that refer to the same stay as they are.
func (o *opener) reference(n *source.Node, at level) *source.Node {
	path, ok := o.addresses.path(text(n.Get("$ref")))
	target := o.root.Lookup(path...)
	if !ok || target == nil {
		return n
	}
	return o.copies.refer(n, path, string(rune(at)), func() *source.Node { return o.open(target, at, true) })
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
