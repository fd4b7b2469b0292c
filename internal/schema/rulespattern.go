package schema

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// maxCombined is how many patterns of one map are told apart where several match a key: n of them in 2^n ways.
const maxCombined = 5

// patterns adds the rules of keys by pattern. For a key that several match, what all of them say holds: the combinations
// come first, those of most patterns before others.
func (r *ruler) patterns(rules *values.Rules, facets []facet, at place) {
	all := allPatterns(facets)
	add := func(match func(string) bool, holds []facet) {
		rules.Patterns = append(rules.Patterns, values.Pattern{Match: match, Rules: r.rules(holds, at.down("*"))})
	}
	if len(all) > maxCombined {
		r.crowded(facets)
		add(func(key string) bool { return matches(all, key) > 1 }, several(facets, all))
		for _, p := range all {
			add(p.MatchString, rest(facets, []jsonschema.Regexp{p}))
		}
		return
	}
	for _, some := range combinations(all) {
		add(func(key string) bool { return matches(some, key) == len(some) }, rest(facets, some))
	}
}

// allPatterns are the different patterns of the schemas, in order.
func allPatterns(facets []facet) []jsonschema.Regexp {
	var all []jsonschema.Regexp
	for _, f := range facets {
		for _, p := range patterns(f.schema) {
			if !has(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

func has(all []jsonschema.Regexp, p jsonschema.Regexp) bool {
	return slices.ContainsFunc(all, func(q jsonschema.Regexp) bool { return q.String() == p.String() })
}

// matches counts the patterns that match.
func matches(all []jsonschema.Regexp, key string) int {
	n := 0
	for _, p := range all {
		if p.MatchString(key) {
			n++
		}
	}
	return n
}

// combinations are all that can be chosen of the patterns, from all of them down to one.
func combinations(all []jsonschema.Regexp) [][]jsonschema.Regexp {
	var out [][]jsonschema.Regexp
	for set := uint(1); set < 1<<len(all); set++ {
		var some []jsonschema.Regexp
		for s := set; s != 0; s &= s - 1 {
			some = append(some, all[bits.TrailingZeros(s)])
		}
		out = append(out, some)
	}
	slices.SortStableFunc(out, func(a, b []jsonschema.Regexp) int { return cmp.Compare(len(b), len(a)) })
	return out
}

// rest is what holds for members that no property describes and that exactly these patterns match.
func rest(facets []facet, matching []jsonschema.Regexp) []facet {
	var out []facet
	for _, f := range facets {
		matched := false
		for _, p := range patterns(f.schema) {
			if has(matching, p) {
				out, matched = append(out, f.of(f.schema.PatternProperties[p])), true
			}
		}
		if o := others(f.schema); o != nil && !matched {
			out = append(out, f.of(o))
		}
	}
	return out
}

// several is what may hold for members that some of the patterns match.
func several(facets []facet, all []jsonschema.Regexp) []facet {
	out := rest(facets, all)
	for _, f := range facets {
		if o := others(f.schema); o != nil {
			out = append(out, f.of(o))
		}
	}
	for i := range out {
		out[i].maybe = true
	}
	return out
}

// crowded warns where the patterns of a map are too many to tell apart.
func (r *ruler) crowded(facets []facet) {
	for _, f := range facets {
		named := r.compiled.node(f.schema.Location).Get("patternProperties")
		if named == nil || len(named.Keys) == 0 {
			continue
		}
		warning := diag.Warningf(misplaced, named.At(), "the keys here have more than %d patterns: for a key that two of them match, what any of them says about merging and secrets holds", maxCombined)
		if !slices.ContainsFunc(r.findings, func(f diag.Finding) bool { return f.At == warning.At }) {
			r.findings = append(r.findings, warning)
		}
		return
	}
}
