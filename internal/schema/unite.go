package schema

import (
	"cmp"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// uniteFiles parses the files and unites what they hold; nil: they hold nothing, or what is wrong is an error.
func uniteFiles(files []*source.File) (*source.Node, diag.Findings) {
	var roots []*source.Node
	var findings diag.Findings
	for _, f := range files {
		root, more := source.ParseFile(f, f.Data)
		findings = append(findings, more...)
		if root == nil || more.Failed() {
			continue
		}
		if root.Kind != source.Map {
			findings = append(findings, diag.Errorf(invalid, root.At(), "a schema is a map, not a %s", root.Kind))
			continue
		}
		if more := checkDraft(root); len(more) > 0 {
			findings = append(findings, more...)
			continue
		}
		roots = append(roots, local(root))
	}
	if len(roots) == 0 || findings.Failed() {
		return nil, findings
	}
	u := uniter{copies: newCopies(roots...)}
	united := withApps(u.roots(roots), u.copies)
	if u.copies.full {
		u.findings = append(u.findings, diag.Errorf(invalid, united.At(), "the schemas refer to each other in more than %d ways", maxCopies))
	}
	return united, append(findings, u.findings...)
}

type uniter struct {
	copies   *copies
	findings diag.Findings
}

func (u *uniter) roots(roots []*source.Node) *source.Node {
	united := roots[0]
	if len(roots) > 1 && slices.ContainsFunc(roots, func(r *source.Node) bool { return draftOf(r) != draftOf(united) }) {
		roots = slices.Clone(roots)
		for i, r := range roots {
			roots[i] = modern(r)
		}
		united = roots[0]
	}
	for _, r := range roots[1:] {
		united = u.two(united, r)
	}
	return united
}

// two unites two files. What references lead to is known when that is done, and then each file's closed maps behind them
// are closed around what the other adds, too.
func (u *uniter) two(lower, upper *source.Node) *source.Node {
	united := u.schemas(lower, upper, nil)
	if u.findings.Failed() {
		return united
	}
	return widened(lower, upper, u.copies)
}

// joined unites two schemas of which it is known what they contradict each other in.
func joined(lower, upper *source.Node) *source.Node {
	if lower == nil || upper == nil {
		return cmp.Or(lower, upper)
	}
	u := uniter{}
	return u.schemas(lower, upper, nil)
}

// schemas unites two schemas of one value. The path is the value's, for messages.
func (u *uniter) schemas(lower, upper *source.Node, path []string) *source.Node {
	switch {
	case lower.Kind != source.Map && equal(lower, upper):
		return upper
	case isBool(lower, true):
		return upper
	case isBool(upper, true):
		return lower
	case lower.Kind != source.Map || upper.Kind != source.Map:
		u.conflict(path, lower, upper, "a different schema")
		return upper
	}
	out := lower
	for i, k := range upper.Keys {
		v := upper.Items[i]
		if l := lower.Get(k.Name); l != nil {
			v = u.keyword(k.Name, l, v, path)
		}
		out = put(out, k, v)
	}
	return out
}

// keyword unites what two schemas of one value say with one keyword.
func (u *uniter) keyword(name string, lower, upper *source.Node, path []string) *source.Node {
	switch name {
	case "$schema", "$id", "$comment", "title", "description", "examples", "example", "deprecated", "readOnly", "writeOnly":
		return upper
	case "properties", "patternProperties":
		return u.named(lower, upper, path)
	case "definitions", "$defs", "dependentSchemas":
		return u.definitions(lower, upper, below(path, name))
	case "required", "allOf", "x-validations":
		return union(lower, upper)
	case "additionalProperties", "unevaluatedProperties":
		return u.others(lower, upper, below(path, "*"))
	case "items":
		if lower.Kind == source.Map && upper.Kind == source.Map {
			return u.schemas(lower, upper, below(path, "*"))
		}
	}
	u.once(name, lower, upper, path)
	return upper
}

// once reports a keyword that only one schema may say something with: the type and the default, and others unless they
// are equal. That a value is a map, empty by default, both must be able to say, as maps are what is united.
func (u *uniter) once(name string, lower, upper *source.Node, path []string) {
	emptyMap := func(n *source.Node) bool { return n.Kind == source.Map && len(n.Keys) == 0 }
	switch {
	case name == "type" && text(lower) == "object" && text(upper) == "object":
	case name == "default" && emptyMap(lower) && emptyMap(upper):
	case name == "type", name == "default":
		u.conflict(path, lower, upper, "a "+name)
	case !equal(lower, upper):
		u.conflict(path, lower, upper, "a different "+name)
	}
}

func (u *uniter) named(lower, upper *source.Node, path []string) *source.Node {
	if lower.Kind != source.Map || upper.Kind != source.Map {
		return upper // no schema: compiling says so
	}
	out := lower
	for i, k := range upper.Keys {
		v := upper.Items[i]
		if l := lower.Get(k.Name); l != nil {
			v = u.schemas(l, v, below(path, k.Name))
		}
		out = put(out, k, v)
	}
	return out
}

// definitions unites definitions like properties, except that two equal ones are one: each file must be complete in
// itself for editors, so cores repeat them.
func (u *uniter) definitions(lower, upper *source.Node, path []string) *source.Node {
	if lower.Kind != source.Map || upper.Kind != source.Map {
		return upper
	}
	out := lower
	for i, k := range upper.Keys {
		v := upper.Items[i]
		if l := lower.Get(k.Name); l != nil && !equal(l, v) {
			v = u.schemas(l, v, below(path, k.Name))
		}
		out = put(out, k, v)
	}
	return out
}

// others unites what is said of keys that no property describes. Closing a map is judged on the union of the properties,
// so a schema that describes all other keys is stronger than false.
func (u *uniter) others(lower, upper *source.Node, path []string) *source.Node {
	switch {
	case isBool(upper, true), isBool(upper, false) && lower.Kind == source.Map:
		return lower
	case lower.Kind == source.Bool:
		return upper
	default:
		return u.schemas(lower, upper, path)
	}
}

func (u *uniter) conflict(path []string, lower, upper *source.Node, what string) {
	u.findings = append(u.findings, diag.Errorf("schema-conflict", upper.At(), "two cores give this value %s", what).
		WithPath(source.Path(path)).WithNote(lower.At(), "the other core gives it here").
		WithHint("leave it out of one of the schemas, or give the value another name"))
}

// union joins two lists, without what both have.
func union(lower, upper *source.Node) *source.Node {
	if lower.Kind != source.List || upper.Kind != source.List {
		return upper
	}
	out := *lower
	out.Items = slices.Clone(lower.Items)
	for _, v := range upper.Items {
		if !slices.ContainsFunc(lower.Items, func(l *source.Node) bool { return equal(l, v) }) {
			out.Items = append(out.Items, v)
		}
	}
	return &out
}

// equal reports whether two nodes hold the same, wherever they stand.
func equal(a, b *source.Node) bool {
	return alike(a, b, nil)
}
