package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// The rules that stand for one kind of mistake each; what else a value may break is called schema-KEYWORD.
const (
	unknownValue = "unknown-value"
	missingValue = "missing-value"
)

// word makes findings of a violation: one for each value that has to be changed.
func (c *checker) word(v violation) diag.Findings {
	switch k := v.kind.(type) {
	case *kind.AdditionalProperties:
		var out diag.Findings
		for _, name := range k.Properties {
			out = append(out, c.unknown(v.path, name, v.schema()))
		}
		return out
	case *kind.FalseSchema:
		if parent, ok := strings.CutSuffix(v.schema(), "/unevaluatedProperties"); ok && len(v.path) > 0 {
			last := len(v.path) - 1
			return diag.Findings{c.unknown(v.path[:last], v.path[last], parent)}
		}
	case *kind.Required:
		return c.missing(v, k.Missing, "")
	case *kind.DependentRequired:
		return c.missing(v, k.Missing, k.Prop)
	case *badKey:
		return diag.Findings{c.badKey(v, k)}
	case *brokenRule:
		return diag.Findings{c.broken(v, k)}
	case *noBranch:
		return diag.Findings{c.noBranch(v, k)}
	case *kind.OneOf:
		return diag.Findings{c.manyBranches(v, k)}
	case *kind.RefCycle:
		at := c.compiled.node(v.schema()).At()
		return diag.Findings{diag.Errorf(invalid, at, "the schema refers to itself without an end").WithPath(source.Path(v.path))}
	}
	return diag.Findings{c.wrong(v)}
}

// unknown is about a key that the schema does not describe.
func (c *checker) unknown(path []string, name, location string) diag.Finding {
	f := diag.Errorf(unknownValue, c.keyAt(path, name), "unknown value %q", name).WithPath(source.Path(below(path, name)))
	known := slices.DeleteFunc(c.known(location), func(k string) bool { return k == name }) // of another branch
	f.Hint = diag.DidYouMean(name, known)
	if app := c.meantApp(path); app != "" {
		f.Hint = fmt.Sprintf("no schema describes the app %q; did you mean %q?", path[1], app)
	}
	const few = 8
	if f.Hint == "" && len(known) > 0 && len(known) <= few {
		f.Hint = "known here: " + strings.Join(known, ", ")
	}
	return f
}

// meantApp is the described app nearest to the name of one that no schema describes, at its path; else "".
func (c *checker) meantApp(path []string) string {
	if c.compiled == nil || len(path) != 2 || path[0] != "apps" || c.compiled.describesApp(path[1]) {
		return ""
	}
	var names []string
	for _, f := range c.compiled.apps() {
		names = append(names, sortedKeys(f.schema.Properties)...)
	}
	return diag.Suggest(path[1], names)
}

// known are the properties that a schema describes.
func (c *checker) known(location string) []string {
	if c.compiled == nil || c.compiled.schemas[location] == nil {
		return nil
	}
	var names []string
	for _, f := range expand([]facet{{schema: c.compiled.schemas[location]}}) {
		names = append(names, sortedKeys(f.schema.Properties)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// missing is about values that must be set, at the nearest value that is.
func (c *checker) missing(v violation, names []string, because string) diag.Findings {
	var out diag.Findings
	for _, name := range names {
		f := diag.Errorf(missingValue, diag.Position{}, "required value %q is missing", name)
		if because != "" {
			f.Message = fmt.Sprintf("value %q is required when %q is set", name, because)
		}
		required := c.asks(v.schema(), name, because)
		f.At = c.written(v.path, required)
		f = f.WithPath(source.Path(below(v.path, name)))
		if !required.IsZero() && f.At != required {
			f = f.WithNote(required, "required here")
		}
		out = append(out, c.describe(f, c.membersSchemas(v.schema(), name)))
	}
	return out
}

// asks is the place where a schema asks for a member, always or because of another.
func (c *checker) asks(location, name, because string) diag.Position {
	schema := c.compiled.node(location)
	list := schema.Get("required")
	if because != "" {
		list = schema.Lookup("dependentRequired", because)
	}
	if list == nil {
		return schema.At()
	}
	for _, n := range list.Items {
		if text(n) == name {
			return n.At()
		}
	}
	return list.At()
}

// membersSchemas are the locations of the schemas of a schema's member.
func (c *checker) membersSchemas(location, name string) []string {
	if c.compiled == nil || c.compiled.schemas[location] == nil {
		return nil
	}
	var out []string
	for _, f := range member([]facet{{schema: c.compiled.schemas[location]}}, name) {
		out = append(out, f.schema.Location)
	}
	return out
}

// badKey is about a key that propertyNames refuses.
func (c *checker) badKey(v violation, k *badKey) diag.Finding {
	f := diag.Errorf("schema-property-names", c.keyAt(v.path, k.Property), "the key %q is not allowed", k.Property).
		WithPath(source.Path(below(v.path, k.Property)))
	// The key is checked as a document of its own.
	name := checker{root: &source.Node{Kind: source.String, Text: k.Property}, compiled: c.compiled}
	if reasons := name.findings(name.collect(k.why, nil)); len(reasons) > 0 {
		f.Message += ": " + reasons[0].Message
		f.Hint = reasons[0].Hint
	}
	return c.describe(f, v.schemas)
}

// noBranch is about a value that fits none of several schemas, and none better than the others.
func (c *checker) noBranch(v violation, k *noBranch) diag.Finding {
	var names, required []string
	for _, b := range k.branches {
		names = append(names, c.branchName(b.location))
		if r, ok := b.violations[0].kind.(*kind.Required); ok && len(b.violations) == 1 && len(r.Missing) == 1 &&
			len(b.violations[0].path) == len(v.path) {
			required = append(required, fmt.Sprintf("%q", r.Missing[0]))
		}
	}
	if len(required) == len(k.branches) {
		f := diag.Errorf(missingValue, c.written(v.path, c.compiled.node(v.schema()).At()), "one of the values %s is required", strings.Join(required, ", "))
		return c.describe(f.WithPath(source.Path(v.path)), v.schemas)
	}
	f := diag.Errorf("schema-one-of", c.at(v.path), "the value fits none of the alternatives: %s", strings.Join(names, ", ")).
		WithPath(source.Path(v.path))
	for i, b := range k.branches {
		reason := c.word(b.violations[0])[0]
		if f.Hint == "" {
			f.Hint = reason.Hint
		}
		if at := c.compiled.node(b.location).At(); !at.IsZero() {
			f = f.WithNote(at, "%s: %s", names[i], reason.Message)
		}
	}
	return c.describe(f, v.schemas)
}

// manyBranches is about a value that fits several schemas of which one is wanted.
func (c *checker) manyBranches(v violation, k *kind.OneOf) diag.Finding {
	f := c.wrong(v)
	var names []string
	for _, i := range k.Subschemas {
		location := fmt.Sprintf("%s/oneOf/%d", v.schema(), i)
		names = append(names, c.branchName(location))
		if at := c.compiled.node(location).At(); !at.IsZero() {
			f = f.WithNote(at, "%s fits", names[len(names)-1])
		}
	}
	f.Message += ": " + strings.Join(names, ", ")
	return f
}

// describe adds what the schema says the value is.
func (c *checker) describe(f diag.Finding, locations []string) diag.Finding {
	d := c.description(locations)
	if d == nil {
		return f
	}
	return f.WithNote(d.At(), "%s", short(strings.Join(strings.Fields(d.Text), " "), 200))
}
