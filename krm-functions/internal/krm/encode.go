package krm

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// encode writes a node as a document, lists indented as those that it has.
func encode(n *yaml.Node) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if !wide(n) {
		e.CompactSeqIndent()
	}
	if err := e.Encode(n); err != nil { // a node that was read, or made of strings here, can be written
		panic("krm: write item: " + err.Error())
	}
	_ = e.Close() // writing to memory does not fail
	return b.Bytes()
}

// wide reports whether the first list below a key is indented further than the key.
func wide(n *yaml.Node) bool {
	var first func(n *yaml.Node) (wide, found bool)
	first = func(n *yaml.Node) (bool, bool) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.SequenceNode && c.Style&yaml.FlowStyle == 0 && c.Column > 0 {
				return c.Column > n.Content[i-1].Column, true
			}
			if w, found := first(c); found {
				return w, true
			}
		}
		return false, false
	}
	w, _ := first(n)
	return w
}
