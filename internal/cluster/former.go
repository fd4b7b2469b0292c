package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// keeping is where a tool keeps its records: objects of a kind, found by a label.
type keeping struct {
	tool  string
	kind  schema.GroupKind
	label string
	owner func(*unstructured.Unstructured) plan.Owner // the zero Owner: it is no record
	names func(context.Context, *observer, *unstructured.Unstructured) ([]object.ID, error)
}

// kept are the records of the tools whose objects can be taken over by name.
func kept() []keeping {
	secret, configMap := schema.GroupKind{Kind: "Secret"}, schema.GroupKind{Kind: "ConfigMap"}
	return []keeping{
		{"helm", secret, "owner=helm", helmRelease, helmObjects},
		{"kapp", configMap, "kapp.k14s.io/is-app", kappApp, kappObjects},
		{"kpt", schema.GroupKind{Group: "kpt.dev", Kind: "ResourceGroup"}, kptID, kptInventory, kptObjects},
		{"kpt", configMap, kptID, kptInventory, kptObjects},
	}
}

const kptID = "cli-utils.sigs.k8s.io/inventory-id"

// formers finds out what those are called whose objects are marked with a number only and, where an adoption is to be finished, what
// former owners keep. Helm's records can be large and many: of these only the metadata is listed.
func (o *observer) formers(ctx context.Context) error {
	owners := o.marked()
	o.seen.Names = map[plan.Owner]string{}
	for _, k := range kept() {
		if !o.q.Finish && !owners[k.tool] {
			continue
		}
		records, s, err := o.recordsOf(ctx, k, o.everywhere())
		if apierrors.IsForbidden(err) && !o.q.Finish {
			continue // then they are called what objects are marked with
		}
		if err != nil {
			return err
		}
		for owner := range records {
			if owner.ID != "" {
				o.seen.Names[plan.Owner{Tool: owner.Tool, Name: owner.ID}] = owner.Name
			}
		}
		if o.q.Finish {
			if err := o.describe(ctx, k, s, records); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(o.seen.Formers, func(a, b plan.Former) int { return strings.Compare(a.Owner.String(), b.Owner.String()) })
	return nil
}

// marked are the tools that mark objects of the set with a number.
func (o *observer) marked() map[string]bool {
	tools := map[string]bool{}
	for _, m := range o.seen.Objects {
		if m.Labels[object.LabelPartOf] == "" {
			tools[plan.Marked(m).Tool] = true
		}
	}
	delete(tools, "")
	return tools
}

// everywhere is where to look for whoever may not look at the whole cluster.
func (o *observer) everywhere() []string {
	in := map[string]bool{o.q.Ref.Namespace: true}
	for _, ids := range o.ids {
		for _, id := range ids {
			in[id.Namespace] = true
		}
	}
	return keys(in)
}

// describe looks closer at those from whom the set took objects, or may be about to.
func (o *observer) describe(ctx context.Context, k keeping, s served, records map[plan.Owner][]*unstructured.Unstructured) error {
	concerned := map[plan.Owner]bool{}
	for _, m := range o.seen.Objects {
		concerned[o.seen.OwnerOf(m)] = true
	}
	for owner, of := range records {
		marked := slices.ContainsFunc(of, func(r *unstructured.Unstructured) bool {
			return r.GetAnnotations()[plan.AdoptedByKey] == o.q.Ref.String()
		})
		if !marked && !concerned[owner] {
			continue
		}
		if err := o.former(ctx, k, s, owner, of); err != nil {
			return err
		}
	}
	return nil
}

// recordsOf lists what a tool keeps, by owner.
func (c *Client) recordsOf(ctx context.Context, k keeping, namespaces []string) (map[plan.Owner][]*unstructured.Unstructured, served, error) {
	records := map[plan.Owner][]*unstructured.Unstructured{}
	s, err := c.kinds.find(ctx, k.kind, "")
	if err != nil {
		return nil, s, ignoreNoKind(err)
	}
	note := func(u *unstructured.Unstructured) {
		if owner := k.owner(u); owner != (plan.Owner{}) {
			records[owner] = append(records[owner], u.DeepCopy())
		}
	}
	if k.tool != "helm" {
		return records, s, c.eachObject(ctx, s, namespaces, k.label, note)
	}
	return records, s, c.each(ctx, s, namespaces, k.label, func(_ object.ID, m *metav1.ObjectMeta) { note(metaOnly(s, m)) })
}

// former describes a former owner.
func (o *observer) former(ctx context.Context, k keeping, s served, owner plan.Owner, records []*unstructured.Unstructured) error {
	f := plan.Former{Owner: owner}
	main := slices.MaxFunc(records, func(a, b *unstructured.Unstructured) int { return revision(a) - revision(b) })
	for _, r := range records {
		f.Records = append(f.Records, record(s, r, r == main))
		if r != main && r.GetLabels()["status"] != "deployed" {
			continue // history: what is in the cluster is of the last revision, or of the one that works
		}
		ids, err := k.names(ctx, o, r)
		if err != nil {
			return err
		}
		there, err := o.existing(ctx, ids)
		if err != nil {
			return err
		}
		f.Objects = append(f.Objects, there...)
	}
	if k.tool == "kapp" {
		changes, err := o.kappChanges(ctx, s, main)
		if err != nil {
			return err
		}
		f.Records = append(f.Records, changes...)
	}
	slices.SortFunc(f.Objects, object.ID.Compare)
	f.Objects = slices.Compact(f.Objects)
	o.seen.Formers = append(o.seen.Formers, f)
	return nil
}

func record(s served, u *unstructured.Unstructured, last bool) plan.Record {
	m := &metav1.ObjectMeta{
		UID: u.GetUID(), ResourceVersion: u.GetResourceVersion(), CreationTimestamp: u.GetCreationTimestamp(), Labels: u.GetLabels(),
		Annotations: u.GetAnnotations(), ManagedFields: u.GetManagedFields(), Finalizers: u.GetFinalizers(),
	}
	return plan.Record{ID: s.id(u), Version: s.kind.Version, Live: plan.MetaOf(m), Last: last}
}

// existing are those of the objects that are in the cluster.
func (o *observer) existing(ctx context.Context, ids []object.ID) ([]object.ID, error) {
	var there []object.ID
	var lock sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for _, id := range ids {
		g.Go(func() error {
			found := o.seen.Objects[id] != nil
			if !found {
				s, err := o.kinds.find(ctx, schema.GroupKind{Group: id.Group, Kind: id.Kind}, "")
				if err != nil {
					return ignoreNoKind(err)
				}
				m, err := o.getMeta(ctx, s, id)
				if err != nil {
					return err
				}
				found = m != nil
			}
			if found {
				lock.Lock()
				defer lock.Unlock()
				there = append(there, id)
			}
			return nil
		})
	}
	return there, g.Wait()
}
