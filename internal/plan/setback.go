package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// SetBack is a field that we sent and do not own any more: somebody gave it another value, or took it away. Applying again sets it
// back.
type SetBack struct {
	Field   string
	Manager string    // who has it now; empty: nobody, it was taken away
	When    time.Time // that manager's last write
}

// String says who did what, and when.
func (d SetBack) String() string {
	if d.Manager == "" {
		return d.Field + " was taken away"
	}
	s := d.Field + " set by " + d.Manager
	if !d.When.IsZero() {
		s += " at " + d.When.UTC().Format(time.RFC3339)
	}
	return s
}

// drifts is how many fields a reason lists before it counts.
const drifts = 5

func listDrift(list []SetBack) string {
	var parts []string
	for _, d := range list[:min(drifts, len(list))] {
		parts = append(parts, d.String())
	}
	if more := len(list) - drifts; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if len(parts) == 0 {
		return ""
	}
	return "drifted: " + strings.Join(parts, ", ")
}

// drift is why an object is applied again that somebody else has written to.
func drift(a *Action) string {
	if len(a.SetBack) > 0 {
		return listDrift(a.SetBack)
	}
	if names := foreignWriters(a.Live); names != "" {
		return "drifted; also written by " + names
	}
	return "drifted"
}

// setBack are the fields of what is sent that our entry lacks. What a list's elements are known by, the entry says itself.
func setBack(content map[string]any, live *Meta) []SetBack {
	at := slices.IndexFunc(live.Managers, isOurs)
	if at < 0 {
		return nil
	}
	var lost []Field
	lacks(content, setOf(live.Managers[at]), nil, &lost)
	var list []SetBack
	for _, f := range lost {
		d := SetBack{Field: f.String()}
		for _, m := range owners(live, f) {
			if !isOurs(m) {
				d.Manager = cmp.Or(m.Manager, "unknown")
				d.When = timeOf(m)
			}
		}
		list = append(list, d)
	}
	return list
}

func timeOf(m metav1.ManagedFieldsEntry) time.Time {
	if m.Time == nil {
		return time.Time{}
	}
	return m.Time.Time
}

// lacks finds the fields of a map that a set does not have.
func lacks(content map[string]any, set *fieldpath.Set, at Field, lost *[]Field) {
	for _, key := range slices.Sorted(maps.Keys(content)) {
		value, place := content[key], append(slices.Clone(at), Step{Name: key})
		if value == nil || len(at) == 0 && (key == "apiVersion" || key == "kind") || len(at) == 1 && at[0].Name == "metadata" && (key == "name" || key == "namespace") {
			continue
		}
		e := fieldpath.FieldNameElement(key)
		inner, has := set.Children.Get(e)
		switch x := value.(type) {
		case map[string]any:
			if has {
				lacks(x, inner, place, lost)
				continue
			}
		case []any:
			if has {
				lacksElements(x, inner, place, lost)
				continue
			}
		}
		if !set.Members.Has(e) {
			*lost = append(*lost, place)
		}
	}
}

func lacksElements(list []any, set *fieldpath.Set, at Field, lost *[]Field) {
	for _, element := range list {
		m, isMap := element.(map[string]any)
		if !isMap {
			continue // of sets of scalars the element is what it is, or is not there
		}
		step := Step{Match: scalars(m)}
		found := false
		set.Children.Iterate(func(e fieldpath.PathElement) {
			if !found && step.leads(e) {
				inner, _ := set.Children.Get(e)
				lacks(m, inner, append(slices.Clone(at), byKeys(e)), lost)
				found = true
			}
		})
		if !found {
			*lost = append(*lost, append(slices.Clone(at), step))
		}
	}
}

// byKeys is the step to an element by the keys of its list.
func byKeys(e fieldpath.PathElement) Step {
	s := Step{Match: map[string]string{}}
	for _, key := range *e.Key {
		s.Match[key.Name] = fmt.Sprint(key.Value.Unstructured())
	}
	return s
}
