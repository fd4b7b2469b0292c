package cluster

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// EventType is what an Event tells of.
type EventType string

// The types of events. An object that is applied goes through EventApplied, which says already when there is nothing to wait
// for (State is ready.Ready), or else any number of EventWaiting and then EventReady; one that is deleted through EventDeleting and EventGone; EventFailed and EventSkipped end either.
const (
	EventStarted  EventType = "started"  // the plan is being carried out; Counts are its operations
	EventLevel    EventType = "level"    // a runlevel begins: Runlevel
	EventApplied  EventType = "applied"  // Op was done: the object was created, updated, adopted or recreated
	EventWaiting  EventType = "waiting"  // not ready yet, told whenever the reason changes
	EventReady    EventType = "ready"    // an object that this run applied is ready
	EventFailed   EventType = "failed"   // Message says why
	EventSkipped  EventType = "skipped"  // not tried, because of what Message says
	EventRetry    EventType = "retry"    // a request failed for a passing reason and will be repeated
	EventDrift    EventType = "drift"    // Message names fields that somebody had changed and that were set back
	EventDeleting EventType = "deleting" // deletion was asked for
	EventGone     EventType = "gone"     // it is deleted
	EventWarning  EventType = "warning"
	EventFinished EventType = "finished" // the run is over; Counts are its results
)

// Event is one thing that happened during an apply.
type Event struct {
	Type     EventType
	Time     time.Time
	Object   *object.ID
	UID      types.UID // of the object, once it is known
	Release  string
	Runlevel string
	Op       plan.Op
	State    ready.State
	Message  string
	Duration time.Duration // since the object was first sent
	Counts   map[string]int
}
