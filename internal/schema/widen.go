package schema

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// widener lets the maps that one file closes take what the other file describes, wherever the first one closes them: behind
// a reference or in a part such as allOf, additionalProperties sees its own properties alone.
type widener struct {
	files     twoFiles
	addresses [2]addresses
	copies    *copies
	plain     map[string]string       // what is said of a definition itself, by reference
	numbers   map[*source.Node]uint32 // see number
	known     map[string]uint32       // by what a schema says
}

// twoFiles has something of the lower file and of the upper one.
type twoFiles [2]*source.Node

// said is what the two files say of one value: their schemas that hold for it and say something of what is in it.
type said [2][]*source.Node

// widened is the two files united, each with the closed maps of the other.
func widened(lower, upper *source.Node, c *copies) *source.Node {
	w := widener{
		files: twoFiles{lower, upper}, addresses: [2]addresses{addressesOf(lower), addressesOf(upper)}, copies: c,
		plain: map[string]string{}, numbers: map[*source.Node]uint32{}, known: map[string]uint32{},
	}
	whole := w.say(said{{lower}, {upper}})
	return c.settle(joined(w.widen(lower, 0, whole), w.widen(upper, 1, whole)))
}

// widen widens one schema of a value.
func (w *widener) widen(n *source.Node, file int, all said) *source.Node {
	if n == nil || n.Kind != source.Map {
		return n
	}
	n = mapParts(n, func(v *source.Node) *source.Node { return w.widen(v, file, all) })
	return take(w.members(w.reference(n, file, all), file, all), all[file], all[1-file])
}

// take lets one schema take what the other file describes of the value's members.
func take(n *source.Node, own, by []*source.Node) *source.Node {
	if !restricts(n) {
		return n
	}
	for _, b := range by {
		for _, keyword := range []string{"properties", "patternProperties"} {
			n = added(n, keyword, own, b.Get(keyword))
		}
	}
	for _, keyword := range []string{"additionalProperties", "unevaluatedProperties"} {
		if isBool(n.Get(keyword), false) && slices.ContainsFunc(by, describesRest) {
			n = set(n, keyword, &source.Node{Kind: source.Bool, Text: "true"})
		}
	}
	return n
}

// restricts reports whether the schema says something of members that its properties do not describe.
func restricts(n *source.Node) bool { return closed(n) || describesRest(n) }

// describesRest reports whether the schema describes members that its properties do not.
func describesRest(n *source.Node) bool {
	return len(n.Get("additionalProperties").Names()) > 0 || len(n.Get("unevaluatedProperties").Names()) > 0
}

// added mentions what the other file describes and this one does not. What one of its branches describes already, the others
// do not take: that may be what tells them apart.
func added(n *source.Node, keyword string, own []*source.Node, named *source.Node) *source.Node {
	if named == nil || named.Kind != source.Map {
		return n
	}
	for _, k := range named.Keys {
		if len(all(own, keyword, k.Name)) == 0 {
			n = mention(n, keyword, k)
		}
	}
	return n
}

// members widens the schemas of what is in the value, and the definitions.
func (w *widener) members(n *source.Node, file int, of said) *source.Node {
	for i, k := range n.Keys {
		v := n.Items[i]
		if !ofMembers(k.Name) {
			continue
		}
		down := func(v *source.Node, path ...string) *source.Node { return w.widen(v, file, w.below(of, path...)) }
		if v.Kind == source.Map && shapeOf(k.Name, v) == oneSchema {
			n = change(n, k.Name, down(v, k.Name))
			continue
		}
		at := -1 // of the item
		n = change(n, k.Name, mapItems(v, func(item *source.Node) *source.Node {
			if at++; v.Kind == source.Map {
				return down(item, k.Name, v.Keys[at].Name)
			}
			return down(item, k.Name, strconv.Itoa(at))
		}))
	}
	return n
}

// ofMembers reports whether a keyword is about what is in a value, or holds definitions.
func ofMembers(keyword string) bool {
	switch keyword {
	case "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "items", "prefixItems", "additionalItems",
		"unevaluatedItems", "contains", "definitions", "$defs":
		return true
	}
	return false
}

