package inventory

import (
	"fmt"
	"time"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// MaxUndone is how many objects are remembered that a run did not come to: they share the header with all that is not in shards. The
// run's counts tell how many there were.
const MaxUndone = 1000

// Undone is an object that a run was to change and did not: it failed, or was skipped. One that was never made has no entry.
type Undone struct {
	object.ID
	Release  string `json:"release,omitempty"`
	Runlevel string `json:"runlevel,omitempty"`
	Reason   string `json:"reason"`        // what the run did not do and why; it holds nothing that the server said
	Run      int64  `json:"run,omitempty"` // which run it was
	// Op is what a run is about to do that has not ended, or was killed: it may have done it. Empty: it did not.
	Op    string    `json:"op,omitempty"`
	Since time.Time `json:"since,omitzero"` // when we had last written to the object before that run
}

// Told says which run did not do what; last is the newest one.
func (u Undone) Told(last int64) string {
	if u.Run == last {
		return "the last run " + u.Reason
	}
	return fmt.Sprintf("run %d %s", u.Run, u.Reason)
}
