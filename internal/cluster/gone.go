package cluster

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// fewGone is up to how many objects are looked at one by one instead of by lists.
const fewGone = 4

// untilGone waits until none of the objects exists any more. What is left when their time is up is returned with the reason.
func (r *run) untilGone(ctx context.Context, actions []*plan.Action) ([]Laggard, error) {
	left := slices.Clone(actions)
	pause, start, hanging := 50*time.Millisecond, r.now(), newHanging(r)
	for {
		there, err := r.there(r.requests, left)
		if err != nil {
			return nil, err
		}
		left = slices.DeleteFunc(left, func(a *plan.Action) bool {
			m := there[a.ID]
			gone := m == nil || m.UID != a.Live.UID
			if gone && a.Op == plan.Prune {
				r.set(a, func(o *outcome) { o.status, o.done = removed, true })
				r.tellOf(EventGone, a, "")
			} else if m != nil && !gone {
				hanging.tell(a, m, r.now().Sub(start))
			}
			return gone
		})
		if len(left) == 0 {
			return nil, nil
		}
		if r.expired() || r.now().Sub(start) > r.patience(left[0]) {
			return hanging.laggards(left), nil
		}
		if !sleep(ctx, pause) {
			return nil, nil
		}
		pause = min(pause*2, 2*time.Second)
	}
}

// there finds which of the objects exist.
func (r *run) there(ctx context.Context, actions []*plan.Action) (map[object.ID]*metav1.ObjectMeta, error) {
	found := map[object.ID]*metav1.ObjectMeta{}
	byKind := map[schema.GroupKind][]*plan.Action{}
	for _, a := range actions {
		gk := schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}
		byKind[gk] = append(byKind[gk], a)
	}
	for gk, of := range byKind {
		s, err := r.kinds.findAny(ctx, gk, of[0].Version)
		if err != nil {
			return nil, err
		}
		unlabelled := slices.ContainsFunc(of, func(a *plan.Action) bool { return a.Live.Labels[object.LabelPartOf] != r.plan.Ref.SetID() })
		if len(of) > fewGone && !unlabelled {
			namespaces := map[string]bool{}
			for _, a := range of {
				namespaces[a.ID.Namespace] = true
			}
			err := r.each(ctx, s, keys(namespaces), partOf(r.plan.Ref), func(id object.ID, m *metav1.ObjectMeta) { found[id] = m.DeepCopy() })
			if err != nil {
				return nil, err
			}
			continue
		}
		for _, a := range of {
			m, err := r.getMeta(ctx, s, a.ID)
			if err != nil {
				return nil, err
			}
			if m != nil {
				found[a.ID] = m
			}
		}
	}
	return found, nil
}

func keys(set map[string]bool) []string {
	var list []string
	for k := range set {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
