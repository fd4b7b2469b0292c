package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// standIn is where objects are tried out whose own namespace does not exist yet. Every cluster has it, and nobody's objects
// are in it that the trial could meet.
const standIn = "kube-node-lease"

// Preflight tries the plan out: every object that would be sent is sent as a dry run, all at the same time, so that what the
// API server or its webhooks refuse is known before the first write. Findings of severity error are such refusals; a
// *plan.Problems holds every field that another manager owns and that would not be taken over. An update of a field that cannot be
// changed becomes a recreation in the plan, where that was asked for. An object that is to be
// made anew is tried out beside the old one. One in a namespace that is yet to be made is tried out elsewhere, and then only its
// content counts; what cannot be tried out is passed over.
func (c *Client) Preflight(ctx context.Context, p *plan.Plan, force bool) (diag.Findings, error) {
	f := newPreflight(c, p, force)
	err := forEach(ctx, c.workers, len(p.Actions), func(ctx context.Context, i int) error {
		if a := &p.Actions[i]; a.Op.Sends() {
			return f.try(ctx, a)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(f.findings, func(a, b diag.Finding) int {
		return strings.Compare(a.Object+"\x00"+a.Path, b.Object+"\x00"+b.Path)
	})
	if len(f.conflicts) > 0 {
		slices.SortFunc(f.conflicts, func(a, b plan.Conflict) int { return a.ID.Compare(b.ID) })
		return f.findings, p.Conflicting(f.conflicts)
	}
	return f.findings, nil
}

type preflight struct {
	*Client
	plan    *plan.Plan
	force   bool
	renewed map[string]bool // namespaces that this run makes

	lock      sync.Mutex
	findings  diag.Findings
	conflicts []plan.Conflict
}

func newPreflight(c *Client, p *plan.Plan, force bool) *preflight {
	f := &preflight{Client: c, plan: p, force: force, renewed: map[string]bool{}}
	for _, a := range p.Actions {
		if a.Op == plan.Create && a.ID.Kind == "Namespace" && a.ID.Group == "" {
			f.renewed[a.ID.Name] = true
		}
	}
	return f
}

func (f *preflight) note(findings ...diag.Finding) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.findings = append(f.findings, findings...)
}

func (f *preflight) try(ctx context.Context, a *plan.Action) error {
	_, err := f.attempt(ctx, a, f.unread(ctx))
	return err
}

// unread is the request of a trial of which only the verdict counts.
func (c *Client) unread(ctx context.Context) func(served, *plan.Action, []byte, metav1.PatchOptions) error {
	return func(s served, a *plan.Action, data []byte, options metav1.PatchOptions) error {
		_, err := c.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Patch(ctx, a.ID.Name, types.ApplyPatchType, data, options)
		return err
	}
}

// attempt tries an object out with the request that patch makes, and notes what the server has against it: refusals, and conflicts,
// over which it is tried once more with force. Where there is no telling what would become of it, the note may say why.
func (f *preflight) attempt(ctx context.Context, a *plan.Action, patch func(served, *plan.Action, []byte, metav1.PatchOptions) error) (note string, err error) {
	sample, ok := f.sample(a)
	if !ok {
		return "", nil
	}
	force := f.force || a.Force || sample.ID != a.ID || a.Op == plan.Adopt
	err = f.dryRun(ctx, &sample, patch, force)
	if causes := conflictCauses(err); len(causes) > 0 {
		_, conflicts := settle(a, causes)
		if len(conflicts) > 0 {
			conflicts = f.differing(ctx, a, conflicts)
		}
		f.lock.Lock()
		f.conflicts = append(f.conflicts, conflicts...)
		f.lock.Unlock()
		err = f.dryRun(ctx, &sample, patch, true)
	}
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, errNoKind):
		return notePending, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case f.anew(a, err):
		return f.attempt(ctx, a, patch)
	case f.anewOnly(ctx, a, err):
		f.renew(a, err) // it was just tried out
	case unpreviewable(err):
		return noteLocal, nil
	default:
		f.note(f.against(a, sample.ID, err)...)
	}
	return "", nil
}

// against is what the server has against an object, which was tried out under an id that need not be its own.
func (f *preflight) against(a *plan.Action, tried object.ID, err error) diag.Findings {
	switch {
	case tried.Namespace != a.ID.Namespace && !aboutContent(err):
		return nil
	case tried.Name != a.ID.Name:
		return besides(f.plan, a, err)
	default:
		return refusal(f.plan, *a, err)
	}
}

// sample is the action with the object to try out: in its place, beside the old one, or elsewhere.
func (f *preflight) sample(a *plan.Action) (plan.Action, bool) {
	ns := a.ID.Namespace
	exists := ns == "" || f.plan.Observed.Namespaces[ns]
	switch {
	case f.renewed[ns] && ns != "":
		moved := *a
		moved.Object.Unstructured = a.Object.DeepCopy()
		moved.Object.SetNamespace(standIn)
		moved.ID.Namespace = standIn
		return moved, true
	case !exists:
		finding := diag.Errorf("missing-namespace", a.Object.Source.Position(), "namespace %s does not exist, and this run does not make it", ns)
		f.note(about(finding.WithHint("make it first, with kubectl create namespace %s, or let the set have it: as a manifest, or by createNamespace: true of a release", ns), a.ID))
		return *a, false
	case a.Op == plan.Recreate && a.Live != nil:
		return beside(a, a.Object), true
	default:
		return *a, a.Live == nil || !a.Live.Terminating
	}
}

// dryRun sends an object without effect.
func (c *Client) dryRun(ctx context.Context, a *plan.Action, patch func(served, *plan.Action, []byte, metav1.PatchOptions) error, force bool) error {
	s, err := c.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
	if err != nil {
		return err
	}
	data, err := a.Object.MarshalJSON()
	if err != nil {
		return fmt.Errorf("encode %s: %w", a.ID, err)
	}
	return c.retry(ctx, func() error { return patch(s, a, data, trial(force)) })
}

// trial are the options of a server-side apply without effect.
func trial(force bool) metav1.PatchOptions {
	return metav1.PatchOptions{
		FieldManager: object.FieldManager, Force: ptr.To(force), FieldValidation: metav1.FieldValidationStrict, DryRun: []string{metav1.DryRunAll},
	}
}

// unpreviewable reports that a webhook does not take part in dry runs, which says nothing about the object.
func unpreviewable(err error) bool {
	return strings.Contains(err.Error(), "does not support dry run")
}

// aboutContent reports a refusal that would be the same in any namespace: of the API server itself, not of a webhook's, a
// quota's or an authorizer's opinion of the place.
func aboutContent(err error) bool {
	return (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || typed(err)) && !strings.Contains(err.Error(), "admission webhook")
}
