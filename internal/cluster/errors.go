package cluster

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// What a command ends with, for errors.Is.
var (
	ErrLocked   = errors.New("another run holds the lock")
	ErrNotReady = errors.New("not ready")
)

// LockedError says who holds the lock.
type LockedError struct {
	Ref    inventory.Ref
	Holder string
	Since  time.Time
	Lost   bool  // this run had the lock and lost it
	Cause  error // why it could not be renewed; nil: somebody else has it, or it was deleted

	renewed time.Time
}

// Error names the holder.
func (e *LockedError) Error() string {
	switch {
	case e.Cause != nil:
		return fmt.Sprintf("lock %s was lost: it could not be renewed: %v; nothing more was written, also not how the run ended: the next run finds that out, and goes on", e.Ref, e.Cause)
	case e.Lost && e.Holder == "":
		return fmt.Sprintf("lock %s was lost: it could not be renewed in time; nothing more was written", e.Ref)
	case e.Lost:
		return fmt.Sprintf("lock %s was lost to %s; nothing more was written", e.Ref, e.Holder)
	case e.Holder == "":
		return fmt.Sprintf("inventory %s was changed by another run; nothing more was written", e.Ref)
	default:
		return fmt.Sprintf("another run holds %s: %s, since %s", e.Ref, e.Holder, e.Since.UTC().Format(time.RFC3339))
	}
}

// Is makes errors.Is find ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// Laggard is an object that did not get where it should have.
type Laggard struct {
	ID      object.ID
	Release string
	Status  ready.Status
	Hint    string // what to do; may be empty
}

// NotReadyError lists what was not ready, or not gone, in time.
type NotReadyError struct{ Laggards []Laggard }

// Error lists them with the reasons.
func (e *NotReadyError) Error() string {
	var b strings.Builder
	b.WriteString("not ready in time:")
	for _, l := range e.Laggards {
		fmt.Fprintf(&b, "\n  %s: %s", l.ID, l.Status.State)
		if l.Status.Reason != "" {
			b.WriteString(": " + l.Status.Reason)
		}
		if l.Hint != "" {
			b.WriteString("\n    " + strings.ReplaceAll(l.Hint, "\n", "\n    "))
		}
	}
	return b.String()
}

// Is makes errors.Is find ErrNotReady.
func (e *NotReadyError) Is(target error) bool { return target == ErrNotReady }

// typed reports that server-side apply could not make sense of the object. The server calls fields that its kind does not
// have an internal error of its own.
func typed(err error) bool { return strings.Contains(err.Error(), untyped) }

const untyped = "failed to create typed patch object"

func network(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) ||
		utilnet.IsHTTP2ConnectionLost(err) || utilnet.IsProbableEOF(err) || utilnet.IsTimeout(err)
}

// conflictCauses are the fields that other managers own, when that is what the error is about.
func conflictCauses(err error) []metav1.StatusCause {
	var status apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	var causes []metav1.StatusCause
	for _, c := range status.Status().Details.Causes {
		if c.Type == metav1.CauseTypeFieldManagerConflict {
			causes = append(causes, c)
		}
	}
	return causes
}
