package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// strangers looks into the namespaces and definitions that might be deleted for what would go with them.
func (o *observer) strangers(ctx context.Context) error {
	if o.q.Inventory == nil {
		return nil
	}
	wanted := map[object.ID]bool{}
	for _, d := range o.q.Desired {
		wanted[d.ID()] = true
	}
	o.seen.Strangers = map[string][]object.ID{}
	o.seen.Instances = map[object.ID][]object.ID{}
	o.seen.Defines = map[object.ID]schema.GroupKind{}
	for _, e := range o.q.Inventory.Entries {
		live := o.seen.Objects[e.ID]
		if wanted[e.ID] || live == nil || live.Labels[object.LabelPartOf] != o.q.Ref.SetID() {
			continue
		}
		var err error
		switch e.GroupKind() {
		case schema.GroupKind{Kind: "Namespace"}:
			if e.Created {
				o.seen.Strangers[e.Name], err = o.inNamespace(ctx, e.Name)
			}
		case schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}:
			err = o.ofDefinition(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resident is an object found where strangers are looked for.
type resident struct {
	id     object.ID
	uid    types.UID
	ours   bool
	owners []types.UID
}

func (o *observer) residentOf(id object.ID, m *metav1.ObjectMeta) resident {
	e, recorded := o.q.Inventory.Find(id)
	r := resident{id: id, uid: m.UID}
	r.ours = m.Labels[object.LabelPartOf] == o.q.Ref.SetID() && recorded && (e.UID == "" || e.UID == m.UID)
	for _, owner := range m.OwnerReferences {
		r.owners = append(r.owners, owner.UID)
	}
	return r
}

// inNamespace lists everything in a namespace that is neither the set's nor follows from it.
func (o *observer) inNamespace(ctx context.Context, name string) ([]object.ID, error) {
	all, err := o.kinds.all(ctx)
	if err != nil {
		return nil, err
	}
	var lock sync.Mutex
	var found []resident
	for _, group := range o.kinds.silent() {
		if !projected(schema.GroupKind{Group: group}) {
			// What cannot be seen cannot be ruled out.
			found = append(found, resident{id: object.ID{Group: group, Kind: plan.Unseen, Namespace: name, Name: plan.Unseen}})
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for _, s := range all {
		if !s.namespaced || !s.can("list", "delete") || projected(s.kind.GroupKind()) {
			continue
		}
		g.Go(func() error {
			err := o.eachIn(ctx, s, name, "", func(id object.ID, m *metav1.ObjectMeta) {
				lock.Lock()
				defer lock.Unlock()
				found = append(found, o.residentOf(id, m))
			})
			if apierrors.IsForbidden(err) {
				lock.Lock()
				defer lock.Unlock()
				found = append(found, resident{id: object.ID{Group: s.kind.Group, Kind: s.kind.Kind, Namespace: name, Name: plan.Unseen}})
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return strangers(found, o.ourUIDs()), nil
}

// ofDefinition lists the resources of a CustomResourceDefinition that are not the set's.
func (o *observer) ofDefinition(ctx context.Context, e inventory.Entry) error {
	s, found, err := o.kinds.resource(ctx, e.Name)
	if err != nil || !found {
		return err
	}
	o.seen.Defines[e.ID] = s.kind.GroupKind()
	var instances []resident
	err = o.eachIn(ctx, s, metav1.NamespaceAll, "", func(id object.ID, m *metav1.ObjectMeta) {
		instances = append(instances, o.residentOf(id, m))
	})
	o.seen.Instances[e.ID] = strangers(instances, o.ourUIDs())
	return err
}

func (o *observer) ourUIDs() map[types.UID]bool {
	uids := map[types.UID]bool{}
	for _, e := range o.q.Inventory.Entries {
		if e.UID != "" {
			uids[e.UID] = true
		}
	}
	return uids
}

// strangers are the objects that are not ours, do not belong to what is, directly or through others, and do not come with
// every namespace.
func strangers(found []resident, ours map[types.UID]bool) []object.ID {
	for _, r := range found {
		if r.ours {
			ours[r.uid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, r := range found {
			if !ours[r.uid] && slices.ContainsFunc(r.owners, func(uid types.UID) bool { return ours[uid] }) {
				ours[r.uid], grown = true, true
			}
		}
	}
	var rest []object.ID
	for _, r := range found {
		if !ours[r.uid] && !furniture(r.id) {
			rest = append(rest, r.id)
		}
	}
	slices.SortFunc(rest, object.ID.Compare)
	return rest
}

// furniture comes with every namespace, or is written by controllers about what is in it.
func furniture(id object.ID) bool {
	switch id.Group + "/" + id.Kind {
	case "/Event", "events.k8s.io/Event", "/Endpoints", "discovery.k8s.io/EndpointSlice":
		return true
	case "/ServiceAccount":
		return id.Name == "default"
	case "/ConfigMap":
		return id.Name == "kube-root-ca.crt"
	default:
		return false
	}
}

// projected kinds show other objects again. The API server warns whoever lists Endpoints; EndpointSlices show the same.
func projected(gk schema.GroupKind) bool {
	return strings.HasSuffix(gk.Group, "metrics.k8s.io") || gk.Kind == "Event" || gk == schema.GroupKind{Kind: "Endpoints"}
}
