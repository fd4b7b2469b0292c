package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Question is what Observe looks for.
type Question struct {
	Ref       inventory.Ref
	Inventory *inventory.Inventory // nil when there is none
	Desired   []object.Object      // empty for a destroy
	Finish    bool                 // look also for former owners that may be left with nothing
	Identity  Identity
}

// Observe finds out what a plan needs to know: one metadata list per kind, filtered by the set's label, and single requests
// only for desired objects that are not in it. The findings are about kinds that the server does not know.
func (c *Client) Observe(ctx context.Context, q Question) (plan.Observed, diag.Findings, error) {
	c.kinds.reset() // another run may have brought definitions since they were asked for
	o := &observer{Client: c, q: q, seen: plan.Observed{
		ServerUID: q.Identity.UID, ServerVersion: q.Identity.Version, Objects: map[object.ID]*plan.Meta{}, Namespaces: map[string]bool{},
		Unserved: map[schema.GroupKind]bool{}, Pending: map[schema.GroupKind]bool{}, Gatekeeper: map[schema.GroupKind]bool{},
	}}
	findings, err := o.resolve(ctx)
	if err != nil || findings.Failed() {
		return o.seen, findings, err
	}
	for _, step := range []func(context.Context) error{o.lists, o.namespaces, o.missing, o.scalers, o.tasks, o.owners, o.formers, o.strangers} {
		if err := step(ctx); err != nil {
			return o.seen, findings, fmt.Errorf("observe cluster: %w", err)
		}
	}
	return o.seen, findings, nil
}

// observer is an observation in the making.
type observer struct {
	*Client
	q    Question
	lock sync.Mutex // guards seen.Objects and seen.Namespaces
	seen plan.Observed
	of   map[schema.GroupKind]served      // the kinds of desired objects and entries
	ids  map[schema.GroupKind][]object.ID // which of them there should be
}

// resolve finds the kinds of everything that is desired or recorded.
func (o *observer) resolve(ctx context.Context) (diag.Findings, error) {
	o.of, o.ids = map[schema.GroupKind]served{}, map[schema.GroupKind][]object.ID{}
	brings := defined(o.q.Desired)
	aggregated := aggregated(o.q.Desired)
	var findings diag.Findings
	reported := map[schema.GroupVersionKind]bool{}
	wanted := map[object.ID]bool{}
	for _, d := range o.q.Desired {
		id, gvk := d.ID(), d.GroupVersionKind()
		s, err := o.kinds.find(ctx, gvk.GroupKind(), gvk.Version)
		switch {
		case err != nil && aggregated[gvk.GroupVersion()]:
			o.seen.Pending[gvk.GroupKind()], wanted[id] = true, true // by a server that this run may bring up
		case errors.Is(err, errNoKind):
			if !o.expected(gvk.GroupKind(), brings) && !reported[gvk] {
				reported[gvk] = true
				findings = append(findings, o.unknownKind(ctx, d))
			}
		case err != nil:
			return findings, err
		default:
			if s.namespaced && id.Namespace == "" {
				findings = append(findings, about(diag.Errorf("missing-namespace", d.Source.Position(), "objects of this kind live in a namespace, and this one names none"), id))
			}
			wanted[id] = true
			o.expect(s, id)
		}
	}
	if o.q.Inventory == nil {
		return findings, nil
	}
	for _, e := range o.q.Inventory.Entries {
		if wanted[e.ID] {
			continue
		}
		s, err := o.kinds.findAny(ctx, e.GroupKind(), e.Version)
		switch {
		case errors.Is(err, errNoKind):
			o.seen.Unserved[e.GroupKind()] = true
		case err != nil:
			return findings, err
		default:
			o.expect(s, e.ID)
		}
	}
	return findings, nil
}

// expected notes a kind that is not there and about which the plan has its own word: the run will bring it, or refuse to begin.
func (o *observer) expected(gk schema.GroupKind, brings map[schema.GroupKind]bool) bool {
	switch {
	case brings[gk]:
		o.seen.Pending[gk] = true
	case plan.OfGatekeeper(gk):
		o.seen.Gatekeeper[gk] = true
	default:
		return false
	}
	return true
}

func (o *observer) expect(s served, id object.ID) {
	gk := s.kind.GroupKind()
	if _, found := o.of[gk]; !found {
		o.of[gk] = s
	}
	o.ids[gk] = append(o.ids[gk], id)
}

