package object

import (
	"strconv"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// TestPlaceQuickly holds the quick look for a field against the complete one, for every field of every manifest of the
// repository, and for some that are not there.
func TestPlaceQuickly(t *testing.T) {
	quick := 0
	for _, text := range append(manifests(t), "a:\n  - - x\n    -\n  - b: |\n      x\n    'c d': y\n  -\n    e: 1\n", "a.b: 1\na:\n  b: 2\n", "ä: ü\nb: {c: 1}\n") {
		root, _ := source.ParseFile(&source.File{}, []byte(text))
		for _, parts := range paths(root, nil) {
			at, first, there, ok := placeQuickly([]byte(text), parts)
			if !ok {
				continue
			}
			quick++
			want, wantThere := walk(root, parts)
			if at != want || there != wantThere || first != int(root.Line) {
				t.Fatalf("placeQuickly(%q) = %v, %d, %v, want %v, %d, %v in\n%s", parts, at, first, there, want, root.Line, wantThere, text)
			}
		}
	}
	if quick < 1000 {
		t.Errorf("%d fields were found quickly, want more", quick)
	}
}

// paths are those of all fields below a node, each also with a part more that leads nowhere.
func paths(n *source.Node, above []string) [][]string {
	if n == nil {
		return nil
	}
	var all [][]string
	for i, item := range n.Items {
		part := strconv.Itoa(i)
		if n.Kind == source.Map {
			part = n.Keys[i].Name
		}
		below := append(above[:len(above):len(above)], part)
		all = append(append(all, below, append(below[:len(below):len(below)], "nowhere")), paths(item, below)...)
	}
	return all
}
