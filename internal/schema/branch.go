package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// branch is one of the schemas of oneOf or anyOf, and what the value breaks of it.
type branch struct {
	location   string
	violations []violation
}

// noBranch is reported where no branch comes nearer to the value than the others.
type noBranch struct {
	kind.OneOf
	branches []branch
}

// branches reduces a failed oneOf or anyOf to the branch that was meant: the one whose type the value has, whose
// discriminator it names, and that it follows deepest.
func (c *checker) branches(e *jsonschema.ValidationError, here *trail) []violation {
	var all []branch
	for i, cause := range e.Causes { // a branch each, as all have failed
		b := branch{fmt.Sprintf("%s/%s/%d", e.SchemaURL, e.ErrorKind.KeywordPath()[0], i), c.collect(cause, here)}
		if len(b.violations) == 0 {
			return nil // only secrets that nobody can read stand against it
		}
		all = append(all, b)
	}
	depth := len(e.InstanceLocation)
	live := filter(all, func(b branch) bool { return !b.wrongType(depth) })
	if len(live) == 0 {
		return []violation{joinTypes(all, depth)}
	}
	if same := filter(live, func(b branch) bool { return !b.otherKind(depth) }); len(same) > 0 && !listed(live, depth) {
		live = same
	}
	if len(live) == 1 {
		return live[0].violations
	}
	live, choices := c.discriminate(e, live)
	if choices != nil {
		return []violation{*choices}
	}
	live = deepest(live)
	if len(live) == 1 {
		return live[0].violations
	}
	return []violation{{kind: &noBranch{branches: live}, path: e.InstanceLocation, schemas: here.schemas}}
}

func filter(branches []branch, keep func(branch) bool) []branch {
	var out []branch
	for _, b := range branches {
		if keep(b) {
			out = append(out, b)
		}
	}
	return out
}

// wrongType reports whether the value is not of the branch's type.
func (b branch) wrongType(depth int) bool {
	return slices.ContainsFunc(b.violations, func(v violation) bool {
		_, ok := v.kind.(*kind.Type)
		return ok && len(v.path) == depth
	})
}

// otherKind reports whether the branch lists values, and none of the value's type.
func (b branch) otherKind(depth int) bool {
	return slices.ContainsFunc(b.violations, func(v violation) bool {
		want, got := fixed(v.kind)
		return len(v.path) == depth && want != nil && !slices.ContainsFunc(want, func(x any) bool { return typeOf(x) == typeOf(got) })
	})
}

// typeOf is the type of a value of JSON; all numbers are of one.
func typeOf(v any) string {
	switch v.(type) {
	case nil, bool, string, []any, map[string]any:
		return fmt.Sprintf("%T", v)
	default:
		return "number"
	}
}

// joinTypes makes one violation of branches that all want another type.
func joinTypes(branches []branch, depth int) violation {
	var joined violation
	want := kind.Type{}
	for _, b := range branches {
		for _, v := range b.violations {
			if k, ok := v.kind.(*kind.Type); ok && len(v.path) == depth {
				joined, want.Got = v, k.Got
				want.Want = append(want.Want, k.Want...)
			}
		}
	}
	slices.Sort(want.Want)
	want.Want = slices.Compact(want.Want)
	joined.kind = &want
	return joined
}

// discriminate drops the branches whose discriminator is another than the value's: a member that several branches fix with
// const or enum, or the value itself where all do. Where none is left, it returns the violation of all their choices.
func (c *checker) discriminate(e *jsonschema.ValidationError, live []branch) ([]branch, *violation) {
	depth := len(e.InstanceLocation)
	refuted := map[string][]violation{}
	choice := listed(live, depth)
	left := filter(live, func(b branch) bool {
		for _, v := range b.violations {
			if want, _ := fixed(v.kind); want == nil || len(v.path) > depth+1 ||
				len(v.path) == depth && !choice || len(v.path) == depth+1 && c.fixing(e, v.path[depth]) < 2 {
				continue
			}
			path := strings.Join(v.path, "\x00")
			refuted[path] = append(refuted[path], v)
			return false
		}
		return true
	})
	if len(left) > 0 || len(refuted) != 1 {
		if len(left) == 0 {
			left = live
		}
		return left, nil
	}
	var joined violation
	var want []any
	for _, violations := range refuted {
		joined = violations[0]
		for _, v := range violations {
			some, _ := fixed(v.kind)
			want = append(want, some...)
		}
	}
	joined.kind = &kind.Enum{Want: want}
	return nil, &joined
}

// listed reports whether every branch lists the values that it allows.
func listed(branches []branch, depth int) bool {
	return !slices.ContainsFunc(branches, func(b branch) bool {
		return !slices.ContainsFunc(b.violations, func(v violation) bool {
			want, _ := fixed(v.kind)
			return want != nil && len(v.path) == depth
		})
	})
}

// fixed are the values that const or enum allows, and the one there is.
func fixed(k jsonschema.ErrorKind) (want []any, got any) {
	switch k := k.(type) {
	case *kind.Enum:
		return k.Want, k.Got
	case *kind.Const:
		return []any{k.Want}, k.Got
	default:
		return nil, nil
	}
}

// fixing counts the branches that fix a member with const or enum.
func (c *checker) fixing(e *jsonschema.ValidationError, name string) int {
	if c.compiled == nil {
		return 0
	}
	s := c.compiled.schemas[e.SchemaURL]
	if s == nil {
		return 0
	}
	count := 0
	for _, b := range slices.Concat(s.AnyOf, s.OneOf) {
		fixes := func(f facet) bool { return f.schema.Const != nil || f.schema.Enum != nil }
		if slices.ContainsFunc(member([]facet{{schema: b}}, name), fixes) {
			count++
		}
	}
	return count
}

// deepest keeps the branches whose first violation is deepest, and of them those with the fewest.
func deepest(branches []branch) []branch {
	var best []branch
	bestDepth, bestCount := -1, 0
	for _, b := range branches {
		depth, count := len(b.violations[0].path), 0
		for _, v := range b.violations {
			depth = min(depth, len(v.path))
			count += size(v.kind)
		}
		switch {
		case depth > bestDepth || depth == bestDepth && count < bestCount:
			best, bestDepth, bestCount = []branch{b}, depth, count
		case depth == bestDepth && count == bestCount:
			best = append(best, b)
		}
	}
	return best
}

// size is how many things a violation is about.
func size(k jsonschema.ErrorKind) int {
	switch k := k.(type) {
	case *kind.AdditionalProperties:
		return len(k.Properties)
	case *kind.Required:
		return len(k.Missing)
	default:
		return 1
	}
}

// branchName is what a message calls a branch: its title, else its number.
func (c *checker) branchName(location string) string {
	if title := text(c.compiled.node(location).Get("title")); title != "" {
		return strconv.Quote(title)
	}
	i, _ := strconv.Atoi(location[strings.LastIndexByte(location, '/')+1:])
	return "number " + strconv.Itoa(i+1)
}