// defined are the kinds that CustomResourceDefinitions of the set bring, and Gatekeeper where it sees templates of the set.
func defined(objects []object.Object) map[schema.GroupKind]bool {
	kinds := map[schema.GroupKind]bool{}
	for _, d := range objects {
		if d.GetKind() == "CustomResourceDefinition" {
			group, _, _ := unstructured.NestedString(d.Object, "spec", "group")
			kind, _, _ := unstructured.NestedString(d.Object, "spec", "names", "kind")
			kinds[schema.GroupKind{Group: group, Kind: kind}] = true
		}
		if kind, is := plan.Constrains(d); is {
			kinds[kind] = true
		}
	}
	return kinds
}

// aggregated are the API groups that APIServices of the set bring.
func aggregated(objects []object.Object) map[schema.GroupVersion]bool {
	groups := map[schema.GroupVersion]bool{}
	for _, d := range objects {
		if d.GetKind() == "APIService" && d.GroupVersionKind().Group == "apiregistration.k8s.io" {
			group, _, _ := unstructured.NestedString(d.Object, "spec", "group")
			version, _, _ := unstructured.NestedString(d.Object, "spec", "version")
			groups[schema.GroupVersion{Group: group, Version: version}] = true
		}
	}
	return groups
}

func (o *observer) unknownKind(ctx context.Context, d object.Object) diag.Finding {
	gvk := d.GroupVersionKind()
	f := about(diag.Errorf("unknown-kind", d.Source.Position(), "the cluster does not serve %s %s, and no CustomResourceDefinition of the set brings it",
		gvk.GroupVersion(), gvk.Kind), d.ID())
	if s, err := o.kinds.find(ctx, gvk.GroupKind(), ""); err == nil {
		return f.WithHint("it serves %s", s.kind.GroupVersion())
	}
	all, err := o.kinds.all(ctx)
	if err != nil {
		return f
	}
	var names []string
	for _, s := range all {
		names = append(names, s.kind.Kind)
	}
	if hint := diag.DidYouMean(gvk.Kind, names); hint != "" {
		f = f.WithHint("%s", hint)
	}
	return f
}

func about(f diag.Finding, id object.ID) diag.Finding {
	f.Object = id.String()
	return f
}

// lists fetches the metadata of what carries the set's label, kind by kind.
func (o *observer) lists(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for gk, s := range o.of {
		if gk == (schema.GroupKind{Kind: "Namespace"}) {
			continue // all of them are listed anyway
		}
		g.Go(func() error {
			return o.each(ctx, s, o.namespacesOf(o.ids[gk]), partOf(o.q.Ref), func(id object.ID, m *metav1.ObjectMeta) {
				// Some aggregated APIs do not look at label selectors.
				if m.Labels[object.LabelPartOf] == o.q.Ref.SetID() {
					o.note(id, m)
				}
			})
		})
	}
	return g.Wait()
}

func partOf(ref inventory.Ref) string { return object.LabelPartOf + "=" + ref.SetID() }

func (o *observer) note(id object.ID, m *metav1.ObjectMeta) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.seen.Objects[id] = plan.MetaOf(m)
}

func (o *observer) namespacesOf(ids []object.ID) []string {
	set := map[string]bool{}
	for _, id := range ids {
		set[id.Namespace] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// namespaces finds out which namespaces there are: objects in others need not be looked for.
func (o *observer) namespaces(ctx context.Context) error {
	s, err := o.kinds.find(ctx, schema.GroupKind{Kind: "Namespace"}, "v1")
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for gk, ids := range o.ids {
		for _, id := range ids {
			if gk == (schema.GroupKind{Kind: "Namespace"}) {
				named[id.Name] = true
			} else if id.Namespace != "" {
				named[id.Namespace] = true
			}
		}
	}
	err = o.eachIn(ctx, s, "", "", func(id object.ID, m *metav1.ObjectMeta) {
		o.seen.Namespaces[id.Name] = true
		if named[id.Name] {
			o.note(id, m)
		}
	})
	if !apierrors.IsForbidden(err) {
		return err
	}
	// Who may not ask is taken to have been given namespaces that exist.
	for name := range named {
		o.seen.Namespaces[name] = true
	}
	return nil
}
