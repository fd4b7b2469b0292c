package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// errNoKind is a kind that the server does not serve.
var errNoKind = errors.New("the server does not know this kind")

// served is a kind as the server serves it.
type served struct {
	resource   schema.GroupVersionResource
	kind       schema.GroupVersionKind
	namespaced bool
	verbs      metav1.Verbs
	status     bool // it has the subresource through which controllers report
}

// id is the identity of an object of the kind.
func (s served) id(o metav1.Object) object.ID {
	return object.ID{Group: s.kind.Group, Kind: s.kind.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}
}

// kinds is what the server serves. It is asked once, and again after a CustomResourceDefinition was applied.
type kinds struct {
	discovery *discovery.DiscoveryClient

	lock   sync.Mutex
	known  map[schema.GroupVersionKind]served
	latest map[schema.GroupKind]served // in the version the server prefers
	failed map[schema.GroupVersion]error
}

// reset makes the next question ask the server.
func (k *kinds) reset() {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.known = nil
}

// find looks a kind up; without a version it is the one that the server prefers. An aggregated API that does not answer is an
// error, not an unknown kind: nothing must be forgotten because a backend is down.
func (k *kinds) find(ctx context.Context, gk schema.GroupKind, version string) (served, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if err := k.load(ctx); err != nil {
		return served{}, err
	}
	if s, found := k.known[gk.WithVersion(version)]; found {
		return s, nil
	}
	if s, found := k.latest[gk]; found && version == "" {
		return s, nil
	}
	for gv, err := range k.failed {
		if gv.Group == gk.Group && (version == "" || gv.Version == version) {
			return served{}, fmt.Errorf("discover %s: %w", gv, err)
		}
	}
	return served{}, fmt.Errorf("find %s: %w", gk.WithVersion(version), errNoKind)
}

// findAny looks a kind up in the version given, or in the preferred one if that is not served any more.
func (k *kinds) findAny(ctx context.Context, gk schema.GroupKind, version string) (served, error) {
	s, err := k.find(ctx, gk, version)
	if errors.Is(err, errNoKind) && version != "" {
		return k.find(ctx, gk, "")
	}
	return s, err
}

// resource looks up what a CustomResourceDefinition of that name defines.
func (k *kinds) resource(ctx context.Context, crd string) (served, bool, error) {
	plural, group, _ := strings.Cut(crd, ".")
	all, err := k.all(ctx)
	if err != nil {
		return served{}, false, err
	}
	for _, s := range all {
		if s.resource.Group == group && s.resource.Resource == plural {
			return s, true, nil
		}
	}
	return served{}, false, nil
}

// all is every kind in its preferred version, in no order.
func (k *kinds) all(ctx context.Context) ([]served, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if err := k.load(ctx); err != nil {
		return nil, err
	}
	list := make([]served, 0, len(k.latest))
	for _, s := range k.latest {
		list = append(list, s)
	}
	return list, nil
}

// silent are the API groups whose kinds could not be discovered, because whoever serves them does not answer.
func (k *kinds) silent() []string {
	k.lock.Lock()
	defer k.lock.Unlock()
	var groups []string
	for gv := range k.failed {
		groups = append(groups, gv.Group)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

func (k *kinds) load(ctx context.Context) error {
	if k.known != nil {
		return nil
	}
	groups, lists, err := k.discovery.ServerGroupsAndResourcesWithContext(ctx)
	failed, partial := discovery.GroupDiscoveryFailedErrorGroups(err)
	if err != nil && !partial {
		return fmt.Errorf("discover kinds: %w", err)
	}
	k.known, k.latest, k.failed = map[schema.GroupVersionKind]served{}, map[schema.GroupKind]served{}, failed
	preferred := map[schema.GroupVersion]bool{}
	for _, g := range groups {
		if gv, err := schema.ParseGroupVersion(g.PreferredVersion.GroupVersion); err == nil {
			preferred[gv] = true
		}
	}
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		k.add(gv, list.APIResources, preferred[gv])
	}
	return nil
}

func (k *kinds) add(gv schema.GroupVersion, resources []metav1.APIResource, preferred bool) {
	reports := map[string]bool{}
	for _, r := range resources {
		if name, sub, _ := strings.Cut(r.Name, "/"); sub == "status" {
			reports[name] = true
		}
	}
	for _, r := range resources {
		if strings.Contains(r.Name, "/") {
			continue
		}
		kind := gv.WithKind(r.Kind)
		if _, twice := k.known[kind]; twice {
			continue
		}
		s := served{resource: gv.WithResource(r.Name), kind: kind, namespaced: r.Namespaced, verbs: r.Verbs, status: reports[r.Name]}
		k.known[kind] = s
		if _, found := k.latest[kind.GroupKind()]; !found || preferred {
			k.latest[kind.GroupKind()] = s
		}
	}
}

func (s served) can(verbs ...string) bool {
	return !slices.ContainsFunc(verbs, func(v string) bool { return !slices.Contains(s.verbs, v) })
}