// reference leads to a widened copy where the value has more said of it than the definition itself, which is widened where
// it stands.
func (w *widener) reference(n *source.Node, file int, all said) *source.Node {
	ref := text(n.Get("$ref"))
	path, targets := w.targets(ref)
	if targets == (twoFiles{}) {
		return n
	}
	if _, done := w.plain[ref]; !done {
		w.plain[ref] = w.key(w.say(said{targets[:1], targets[1:]}))
	}
	key := w.key(all)
	if key == w.plain[ref] {
		return n
	}
	return w.copies.refer(n, path, strconv.Itoa(file)+key, func() *source.Node {
		here := [2]said{all, all}
		here[1-file] = w.cross(targets[1-file], 1-file, all)
		return joined(w.widen(targets[0], 0, here[0]), w.widen(targets[1], 1, here[1]))
	})
}

// cross is what is said where the reference of one file leads to a definition of the other, which does not say itself that the
// definition holds for the value: whatever else is said of it comes from without.
func (w *widener) cross(target *source.Node, file int, all said) said {
	var from, out said
	from[file] = []*source.Node{target}
	own := w.say(from)[file]
	out[file], out[1-file] = own, slices.Clone(all[1-file])
	for _, n := range all[file] {
		if !slices.Contains(own, n) {
			out[1-file] = append(out[1-file], n)
		}
	}
	return out
}

// targets are the schemas that a reference leads to in both files, and where. Cores repeat definitions: of two equal ones
// there is one.
func (w *widener) targets(ref string) (at []string, targets twoFiles) {
	for i, root := range w.files {
		if path, ok := w.addresses[i].path(ref); ok && root.Lookup(path...) != nil {
			at, targets[i] = path, root.Lookup(path...)
		}
	}
	if targets[0] != nil && targets[1] != nil && w.number(targets[0]) == w.number(targets[1]) {
		targets[1] = nil
	}
	return at, targets
}

// say is all that is said of a value of which some schemas hold, and with them what they consist of.
func (w *widener) say(from said) said {
	var out said
	seen := map[*source.Node]bool{}
	var add func(file int, n *source.Node)
	add = func(file int, n *source.Node) {
		if n == nil || n.Kind != source.Map || seen[n] {
			return
		}
		seen[n] = true
		if slices.ContainsFunc(n.Names(), ofMembers) {
			out[file] = append(out[file], n)
		}
		_, targets := w.targets(text(n.Get("$ref")))
		add(0, targets[0])
		add(1, targets[1])
		mapParts(n, func(part *source.Node) *source.Node {
			add(file, part)
			return part
		})
	}
	for file, schemas := range from {
		for _, n := range schemas {
			add(file, n)
		}
	}
	return out
}

// below is what is said of a member.
func (w *widener) below(of said, path ...string) said {
	return w.say(said{all(of[0], path...), all(of[1], path...)})
}

// all are what stands at a path of some schemas.
func all(schemas []*source.Node, path ...string) []*source.Node {
	var out []*source.Node
	for _, n := range schemas {
		if v := n.Lookup(path...); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// key tells apart what is said.
func (w *widener) key(all said) string {
	var key []byte
	for _, schemas := range all {
		var numbers []uint32
		for _, n := range schemas {
			numbers = append(numbers, w.number(n))
		}
		slices.Sort(numbers)
		numbers = slices.Compact(numbers)
		key = binary.BigEndian.AppendUint32(key, uint32(len(numbers)))
		for _, n := range numbers {
			key = binary.BigEndian.AppendUint32(key, n)
		}
	}
	return string(key)
}

// number is the same for nodes that hold the same, wherever they stand.
func (w *widener) number(n *source.Node) uint32 {
	if number, done := w.numbers[n]; done {
		return number
	}
	holds := strconv.AppendQuote([]byte{byte(n.Kind)}, n.Text)
	for i, item := range n.Items {
		if n.Kind == source.Map {
			holds = strconv.AppendQuote(holds, n.Keys[i].Name)
		}
		holds = binary.BigEndian.AppendUint32(holds, w.number(item))
	}
	number, found := w.known[string(holds)]
	if !found {
		number = uint32(len(w.known))
		w.known[string(holds)] = number
	}
	w.numbers[n] = number
	return number
}
