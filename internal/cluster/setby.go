package cluster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// SetBy is a field that somebody else has set, and that a change gives another value.
type SetBy struct {
	Path    string    `json:"path"`
	Manager string    `json:"manager"`
	At      time.Time `json:"at,omitzero"`
}

// setBy finds the fields that differ on both sides of a change and that others own in the cluster.
func setBy(managers []metav1.ManagedFieldsEntry, before, after *unstructured.Unstructured) []SetBy {
	if before == nil || after == nil {
		return nil
	}
	var found []SetBy
	for _, m := range managers {
		if m.Manager == object.FieldManager || m.Manager == plan.YieldManager || m.Subresource == "status" || m.FieldsV1 == nil {
			continue
		}
		var set fieldpath.Set
		if err := set.FromJSON(m.FieldsV1.GetRawReader()); err != nil {
			continue // of a newer format: who set what is not told
		}
		for path := range set.Leaves().All() {
			was, there := at(before.Object, path)
			is, _ := at(after.Object, path)
			if !there || fmt.Sprint(was) == fmt.Sprint(is) {
				continue
			}
			s := SetBy{Path: strings.TrimPrefix(path.String(), "."), Manager: m.Manager}
			if m.Time != nil {
				s.At = m.Time.UTC()
			}
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b SetBy) int { return strings.Compare(a.Path+"\x00"+a.Manager, b.Path+"\x00"+b.Manager) })
	return found
}

// at is the value at a path of managed fields.
func at(v any, path fieldpath.Path) (any, bool) {
	for _, step := range path {
		fields, _ := v.(map[string]any)
		items, _ := v.([]any)
		i := -1
		switch {
		case step.FieldName != nil:
			value, there := fields[*step.FieldName]
			if !there {
				return nil, false
			}
			v = value
			continue
		case step.Key != nil:
			i = slices.IndexFunc(items, func(item any) bool { return keyed(item, *step.Key) })
		case step.Value != nil:
			i = slices.IndexFunc(items, func(item any) bool { return fmt.Sprint(item) == fmt.Sprint((*step.Value).Unstructured()) })
		case step.Index != nil && *step.Index < len(items):
			i = *step.Index
		}
		if i < 0 {
			return nil, false
		}
		v = items[i]
	}
	return v, true
}

func keyed(item any, key []value.Field) bool {
	fields, _ := item.(map[string]any)
	return !slices.ContainsFunc(key, func(k value.Field) bool { return fmt.Sprint(fields[k.Name]) != fmt.Sprint(k.Value.Unstructured()) })
}
