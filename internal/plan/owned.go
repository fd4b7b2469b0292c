package plan

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// setOf is which fields an entry owns. Of one that cannot be read it is none.
func setOf(m metav1.ManagedFieldsEntry) *fieldpath.Set {
	set := &fieldpath.Set{}
	if err := set.FromJSON(strings.NewReader(fields(m))); err != nil || fields(m) == "" {
		return &fieldpath.Set{}
	}
	return set
}

// within is the part of a set that is at or below the fields.
func within(set *fieldpath.Set, places []Field) *fieldpath.Set {
	part := &fieldpath.Set{}
	set.Iterate(func(p fieldpath.Path) {
		if slices.ContainsFunc(places, func(f Field) bool { return f.covers(p) }) {
			part.Insert(p.Copy())
		}
	})
	return part
}

// owners are the entries that own something at or below a field.
func owners(live *Meta, f Field) []metav1.ManagedFieldsEntry {
	var found []metav1.ManagedFieldsEntry
	for _, m := range live.Managers {
		if !within(setOf(m), []Field{f}).Empty() {
			found = append(found, m)
		}
	}
	return found
}

func owned(live *Meta, f Field) bool { return len(owners(live, f)) > 0 }

// ownedByController reports a field that somebody writes who is neither us, nor a person, nor whoever applied the object before.
func ownedByController(live *Meta, f Field) bool {
	return slices.ContainsFunc(owners(live, f), func(m metav1.ManagedFieldsEntry) bool {
		return !isOurs(m) && !isYielded(m) && !ByHand(m.Manager) && !applier(m)
	})
}

// ownedAround is the nearest thing around a field that whoever applied the object owns as a whole, without knowing what is in
// it; nil: nothing.
func ownedAround(live *Meta, f Field) Field {
	for _, m := range live.Managers {
		if !isOurs(m) && !applier(m) {
			continue
		}
		var whole Field
		setOf(m).Leaves().Iterate(func(p fieldpath.Path) {
			if n := len(p); n < len(f) && f.along(p) == n && !named(p[n-1]) {
				whole = f[:n]
			}
		})
		if whole != nil {
			return whole
		}
	}
	return nil
}

// named reports an element of a list that its keys name: owning it says nothing about what else is in it.
func named(e fieldpath.PathElement) bool { return e.Key != nil }

// ByHand reports the field managers of kubectl's own commands: people.
func ByHand(manager string) bool {
	return manager == "kubectl" || (strings.HasPrefix(manager, "kubectl-") && !strings.HasPrefix(manager, "kubectl-otomi"))
}
