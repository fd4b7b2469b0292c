package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// markFormers notes on the records of whose objects are about to be taken over who takes them: people see it, and --adopt-finish
// finds them when the objects themselves tell no more. What cannot be marked stops nothing.
func (r *run) markFormers(ctx context.Context) {
	owners, namespaces := map[plan.Owner]bool{}, map[string]bool{}
	for _, a := range r.plan.Actions {
		if a.Op != plan.Adopt || ctx.Err() != nil {
			continue
		}
		owners[a.From], namespaces[a.ID.Namespace] = true, true
		if in, _, named := strings.Cut(a.From.Name, "/"); named {
			namespaces[in] = true
		}
	}
	for _, k := range kept() {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(owners)), func(o plan.Owner) bool { return o.Tool == k.tool }) {
			continue
		}
		if err := r.mark(ctx, k, owners, keys(namespaces)); err != nil {
			r.tell(Event{Type: EventWarning, Message: fmt.Sprintf("mark what %s keeps of adopted objects, for --adopt-finish: %v", k.tool, err)})
		}
	}
}

func (r *run) mark(ctx context.Context, k keeping, owners map[plan.Owner]bool, namespaces []string) error {
	records, s, err := r.recordsOf(ctx, k, namespaces)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{plan.AdoptedByKey: r.plan.Ref.String()}}})
	if err != nil {
		return err
	}
	for owner, of := range records {
		for _, u := range of {
			if !owners[owner] || u.GetAnnotations()[plan.AdoptedByKey] == r.plan.Ref.String() {
				continue
			}
			err := r.write(ctx, func() error {
				_, err := r.metadata.Resource(s.resource).Namespace(u.GetNamespace()).Patch(ctx, u.GetName(), types.MergePatchType, patch,
					metav1.PatchOptions{FieldManager: object.FieldManager})
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// finishAdoption deletes the records of former owners, once everything else is done. The one from which the others can be found goes
// last.
func (r *run) finishAdoption(ctx context.Context) {
	var first, last, all []*plan.Action
	for i := range r.plan.Actions {
		switch a := &r.plan.Actions[i]; {
		case a.Record == nil:
			continue
		case a.Record.Last:
			last, all = append(last, a), append(all, a)
		default:
			first, all = append(first, a), append(all, a)
		}
	}
	if !r.clean() || !r.removeAll(ctx, first) || !r.removeAll(ctx, last) {
		r.skipRest(all)
	}
}
