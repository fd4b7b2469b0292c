package outputs

import (
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Withhold keeps objects from ever being applied where placeholders stand for secrets in what they are made of: in the values,
// or in any other item that the function used.
func Withhold(l *krm.List, tree *values.Tree, objects []object.Object) {
	if l.Withheld || tree.Placeholders() {
		object.Withhold(objects)
	}
}
