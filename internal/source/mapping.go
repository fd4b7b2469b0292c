package source

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// field is a member of a map before the map is in order.
type field struct {
	key  Key
	item *Node
	rank int // 0 for the map's own keys, then 1, 2, … for what it inherits
}

func (r *reader) mapping(y *yaml.Node, n *Node, level int) {
	size := len(y.Content) / 2
	n.Keys, n.Items = r.keys[:0:size], r.items[:0:size]
	r.keys, r.items = r.keys[size:], r.items[size:]
	var merges []*yaml.Node
	var mergeKey *yaml.Node
	ordered := true
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style&quotedStyle == 0 {
			if mergeKey != nil {
				r.fail(diag.Errorf("duplicate-key", r.at(k), "key << is set twice in one map").WithNote(r.at(mergeKey), "first set here").
					WithHint("give << a list: [*one, *two]"))
			}
			mergeKey, merges = k, append(merges, v)
			continue
		}
		key, ok := r.key(k)
		item := r.node(v, level+1) // read even below a bad key, so that everything wrong is found at once
		if !ok {
			continue
		}
		ordered = ordered && (len(n.Keys) == 0 || n.Keys[len(n.Keys)-1].Name < key.Name)
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, item)
	}
	if ordered && len(merges) == 0 {
		return
	}
	fields := r.sort[:0]
	for i, k := range n.Keys {
		fields = append(fields, field{key: k, item: n.Items[i]})
	}
	for _, m := range merges {
		r.sort = nil // reading what is merged may need the scratch
		fields = r.mergeKey(m, fields, level)
	}
	r.sort = fields
	r.arrange(n, fields)
}

// arrange sorts a map's fields and keeps the first of each name: its own before what it inherits. A name of its own that
// comes twice is an error.
func (r *reader) arrange(n *Node, fields []field) {
	slices.SortFunc(fields, func(a, b field) int {
		return cmp.Or(strings.Compare(a.key.Name, b.key.Name), cmp.Compare(a.rank, b.rank), cmp.Compare(a.key.Line, b.key.Line), cmp.Compare(a.key.Col, b.key.Col))
	})
	n.Keys, n.Items = n.Keys[:0], n.Items[:0]
	for _, f := range fields {
		if last := len(n.Keys) - 1; last >= 0 && n.Keys[last].Name == f.key.Name {
			if f.rank == 0 {
				r.fail(diag.Errorf("duplicate-key", f.key.At(), "key %q is set twice in one map", f.key.Name).WithNote(n.Keys[last].At(), "first set here"))
			}
			continue
		}
		n.Keys, n.Items = append(n.Keys, f.key), append(n.Items, f.item)
	}
}

// key reads a map's key: a string, or another scalar whose text is taken as it stands. Its place is where it is written, be
// it as an alias.
func (r *reader) key(here *yaml.Node) (Key, bool) {
	y := here
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if y.Kind != yaml.ScalarNode {
		r.fail(diag.Errorf("key-type", r.at(here), "a key must be a string").WithHint("put a template such as {{ … }} in quotes"))
		return Key{}, false
	}
	if y.Style&(quotedStyle|yaml.TaggedStyle) == 0 && ambiguous(y.Value) {
		r.fail(diag.Errorf("ambiguous-scalar", r.at(y), "the key %s is a string in YAML 1.2 and a boolean in YAML 1.1", y.Value).
			WithHint(`write "%s" in quotes`, y.Value))
		return Key{}, false
	}
	text := size{text: len(y.Value)}
	if y == here {
		r.size.add(text)
	} else if !r.expand(here, text) {
		return Key{}, false
	}
	return Key{Name: y.Value, Line: int32(here.Line), Col: int32(here.Column), File: r.file}, true
}

// mergeKey adds what `<<` names, a map or a list of maps: yaml.org/type/merge.html.
func (r *reader) mergeKey(y *yaml.Node, fields []field, level int) []field {
	from := r.node(y, level+1)
	if from.Kind != List {
		return r.inherit(from, fields, r.at(y))
	}
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	for i, item := range from.Items {
		fields = r.inherit(item, fields, r.at(y.Content[i]))
	}
	return fields
}

func (r *reader) inherit(from *Node, fields []field, at diag.Position) []field {
	if from == r.none {
		return fields
	}
	if from.Kind != Map {
		r.fail(diag.Errorf("merge-key", at, "<< takes a map or a list of maps, not %s", from.Kind.Article()))
		return fields
	}
	rank := 1
	if len(fields) > 0 {
		rank += fields[len(fields)-1].rank
	}
	for i, k := range from.Keys {
		fields = append(fields, field{key: k, item: from.Items[i], rank: rank})
	}
	return fields
}
