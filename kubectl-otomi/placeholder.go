package main

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// withheld reports whether placeholders stand for secret values.
func (b *built) withheld() bool {
	return slices.ContainsFunc(b.layers, func(l values.Layer) bool { return l.File.Secret && withheld(l.Root) })
}

func withheld(n *source.Node) bool {
	return n != nil && (n.Kind == source.String && n.Text == values.Placeholder || slices.ContainsFunc(n.Items, withheld))
}

// mark keeps objects from ever being applied. All of them are marked: who knows what a template made of a placeholder.
func mark(objects []object.Object) {
	for _, o := range objects {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[object.SecretsKey] = "placeholder"
		o.SetAnnotations(annotations)
	}
}
