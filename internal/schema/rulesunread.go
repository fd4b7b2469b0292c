package schema

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// misplaced is the rule of keywords that mean nothing where they stand.
const misplaced = "schema-keyword"

// ruleKeywords are the keywords that rules are made of.
func ruleKeywords() []string { return []string{"x-secret", "x-merge", "x-null", "default"} }

// reads notes what a schema says that rules are made of. The default of an item is never filled in: nothing is missing.
func (r *ruler) reads(n *source.Node, f facet, at place) {
	for _, keyword := range ruleKeywords() {
		if v := n.Get(keyword); v != nil && (keyword != "default" || !f.some && at != anItem) {
			r.read[v] = true
		}
	}
}

// unread finds keywords at places that describe no value, such as below not and if.
func (r *ruler) unread() diag.Findings {
	var out diag.Findings
	for _, location := range sortedKeys(r.compiled.schemas) {
		n := r.compiled.node(location)
		for _, keyword := range ruleKeywords() {
			if v := n.Get(keyword); v != nil && !r.read[v] {
				r.read[v] = true // once, also where a schema was copied
				out = append(out, meaningless(keyword, v, pathOf(location))...)
			}
		}
	}
	out.Sort()
	return out
}

// content finds keywords in schemas of what a string encodes, which nobody decodes here.
func (l *linter) content(n *source.Node, path []string) {
	walk(n.Get("contentSchema"), below(path, "contentSchema"), func(n *source.Node, path []string) {
		for _, keyword := range append(ruleKeywords(), validations) {
			if v := n.Get(keyword); v != nil {
				l.findings = append(l.findings, meaningless(keyword, v, path)...)
			}
		}
	})
}

// meaningless is what is said of a keyword that nothing reads. A secret that is none would be shown: that is an error.
func meaningless(keyword string, v *source.Node, path []string) diag.Findings {
	var f diag.Finding
	switch {
	case keyword == "x-secret" && isBool(v, false):
		return nil
	case keyword == "x-secret":
		f = diag.Errorf(invalid, v.At(), "x-secret makes nothing a secret here: the schema around it describes no value").
			WithHint("write it where the value is described: below properties, patternProperties, additionalProperties or items")
	case keyword == "default":
		f = diag.Warningf(misplaced, v.At(), "the default is never filled in here")
	default:
		f = diag.Warningf(misplaced, v.At(), "the keyword %q means nothing here: the schema around it describes no value", keyword)
	}
	return diag.Findings{f.WithPath(source.Path(below(path, keyword)))}
}
