package cluster

import (
	"context"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// pair is an object as it is and as it would be; nil where there is none.
type pair struct {
	before, after *unstructured.Unstructured
	note          string
}

func (f *preflight) pair(ctx context.Context, a *plan.Action) (x pair, err error) {
	if a.Live != nil {
		if x.before, err = f.live(ctx, a); err != nil {
			return x, err
		}
	}
	if a.Op == plan.Prune {
		return x, nil
	}
	if x.after, x.note, err = f.preview(ctx, a); err != nil || x.after != nil {
		return x, err
	}
	x.after = a.Object.DeepCopy()
	if x.before != nil && a.Op != plan.Recreate && a.Op != plan.Create {
		x.after.Object, _ = overlay(x.before.Object, x.after.Object).(map[string]any)
	}
	neutral(x.after)
	return x, nil
}

// overlay is the live value with the fields that would be sent: as much as can be told without the server. Items of lists are
// the same by their names, or by their places.
func overlay(live, sent any) any {
	switch x := sent.(type) {
	case map[string]any:
		was, _ := live.(map[string]any)
		both := maps.Clone(was)
		if both == nil {
			both = map[string]any{}
		}
		for key, value := range x {
			both[key] = overlay(was[key], value)
		}
		return both
	case []any:
		was, _ := live.([]any)
		both := make([]any, len(x))
		for i, value := range x {
			both[i] = overlay(item{name: nameOf(value)}.of(was, i), value)
		}
		return both
	default:
		return sent
	}
}

// secret is a Secret of the set that does not change: as it is desired, or where it is only kept, as it is.
func (f *preflight) secret(ctx context.Context, a *plan.Action) (*unstructured.Unstructured, error) {
	if a.Op == plan.Keep && a.Live != nil {
		return f.live(ctx, a)
	}
	return a.Object.Unstructured, nil
}

func (f *preflight) live(ctx context.Context, a *plan.Action) (*unstructured.Unstructured, error) {
	s, err := f.kinds.findAny(ctx, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return nil, err
	}
	u, err := f.getObject(ctx, s, a.ID)
	if u == nil || err != nil {
		return nil, err
	}
	return neutral(u), nil
}

// preview is what the server would store; nil where it cannot tell, with a note that may say why, which is also so for what it
// refuses: that is a finding.
func (f *preflight) preview(ctx context.Context, a *plan.Action) (got *unstructured.Unstructured, note string, err error) {
	note, err = f.attempt(ctx, a, func(s served, a *plan.Action, data []byte, options metav1.PatchOptions) (err error) {
		got, err = f.dynamic.Resource(s.resource).Namespace(a.ID.Namespace).Patch(ctx, a.ID.Name, types.ApplyPatchType, data, options)
		return err
	})
	if err != nil || got == nil {
		return nil, note, err
	}
	got.SetNamespace(a.ID.Namespace)
	if a.Op == plan.Recreate && a.Live != nil {
		renamed(got.Object, a)
	}
	return unasked(neutral(got), a), "", nil
}

// neutral takes out of an object what every write changes and nobody asked for.
func neutral(u *unstructured.Unstructured) *unstructured.Unstructured {
	u.SetManagedFields(nil)
	for _, field := range []string{"resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"} {
		unstructured.RemoveNestedField(u.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
	for _, field := range []string{"annotations", "labels"} {
		if all, _, _ := unstructured.NestedMap(u.Object, "metadata", field); len(all) == 0 {
			unstructured.RemoveNestedField(u.Object, "metadata", field)
		}
	}
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

// unasked takes out of an object that is made what the server allots by chance, unless it was asked for: it would be another
// every time.
func unasked(u *unstructured.Unstructured, a *plan.Action) *unstructured.Unstructured {
	if a.ID.Group != "" || a.ID.Kind != "Service" || a.Op == plan.Update || a.Op == plan.Adopt {
		return u
	}
	for _, field := range []string{"clusterIP", "clusterIPs", "healthCheckNodePort"} {
		if _, asked, _ := unstructured.NestedFieldNoCopy(a.Object.Object, "spec", field); !asked {
			unstructured.RemoveNestedField(u.Object, "spec", field)
		}
	}
	made, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "ports")
	sent, _, _ := unstructured.NestedFieldNoCopy(a.Object.Object, "spec", "ports")
	ports, _ := made.([]any)
	asked, _ := sent.([]any)
	for i := range min(len(ports), len(asked)) {
		port, _ := ports[i].(map[string]any)
		if wish, _ := asked[i].(map[string]any); wish["nodePort"] == nil {
			delete(port, "nodePort")
		}
	}
	return u
}
