package cluster

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// manyMissing is from how many unlabelled objects of a kind in a namespace on a list of that namespace is cheaper than asking
// for each.
const manyMissing = 12

// missing looks for expected objects that do not carry the set's label: they do not exist, or are somebody else's.
func (o *observer) missing(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for gk, ids := range o.ids {
		s, absent := o.of[gk], map[string][]object.ID{}
		for _, id := range ids {
			if o.worthAsking(gk, id) {
				absent[id.Namespace] = append(absent[id.Namespace], id)
			}
		}
		for namespace, ids := range absent {
			if len(ids) >= manyMissing {
				g.Go(func() error { return o.among(ctx, s, namespace, ids) })
				continue
			}
			for _, id := range ids {
				g.Go(func() error { return o.one(ctx, s, id) })
			}
		}
	}
	return g.Wait()
}

func (o *observer) worthAsking(gk schema.GroupKind, id object.ID) bool {
	o.lock.Lock()
	defer o.lock.Unlock()
	if o.seen.Objects[id] != nil || gk == (schema.GroupKind{Kind: "Namespace"}) {
		return o.seen.Objects[id] == nil && len(o.seen.Namespaces) > 0 && o.seen.Namespaces[id.Name]
	}
	return id.Namespace == "" || o.seen.Namespaces[id.Namespace]
}

func (o *observer) among(ctx context.Context, s served, namespace string, ids []object.ID) error {
	looked := make(map[object.ID]bool, len(ids))
	for _, id := range ids {
		looked[id] = true
	}
	return o.eachIn(ctx, s, namespace, "", func(id object.ID, m *metav1.ObjectMeta) {
		if looked[id] {
			o.note(id, m)
		}
	})
}

func (o *observer) one(ctx context.Context, s served, id object.ID) error {
	m, err := o.getMeta(ctx, s, id)
	if m != nil {
		o.note(id, m)
	}
	return err
}

// scalers finds what autoscalers there are, when something desired can be scaled.
func (o *observer) scalers(ctx context.Context) error {
	scalable, namespaces := false, map[string]bool{}
	for _, d := range o.q.Desired {
		_, has, _ := unstructured.NestedFieldNoCopy(d.Object, "spec", "replicas")
		if has || plan.Rank(d.ID()) == plan.RankWorkload && d.GetKind() != "Job" && d.GetKind() != "CronJob" {
			scalable, namespaces[d.GetNamespace()] = true, true
		}
	}
	if !scalable {
		return nil
	}
	names := keys(namespaces)
	for _, scaler := range []schema.GroupKind{{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}, {Group: "keda.sh", Kind: "ScaledObject"}} {
		s, err := o.kinds.find(ctx, scaler, "")
		if errors.Is(err, errNoKind) {
			continue
		}
		if err != nil {
			return err
		}
		err = o.eachObject(ctx, s, names, "", func(u *unstructured.Unstructured) {
			if target, ok := plan.ScaleTarget(u); ok {
				o.seen.Scalers = append(o.seen.Scalers, plan.Scaler{ID: s.id(u), Target: target})
			}
		})
		if apierrors.IsForbidden(err) && scaler.Group == "keda.sh" {
			continue // it scales by a HorizontalPodAutoscaler of its own, which has just been seen
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tasks finds out which Jobs of tasks have completed that the last run did not see complete.
func (o *observer) tasks(ctx context.Context) error {
	job := schema.GroupKind{Group: "batch", Kind: "Job"}
	open := map[object.ID]bool{}
	for _, d := range o.q.Desired {
		if d.GetAnnotations()[object.TaskKey] == "" || d.GetKind() != job.Kind {
			continue
		}
		if e, found := o.q.Inventory.Find(d.ID()); found && e.Task != inventory.TaskDone {
			open[d.ID()] = true
		}
	}
	if len(open) == 0 {
		return nil
	}
	o.seen.Done = map[object.ID]bool{}
	s := o.of[job]
	return o.eachObject(ctx, s, o.namespacesOf(o.ids[job]), partOf(o.q.Ref), func(u *unstructured.Unstructured) {
		id := s.id(u)
		e, _ := o.q.Inventory.Find(id)
		if open[id] && e.UID == u.GetUID() && ready.Compute(u, o.now()).State == ready.Ready {
			o.seen.Done[id] = true
		}
	})
}

// owners names other inventories whose label was found on objects.
func (o *observer) owners(ctx context.Context) error {
	foreign := false
	for _, m := range o.seen.Objects {
		id := m.Labels[object.LabelPartOf]
		foreign = foreign || (id != "" && id != o.q.Ref.SetID())
	}
	if !foreign {
		return nil
	}
	o.seen.Sets = map[string]string{}
	secret := served{resource: schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, kind: schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, namespaced: true}
	note := func(_ object.ID, m *metav1.ObjectMeta) {
		o.seen.Sets[m.Labels[inventory.LabelSetID]] = inventory.Ref{Namespace: m.Namespace, Name: m.Name}.String()
	}
	err := o.eachIn(ctx, secret, metav1.NamespaceAll, inventory.LabelSetID, note)
	if !apierrors.IsForbidden(err) {
		return err
	}
	// Inventories that cannot be seen are taken to live; a conflict shows the set's id instead of its name.
	if err = o.eachIn(ctx, secret, o.q.Ref.Namespace, inventory.LabelSetID, note); err != nil && !apierrors.IsForbidden(err) {
		return err
	}
	for _, m := range o.seen.Objects {
		if id := m.Labels[object.LabelPartOf]; id != "" && o.seen.Sets[id] == "" {
			o.seen.Sets[id] = id
		}
	}
	return nil
}
