// Package values turns the layers of a values repo into one tree in which every value knows its file, line and column.
// Files go in, low to high; Load reads them into Layers, Merge makes the Tree. There is one merge function and one table
// of rules; the schema may ask for other rules by path.
package values

import (
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Layer is one input of a merge: a file, flags, or what the pipeline itself knows.
type Layer struct {
	File *source.File // its name is what users see; File.Secret marks a secret layer
	Only []string     // set: the layer may set nothing outside this path
	Root *source.Node // nil: the layer is empty
}

// Tree is the merged result. It is never changed: With makes a new one.
type Tree struct {
	Root   *source.Node // a map
	Layers []Layer      // what was merged, low to high
	Rules  *Rules       // by which
}

// At returns the value at a path, or nil.
func (t *Tree) At(path ...string) *source.Node { return t.Root.Lookup(path...) }

// Value is the whole tree as plain Go values, freshly made; see source.Node.Value.
func (t *Tree) Value() map[string]any {
	m, _ := t.Root.Value().(map[string]any)
	return m
}

// Secret reports whether the value at the path, or one below it, came from a secret layer or is a secret of the schema's.
func (t *Tree) Secret(path ...string) bool { return secret(t.At(path...)) }

func secret(n *source.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind.Scalar() {
		return n.Hidden()
	}
	for _, item := range n.Items {
		if secret(item) {
			return true
		}
	}
	return false
}
