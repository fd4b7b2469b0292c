// Package relation checks what objects say of each other: selectors against labels, and references against what is there by
// that name. Objects go in, findings come out. An object that lies in no manifest may lie in the cluster, so what is missing
// is a warning; what the API server itself would refuse is an error.
package relation

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Check holds the objects against each other.
func Check(objects []object.Object) diag.Findings {
	return nil
}
