package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// whole is where the schema of the whole tree stands in that of a fenced layer.
const whole = "whole"

// fence is the loose schema of a layer that may set one path alone.
func (l *loosener) fence(loose *source.Node, only []string) *source.Node {
	facets := expand([]facet{{schema: l.compiled.root}})
	levels := make([][]facet, len(only))
	open := true
	for i, name := range only {
		open = open && !slices.ContainsFunc(facets, func(f facet) bool { return refuses(f, name) })
		levels[i] = direct(facets, name)
		facets = expand(levels[i])
	}
	out := l.target(levels[len(only)-1])
	if !open || only[0] == "cluster" || only[0] == "derived" {
		out = &source.Node{Kind: source.Bool, Text: "false"}
	}
	for i, name := range slices.Backward(only) {
		properties := set(&source.Node{Kind: source.Map}, name, out)
		out = set(&source.Node{Kind: source.Map}, "properties", properties)
		out = set(out, "type", &source.Node{Kind: source.String, Text: "object"})
		out = set(out, "additionalProperties", &source.Node{Kind: source.Bool, Text: "false"})
		if i > 0 {
			out = l.described(out, levels[i-1])
		}
	}
	return set(out, "definitions", set(&source.Node{Kind: source.Map}, whole, rewrite(loose, inside)))
}

// refuses reports whether the schema is closed and does not describe the name.
func refuses(f facet, name string) bool {
	return !f.maybe && f.schema.AdditionalProperties == false && !describes(f.schema, name)
}

// target refers to the schemas of the fenced value: to those that always hold, else to the branches that may.
func (l *loosener) target(facets []facet) *source.Node {
	var always, maybe []*source.Node
	for _, f := range facets {
		to := "#" + fragment(append([]string{"definitions", whole}, l.moved(pathOf(f.schema.Location))...))
		ref := set(&source.Node{Kind: source.Map}, "$ref", &source.Node{Kind: source.String, Text: to})
		if f.maybe {
			maybe = append(maybe, ref)
		} else {
			always = append(always, ref)
		}
	}
	switch {
	case len(always) == 1:
		return always[0]
	case len(always) > 1:
		return set(&source.Node{Kind: source.Map}, "allOf", listOf(always...))
	case len(maybe) > 0:
		return set(&source.Node{Kind: source.Map}, "anyOf", listOf(maybe...))
	default:
		return &source.Node{Kind: source.Map}
	}
}

// described keeps what the schema says of the maps around the fenced value.
func (l *loosener) described(n *source.Node, facets []facet) *source.Node {
	for _, f := range expand(facets) {
		if d := l.compiled.node(f.schema.Location).Get("description"); text(d) != "" {
			return set(n, "description", d)
		}
	}
	return n
}

// inside lets references within the document follow it to where it stands now.
func inside(n *source.Node) *source.Node {
	rest, local := strings.CutPrefix(text(n.Get("$ref")), "#")
	if _, ok := pointer(rest); !local || !ok {
		return n
	}
	return referTo(n, "#/definitions/"+whole+rest)
}
