package schema

import (
	"encoding/binary"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// maxRules bounds what is built: schemas that people write have some thousands of places, one made to grow has no end.
const maxRules = 1 << 15

// place is where in the tree a value stands, as far as it matters to merging: nulls below apps.*.rawValues are values.
type place uint8

const (
	elsewhere place = iota
	theRoot
	allApps
	oneApp
	rawValues
	belowRaw
	anItem // of a list
)

// down is the place of a member.
func (p place) down(name string) place {
	switch {
	case p == theRoot && name == "apps":
		return allApps
	case p == allApps:
		return oneApp
	case p == oneApp && name == "rawValues":
		return rawValues
	case p == rawValues, p == belowRaw:
		return belowRaw
	default:
		return elsewhere
	}
}

// ruler builds rules from what holds for a value. Places for which the same holds share their rules, which is also how
// a schema that refers to itself comes to an end.
type ruler struct {
	compiled *compiled
	numbers  map[*jsonschema.Schema]uint32
	built    map[string]*values.Rules
	read     map[*source.Node]bool // keywords that say something of some value
	doubted  map[*source.Node]bool // x-merge: byKey that was found to merge nothing
	findings diag.Findings
}

// buildRules makes the rules of a schema; nil: of no schema.
func buildRules(c *compiled) (*values.Rules, diag.Findings) {
	r := ruler{compiled: c, numbers: map[*jsonschema.Schema]uint32{}, built: map[string]*values.Rules{}, read: map[*source.Node]bool{}, doubted: map[*source.Node]bool{}}
	if c == nil {
		return r.rules(nil, theRoot), nil
	}
	rules := r.rules([]facet{{schema: c.root}}, theRoot)
	if len(r.built) >= maxRules {
		return rules, diag.Findings{diag.Errorf(invalid, c.doc.At(), "the schema refers to itself in more than %d ways", maxRules)}
	}
	secrets := r.plainDefaults()
	return rules, append(slices.Concat(r.findings, r.unread()).Hush(places(secrets)), secrets...)
}

func (r *ruler) rules(facets []facet, at place) *values.Rules {
	facets = expand(facets)
	if len(facets) == 0 && (at == elsewhere || at == anItem) {
		return nil
	}
	key := r.key(facets, at)
	if done, ok := r.built[key]; ok {
		return done
	}
	if len(r.built) >= maxRules {
		return nil
	}
	rules := &values.Rules{KeepNull: at == belowRaw}
	r.built[key] = rules
	for _, f := range facets {
		r.keywords(rules, f, at)
	}
	for _, f := range facets {
		r.compiled.merged[f.schema.Location] = r.compiled.merged[f.schema.Location] || rules.List != values.Replace
	}
	r.fields(rules, facets, at)
	r.patterns(rules, facets, at)
	rules.Rest = r.rules(rest(facets, nil), at.down("*"))
	rules.Items = r.items(facets, at)
	r.joining(rules, facets)
	return rules
}

// key tells apart what holds for a value and its place.
func (r *ruler) key(facets []facet, at place) string {
	key := []byte{byte(at)}
	for _, f := range facets {
		n, ok := r.numbers[f.schema]
		if !ok {
			n = uint32(len(r.numbers)) << 2
			r.numbers[f.schema] = n
		}
		if f.maybe {
			n |= 1
		}
		if f.some {
			n |= 2
		}
		key = binary.BigEndian.AppendUint32(key, n)
	}
	return string(key)
}

// keywords adds what one schema says of the value itself; the nearest schema that says something counts.
func (r *ruler) keywords(rules *values.Rules, f facet, at place) {
	n := r.compiled.node(f.schema.Location)
	if n == nil {
		return
	}
	r.reads(n, f, at)
	if rules.List == values.Replace {
		rules.List = listRule(text(n.Get("x-merge")))
		rules.Key = text(n.Get("x-merge-key"))
	}
	rules.KeepNull = rules.KeepNull || text(n.Get("x-null")) == "keep"
	if s := n.Get("x-secret"); rules.Secret == nil && s != nil && !isBool(s, false) {
		rules.Secret = &values.Secret{At: s.At()}
		if s.Kind == source.String {
			rules.Secret.Generator = s.Text
		}
	}
	if rules.Default == nil && !f.maybe && at != theRoot {
		rules.Default = n.Get("default")
	}
}

func listRule(name string) values.ListRule {
	switch name {
	case "append":
		return values.Append
	case "prepend":
		return values.Prepend
	case "byKey":
		return values.ByKey
	default:
		return values.Replace
	}
}

func (r *ruler) fields(rules *values.Rules, facets []facet, at place) {
	add := func(name string) {
		if rules.Fields == nil {
			rules.Fields = map[string]*values.Rules{}
		}
		if _, done := rules.Fields[name]; !done {
			rules.Fields[name] = r.rules(direct(facets, name), at.down(name))
		}
	}
	switch at {
	case theRoot:
		add("apps")
	case oneApp:
		add("rawValues")
	}
	for _, f := range facets {
		for _, name := range sortedKeys(f.schema.Properties) {
			add(name)
		}
	}
}

// items are the rules of a list's items.
func (r *ruler) items(facets []facet, at place) *values.Rules {
	if at == rawValues || at == belowRaw {
		return r.rules(itemFacets(facets), belowRaw)
	}
	return r.rules(itemFacets(facets), anItem)
}

// itemFacets are the schemas of a list's items. Which of a tuple's holds for an item, which item is the one that contains
// asks for and which are left over depends on the list: all of them may hold for every item, so that no secret is missed.
func itemFacets(facets []facet) []facet {
	var out []facet
	for _, f := range facets {
		if f.schema.Items2020 != nil {
			tuple := len(f.schema.PrefixItems) > 0
			out = append(out, facet{f.schema.Items2020, f.maybe || tuple, f.some || tuple})
		}
		for _, s := range append(slices.Clone(f.schema.PrefixItems), f.schema.Contains, f.schema.UnevaluatedItems) {
			if s != nil {
				out = append(out, facet{schema: s, maybe: true, some: true})
			}
		}
	}
	return out
}
