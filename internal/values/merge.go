package values

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Merge merges layers, low to high, and fills what no layer set from the rules' defaults, as if they were the lowest
// layer. The table, by what the layers below made of a value, the rule for it, and what the next layer says:
//
//	lower     rule      nothing   null      scalar    list      map       !replace
//	nothing   -         default   nothing   upper     upper     upper     upper
//	null      -         nothing   nothing   upper     upper     upper     upper
//	scalar    -         lower     nothing   upper     error     error     upper
//	list      -         lower     nothing   error     upper     error     upper
//	list      append    lower     nothing   error     append    error     upper
//	list      prepend   lower     nothing   error     prepend   error     upper
//	list      byKey     lower     nothing   error     byKey     error     upper
//	map       -         lower     nothing   error     error     merge     upper
//	nothing   keep      default   null      upper     upper     upper     upper
//	null      keep      null      null      upper     upper     upper     upper
//	scalar    keep      lower     null      upper     error     error     upper
//	list      keep      lower     null      error     upper     error     upper
//	map       keep      lower     null      error     error     merge     upper
//
// The rules are x-merge (append, prepend, byKey) and x-null: keep. An error is a finding that names both places; upper
// stands nevertheless. A map is merged key by key, by this table. Where upper stands, the keys that it sets to null are left
// out; a map or a list that stands on a null or is tagged !replace gets no defaults either, whatever is joined to it. Maps
// inside lists are values of the list: their nulls stay, unless the list's items are merged by key.
//
// What a layer sets outside its Only path is a finding, and is not merged.
//
// Two items with the same key in one layer's list, where that is merged by key, are a finding.
//
// Defaults that hold themselves, or grow out of all proportion, are a finding too, and then none is filled in.
//
// Time and memory are those of sorting the layers' keys, however many layers there are.
func Merge(layers []Layer, rules *Rules) (*Tree, diag.Findings) {
	root, findings := join(&source.Node{Kind: source.Map}, layers, rules)
	g := growth{left: maxFilled, set: root}
	full := finish{fill: true, growth: &g}.value(root, rules)
	if g.wrong != nil {
		full, findings = finish{}.value(root, rules), append(findings, g.wrong...)
	}
	return &Tree{Root: full, Layers: layers, Rules: rules}, findings
}

// MergeOnly is Merge without defaults.
func MergeOnly(layers []Layer, rules *Rules) (*Tree, diag.Findings) {
	root, findings := join(&source.Node{Kind: source.Map}, layers, rules)
	return &Tree{Root: finish{}.value(root, rules), Layers: layers, Rules: rules}, findings
}

// With merges one more layer over the tree: the cluster's facts, then each core's derived values. Defaults are not filled
// in again.
func (t *Tree) With(layer Layer) (*Tree, diag.Findings) {
	root, findings := join(t.Root, []Layer{layer}, t.Rules)
	layers := append(slices.Clip(t.Layers), layer)
	return &Tree{Root: finish{}.value(root, t.Rules), Layers: layers, Rules: t.Rules}, findings
}

// join puts layers over a map.
func join(lowest *source.Node, layers []Layer, rules *Rules) (*source.Node, diag.Findings) {
	var j joiner
	roots := []*source.Node{lowest}
	for _, l := range layers {
		switch {
		case l.Root == nil:
		case l.Root.Kind != source.Map:
			j.findings = append(j.findings, diag.Errorf("layer-type", l.Root.At(), "a layer is a map, not %s", l.Root.Kind.Article()).WithHint("begin it with a key: NAME: VALUE"))
		default:
			j.findings = append(j.findings, fence(l)...)
			j.findings = append(j.findings, duplicates(l.Root, rules, nil)...)
			roots = append(roots, l.fenced())
		}
	}
	root := j.values(roots, rules)
	j.findings.Sort()
	return root, j.findings
}
