package main

import (
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// eventSchema is the version of the lines that -o jsonl prints: docs/reference/events.schema.json. Fields and statuses may be
// added to a version; none is taken away or given another meaning.
const eventSchema = "otomi.io/events/v1"

// The types of events that -o jsonl prints.
const (
	planEvent    = "plan"
	lockEvent    = "lock"
	applyEvent   = "apply"
	waitEvent    = "wait"
	pruneEvent   = "prune"
	retryEvent   = "retry"
	warningEvent = "warning"
	summaryEvent = "summary"
)

// event is a line that -o jsonl prints.
type event struct {
	Schema     string         `json:"schema"`
	Type       string         `json:"type"`
	Status     string         `json:"status,omitempty"` // what happened; each type has its own
	Time       time.Time      `json:"time"`
	Set        string         `json:"set,omitempty"`
	Cluster    string         `json:"cluster,omitempty"` // in otomi.yaml
	Run        int64          `json:"run,omitempty"`     // as in the history
	Object     *eventObject   `json:"object,omitempty"`
	Release    string         `json:"release,omitempty"`
	Runlevel   string         `json:"runlevel,omitempty"`
	Op         plan.Op        `json:"op,omitempty"`
	State      string         `json:"state,omitempty"` // of the object; of the set in a summary
	Rule       string         `json:"rule,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	Holder     string         `json:"holder,omitempty"` // of the lock
	DurationMS *int64         `json:"durationMs,omitempty"`
	Counts     map[string]int `json:"counts,omitempty"`
	ExitCode   *int           `json:"exitCode,omitempty"`
	Error      string         `json:"error,omitempty"`
}

// eventObject is the object that an event is about.
type eventObject struct {
	Group     string    `json:"group"`
	Kind      string    `json:"kind"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid,omitempty"`
}

func objectOf(id object.ID, uid types.UID) *eventObject {
	return &eventObject{Group: id.Group, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name, UID: uid}
}

// eventStream prints events, a line each. A nil one prints none.
type eventStream struct {
	to      io.Writer
	now     func() time.Time
	lock    sync.Mutex
	cluster string
	set     string
	run     int64
	began   time.Time
	state   inventory.State // that the run left the set in
	counts  map[string]int
}

func newStream(to io.Writer, cluster string) *eventStream {
	return &eventStream{to: to, now: time.Now, began: time.Now(), cluster: cluster}
}

// about says which set events are about, and which run of it this one is going to be.
func (s *eventStream) about(ref inventory.Ref, inv *inventory.Inventory) {
	if s == nil {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	last, _ := inv.LastRun()
	s.set, s.run = ref.String(), last.Number+1
	if s.cluster == "" && inv != nil {
		s.cluster = inv.Cluster.Name
	}
}

func (s *eventStream) send(e event) {
	if s == nil {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	e.Schema, e.Set, e.Cluster, e.Run = eventSchema, s.set, s.cluster, s.run
	if e.Time.IsZero() {
		e.Time = s.now()
	}
	_ = json.NewEncoder(s.to).Encode(e) // nobody reads any more: the run goes on all the same
}

// plan tells what is going to happen: a line for each object that does not stay as it is, and the counts of all.
func (s *eventStream) plan(p *plan.Plan) {
	if s == nil {
		return
	}
	for _, a := range p.Actions {
		if a.Op == plan.Unchanged {
			continue
		}
		var uid types.UID
		if a.Live != nil {
			uid = a.Live.UID
		}
		s.send(event{Type: planEvent, Status: "action", Object: objectOf(a.ID, uid), Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, Reason: a.Reason})
	}
	counts := map[string]int{}
	for op, n := range p.Counts() {
		counts[string(op)] = n
	}
	s.send(event{Type: planEvent, Status: "made", Counts: counts})
	for _, f := range p.Findings {
		if f.Severity == diag.Warning {
			s.send(event{Type: warningEvent, Status: "finding", Rule: f.Rule, Reason: f.Message})
		}
	}
}

// tell prints what happened during an apply.
func (s *eventStream) tell(c cluster.Event) {
	if s == nil {
		return
	}
	kind, status := typeOf(c)
	if kind == "" {
		return
	}
	e := event{Type: kind, Status: status, Time: c.Time, Release: c.Release, Runlevel: c.Runlevel, Op: c.Op, State: string(c.State), Reason: c.Message, Counts: c.Counts}
	if c.Object != nil {
		e.Object = objectOf(*c.Object, c.UID)
		ms := c.Duration.Milliseconds()
		e.DurationMS = &ms
	}
	s.send(e)
}

// typeOf is what an event of the engine is called outside; "" where it is not told.
func typeOf(e cluster.Event) (kind, status string) {
	kind = applyEvent
	if e.Op == plan.Prune {
		kind = pruneEvent
	}
	switch e.Type {
	case cluster.EventStarted:
		return applyEvent, "started"
	case cluster.EventLevel:
		return applyEvent, "runlevel"
	case cluster.EventApplied:
		return applyEvent, "applied"
	case cluster.EventFailed:
		return kind, "failed"
	case cluster.EventSkipped:
		return kind, "skipped"
	case cluster.EventWaiting:
		return waiting(e)
	case cluster.EventReady:
		return waitEvent, "ready"
	case cluster.EventDeleting:
		return pruneEvent, "deleting"
	case cluster.EventGone:
		return pruneEvent, "gone"
	case cluster.EventRetry:
		return retryEvent, "again"
	case cluster.EventDrift:
		return warningEvent, "drift"
	case cluster.EventFinished:
		return "", ""
	default:
		return warningEvent, "run"
	}
}

func waiting(e cluster.Event) (kind, status string) {
	switch {
	case e.Op == plan.Prune:
		return pruneEvent, "waiting"
	case e.State == ready.Failed:
		return waitEvent, "failing"
	default:
		return waitEvent, "waiting"
	}
}

// ended notes how a run left its set.
func (s *eventStream) ended(r *cluster.Result) {
	if s == nil {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.state, s.counts = r.State, r.Counts
}

// sum is the last line about a set.
func (s *eventStream) sum(code int, err error) {
	if s == nil {
		return
	}
	ms := s.now().Sub(s.began).Milliseconds()
	e := event{Type: summaryEvent, Status: outcome(code), State: string(s.state), Counts: s.counts, ExitCode: &code, DurationMS: &ms}
	if err != nil && !errors.As(err, new(exitCode)) {
		e.Error = err.Error()
	}
	s.send(e)
}

// outcome is an exit code in a word.
func outcome(code int) string {
	switch code {
	case exitOK:
		return "done"
	case exitUsage:
		return "usage"
	case exitNotReady:
		return "not-ready"
	case exitConflict:
		return "conflict"
	case exitLocked:
		return "locked"
	case exitRefused:
		return "refused"
	case exitInterrupted:
		return "interrupted"
	default:
		return "failed"
	}
}
