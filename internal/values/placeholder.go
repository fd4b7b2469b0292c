package values

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Placeholders reports whether placeholders stand for secrets in the tree.
func (t *Tree) Placeholders() bool { return standIns(t.Root) }

func standIns(n *source.Node) bool {
	return n != nil && (n.Kind == source.String && strings.Contains(n.Text, Placeholder) || slices.ContainsFunc(n.Items, standIns))
}
