package inventory

import "github.com/otomi/kubectl-otomi/internal/object"

// MaxUndone is how many objects are remembered that a run did not come to: they share the header with all that is not in shards. The
// run's counts tell how many there were.
const MaxUndone = 1000

// Undone is an object that a run was to change and did not: it failed, or was skipped. One that was never made has no entry.
type Undone struct {
	object.ID
	Release  string `json:"release,omitempty"`
	Runlevel string `json:"runlevel,omitempty"`
	Reason   string `json:"reason"` // what was not done and why; it holds nothing that the server said
}
