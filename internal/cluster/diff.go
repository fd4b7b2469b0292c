package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pmezard/go-difflib/difflib"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Change is what a plan does to one object, with every secret value masked.
type Change struct {
	Op       plan.Op        `json:"op"`
	ID       object.ID      `json:"object"`
	Release  string         `json:"release,omitempty"`
	Runlevel string         `json:"runlevel,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Before   map[string]any `json:"before,omitempty"` // nil: does not exist
	After    map[string]any `json:"after,omitempty"`  // nil: is deleted
	Text     string         `json:"-"`                // unified diff of both as YAML; empty: nothing but who manages which field
}

// Diff shows what a plan would change: the live objects against what the API server would make of them in a dry run. What
// is hidden is masked, as are the values of Secrets. A task that merely runs again is no change. Findings and error are those
// of a preflight.
func (c *Client) Diff(ctx context.Context, p *plan.Plan, force bool, hide Hidden) ([]Change, diag.Findings, error) {
	f := newPreflight(c, p, force)
	var changed []*plan.Action
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Op.Writes() && !again(a) {
			changed = append(changed, a)
		}
	}
	before, after := make([]*unstructured.Unstructured, len(changed)), make([]*unstructured.Unstructured, len(changed))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for i, a := range changed {
		g.Go(func() (err error) {
			before[i], after[i], err = f.sides(ctx, a)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, f.findings, fmt.Errorf("compare with cluster: %w", err)
	}
	m := newMasker(hide.Texts, slices.Concat(before, after)...)
	var changes []Change
	for i, a := range changed {
		m.pair(before[i], after[i], hide.Taint[a.ID])
		change, err := newChange(a, before[i], after[i])
		if err != nil {
			return nil, f.findings, err
		}
		if change.Text != "" || a.Op != plan.Update {
			changes = append(changes, change)
		}
	}
	if len(f.conflicts) > 0 {
		return changes, f.findings, &plan.Problems{Conflicts: f.conflicts}
	}
	return changes, f.findings, nil
}

// again reports a task that runs at every apply and is what it was: no difference.
func again(a *plan.Action) bool {
	return a.Op == plan.Recreate && a.Task() && a.Entry != nil && a.Entry.Hash == a.Hash
}

// sides are an object as it is and as it would be.
func (f *preflight) sides(ctx context.Context, a *plan.Action) (before, after *unstructured.Unstructured, err error) {
	if a.Live != nil {
		if before, err = f.live(ctx, a); err != nil {
			return nil, nil, err
		}
	}
	if a.Op == plan.Prune {
		return before, nil, nil
	}
	if after, err = f.preview(ctx, a); err != nil || after != nil {
		return before, after, err
	}
	return before, neutral(a.Object.DeepCopy()), nil
}

func (f *preflight) live(ctx context.Context, a *plan.Action) (*unstructured.Unstructured, error) {
	s, err := f.kinds.findAny(ctx, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return nil, err
	}
	u, err := f.dynamic.Resource(s.resource).Namespace(a.ID.Namespace).Get(ctx, a.ID.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.ID, err)
	}
	return neutral(u), nil
}

// preview is what the server would store; nil where it cannot tell, which is also so for what it refuses: that is a finding.
func (f *preflight) preview(ctx context.Context, a *plan.Action) (*unstructured.Unstructured, error) {
	sample, elsewhere, ok := f.sample(a)
	if !ok {
		return nil, nil
	}
	s, err := f.kinds.find(ctx, sample.Object.GroupVersionKind().GroupKind(), sample.Version)
	if errors.Is(err, errNoKind) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := sample.Object.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", a.ID, err)
	}
	apply := func(force bool) (got *unstructured.Unstructured, err error) {
		err = f.retry(ctx, func() error {
			got, err = f.dynamic.Resource(s.resource).Namespace(sample.ID.Namespace).Patch(ctx, a.ID.Name, types.ApplyPatchType, data, trial(force))
			return err
		})
		return got, err
	}
	got, err := apply(f.force || elsewhere || a.Op == plan.Adopt)
	if causes := conflictCauses(err); len(causes) > 0 {
		_, conflicts := settle(a, causes)
		f.lock.Lock()
		f.conflicts = append(f.conflicts, conflicts...)
		f.lock.Unlock()
		got, err = apply(true)
	}
	switch {
	case err == nil && elsewhere:
		got.SetNamespace(a.ID.Namespace)
		return neutral(got), nil
	case err == nil:
		return neutral(got), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case f.anew(a, err):
		return f.preview(ctx, a)
	case untold(a, elsewhere, err):
		return nil, nil
	}
	f.note(refusal(f.plan, *a, err)...)
	return nil, nil
}

// untold reports a refusal of a trial that says nothing about the object.
func untold(a *plan.Action, elsewhere bool, err error) bool {
	return unpreviewable(err) || elsewhere && !aboutContent(err) || replaceable(a, err)
}

// neutral takes out of an object what every write changes and nobody asked for.
func neutral(u *unstructured.Unstructured) *unstructured.Unstructured {
	u.SetManagedFields(nil)
	for _, field := range []string{"resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"} {
		unstructured.RemoveNestedField(u.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
	delete(u.Object, "status")
	if u.GetKind() == "Job" && u.GroupVersionKind().Group == "batch" {
		withoutUID(u)
	}
	return u
}

// withoutUID takes out of a Job what the server adds to each by its uid, to tell its Pods from those of others.
func withoutUID(job *unstructured.Unstructured) {
	if manual, _, _ := unstructured.NestedBool(job.Object, "spec", "manualSelector"); manual {
		return
	}
	unstructured.RemoveNestedField(job.Object, "spec", "selector")
	for _, label := range []string{"controller-uid", "batch.kubernetes.io/controller-uid"} {
		unstructured.RemoveNestedField(job.Object, "spec", "template", "metadata", "labels", label)
	}
}

func newChange(a *plan.Action, before, after *unstructured.Unstructured) (Change, error) {
	c := Change{Op: a.Op, ID: a.ID, Release: a.Release, Runlevel: a.Runlevel, Reason: a.Reason}
	diff := difflib.UnifiedDiff{FromFile: a.ID.String() + " (live)", ToFile: a.ID.String() + " (" + string(a.Op) + ")", Context: 3}
	var err error
	if before != nil {
		c.Before = before.Object
		if diff.A, err = lines(before); err != nil {
			return c, err
		}
	}
	if after != nil {
		c.After = after.Object
		if diff.B, err = lines(after); err != nil {
			return c, err
		}
	}
	c.Text, err = difflib.GetUnifiedDiffString(diff)
	return c, err
}

func lines(u *unstructured.Unstructured) ([]string, error) {
	text, err := yaml.Marshal(u.Object)
	if err != nil {
		return nil, fmt.Errorf("write %s as YAML: %w", u.GetName(), err)
	}
	return difflib.SplitLines(string(text)), nil
}
