package values

import (
	"cmp"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// joiner merges all layers at once, path by path: folding them one by one would build the large maps anew for every layer.
type joiner struct {
	findings diag.Findings
	path     []string
	members  []member       // stack of scratch, one stretch for every map on the path
	nodes    []*source.Node // likewise
}

// values makes one value of those that the layers give a path, low to high. It may change the slice, never the nodes.
func (j *joiner) values(in []*source.Node, rules *Rules) *source.Node {
	first := 0 // the lowest that still counts
	for i := 1; i < len(in); i++ {
		if j.joins(in[i-1], in[i], rules) {
			continue
		}
		j.same(in[first:i], rules) // it no longer counts, but what is wrong with it does
		if in[i-1].Kind == source.Null && !in[i].Kind.Scalar() {
			in[i] = cutOff(in[i])
		}
		first = i
	}
	return j.same(in[first:], rules)
}

// joins reports whether lower shows through upper, and an error where the one cannot follow the other.
func (j *joiner) joins(lower, upper *source.Node, rules *Rules) bool {
	switch {
	case lower.Kind == source.Null, upper.Kind == source.Null, upper.Replace:
		return false
	case lower.Kind == source.Map && upper.Kind == source.Map:
		return true
	case lower.Kind == source.List && upper.Kind == source.List:
		return rules != nil && rules.List != Replace
	case lower.Kind.Scalar() && upper.Kind.Scalar():
		return false
	}
	j.findings = append(j.findings, diag.Errorf("type-change", upper.At(), "this layer makes %s into %s", lower.Kind.Article(), upper.Kind.Article()).
		WithPath(source.Path(j.path)).WithNote(lower.At(), "the %s is set here", lower.Kind).
		WithHint("give both the same type, or tag the new value !replace"))
	return false
}

// cutOff marks a map or a list that stands on a null: nothing lower shows through it, defaults neither.
func cutOff(n *source.Node) *source.Node {
	c := *n
	c.Replace = true
	return &c
}

// same joins maps, or lists. What only one of them has is shared, not copied.
func (j *joiner) same(in []*source.Node, rules *Rules) *source.Node {
	if len(in) == 1 {
		return in[0]
	}
	out := *in[len(in)-1]
	out.Replace = in[0].Replace // where nothing shows through the lowest, the default does not either
	if out.Kind == source.Map {
		j.maps(&out, in, rules)
	} else {
		j.lists(&out, in, rules)
	}
	return &out
}

// member is a key and its value in one of several maps.
type member struct {
	key   source.Key
	item  *source.Node
	layer int
}

func (j *joiner) maps(out *source.Node, in []*source.Node, rules *Rules) {
	bottom := len(j.members)
	for layer, n := range in {
		for i, k := range n.Keys {
			j.members = append(j.members, member{k, n.Items[i], layer})
		}
	}
	members := j.members[bottom:]
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(strings.Compare(a.key.Name, b.key.Name), cmp.Compare(a.layer, b.layer))
	})
	size := 0
	for i := range members {
		if i == 0 || members[i].key.Name != members[i-1].key.Name {
			size++
		}
	}
	out.Keys, out.Items = make([]source.Key, 0, size), make([]*source.Node, 0, size)
	for len(members) > 0 {
		end := 1
		for end < len(members) && members[end].key.Name == members[0].key.Name {
			end++
		}
		out.Keys = append(out.Keys, members[end-1].key)
		out.Items = append(out.Items, j.member(members[:end], rules))
		members = members[end:]
	}
	j.members = j.members[:bottom]
}

// member merges what the layers give one key.
func (j *joiner) member(of []member, rules *Rules) *source.Node {
	if len(of) == 1 {
		return of[0].item
	}
	bottom := len(j.nodes)
	for _, m := range of {
		j.nodes = append(j.nodes, m.item)
	}
	name := of[0].key.Name
	j.path = append(j.path, name)
	v := j.values(j.nodes[bottom:], rules.field(name))
	j.path = j.path[:len(j.path)-1]
	j.nodes = j.nodes[:bottom]
	return v
}

func (j *joiner) lists(out *source.Node, in []*source.Node, rules *Rules) {
	out.Items = nil
	switch rules.List {
	case Append:
		for _, n := range in {
			out.Items = append(out.Items, n.Items...)
		}
	case Prepend:
		for _, n := range slices.Backward(in) {
			out.Items = append(out.Items, n.Items...)
		}
	default:
		out.Items = j.byKey(in, rules)
	}
}

// byKey merges the items that have the same key, in the lowest list's order; items with a new key, or without, follow.
// Items of the lowest list are never merged with each other: the last of those with the same key is the one that is meant.
func (j *joiner) byKey(in []*source.Node, rules *Rules) []*source.Node {
	var groups [][]*source.Node
	index := map[itemKey]int{}
	for layer, list := range in {
		for _, item := range list.Items {
			id, ok := keyOf(item, rules.Key)
			if i, found := index[id]; ok && found && layer > 0 {
				groups[i] = append(groups[i], item)
				continue
			}
			if ok {
				index[id] = len(groups)
			}
			groups = append(groups, []*source.Node{item})
		}
	}
	items := make([]*source.Node, len(groups))
	for i, g := range groups {
		id, _ := keyOf(g[0], rules.Key)
		j.path = append(j.path, id.text)
		items[i] = j.values(g, rules.items())
		j.path = j.path[:len(j.path)-1]
	}
	return items
}

// itemKey is what an item of a list is merged by: 1 and "1" are not the same.
type itemKey struct {
	text   string
	string bool
}

func keyOf(item *source.Node, key string) (itemKey, bool) {
	if v := item.Get(keyName(key)); v != nil && v.Kind.Scalar() && v.Kind != source.Null {
		return itemKey{v.Text, v.Kind == source.String}, true
	}
	return itemKey{}, false
}
