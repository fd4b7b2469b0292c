package outputs

import (
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Withhold keeps objects from ever being applied where placeholders stand for secrets in the values that they are made of; a nil
// tree holds none. All of them are marked, as the plugin does: who knows what a template made of a placeholder.
func Withhold(tree *values.Tree, objects []object.Object) {
	if tree == nil || !tree.Placeholders() {
		return
	}
	for _, o := range objects {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[object.SecretsKey] = "placeholder"
		o.SetAnnotations(annotations)
	}
}
