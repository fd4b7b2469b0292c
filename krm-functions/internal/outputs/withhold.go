package outputs

import (
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Withhold keeps objects from ever being applied where placeholders stand for secrets in what they are made of: in the values,
// or in any other item that the function used. All of them are marked, as the plugin does: who knows what a template made of a
// placeholder.
func Withhold(l *krm.List, tree *values.Tree, objects []object.Object) {
	if !l.Withheld && !tree.Placeholders() {
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
