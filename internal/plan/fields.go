package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// YieldManager is the field manager that fields are handed to which we give up at their live value.
const YieldManager = object.FieldManager + "-yielded"

// Fingerprints digests who owns which fields: ours is our entry as the server wrote it; others are the entries of everybody
// else outside status. Equal fingerprints and an equal hash prove that applying again would change nothing: a foreign write to
// one of our fields takes it out of our entry. Others' times do not count, because the values of fields that we do not send are
// none of our business, and neither does what autoscalers write through the scale subresource.
func Fingerprints(managers []metav1.ManagedFieldsEntry) (ours, others string) {
	var rest []string
	for _, m := range managers {
		switch {
		case isOurs(m):
			ours = inventory.Digest([]byte(m.APIVersion + "\n" + stamp(m) + "\n" + fields(m)))
		case m.Subresource == "status", m.Subresource == "scale":
		case isYielded(m): // holds what we handed over until its new owner writes
		default:
			if f := withoutStatus(fields(m)); f != "" {
				rest = append(rest, strings.Join([]string{m.Manager, string(m.Operation), m.APIVersion, m.Subresource, f}, "\n"))
			}
		}
	}
	if len(rest) == 0 {
		return ours, ""
	}
	slices.Sort(rest)
	return ours, inventory.Digest([]byte(strings.Join(rest, "\n\n")))
}

func isYielded(m metav1.ManagedFieldsEntry) bool {
	return m.Manager == YieldManager && m.Operation == metav1.ManagedFieldsOperationApply && m.Subresource == ""
}

func isOurs(m metav1.ManagedFieldsEntry) bool {
	return m.Manager == object.FieldManager && m.Operation == metav1.ManagedFieldsOperationApply && m.Subresource == ""
}

func fields(m metav1.ManagedFieldsEntry) string {
	if m.FieldsV1 == nil {
		return ""
	}
	return m.FieldsV1.GetRawString()
}

func stamp(m metav1.ManagedFieldsEntry) string {
	if m.Time == nil {
		return ""
	}
	return m.Time.UTC().Format("2006-01-02T15:04:05Z")
}

func withoutStatus(raw string) string {
	if !strings.Contains(raw, `"f:status"`) {
		return raw
	}
	var set map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &set); err != nil {
		return raw
	}
	delete(set, "f:status")
	if len(set) == 0 {
		return ""
	}
	out, err := json.Marshal(set)
	if err != nil {
		return raw
	}
	return string(out)
}

// WroteMark reports that our own apply put the set's label on the object.
func WroteMark(live *Meta) bool {
	return slices.ContainsFunc(live.Managers, func(m metav1.ManagedFieldsEntry) bool {
		return isOurs(m) && owns(m, []string{"metadata", "labels", object.LabelPartOf})
	})
}

// aloneOwns reports a field that our entry owns and no other.
func aloneOwns(live *Meta, path []string) bool {
	mine := false
	for _, m := range live.Managers {
		if owns(m, path) {
			if !isOurs(m) {
				return false
			}
			mine = true
		}
	}
	return mine
}

// owns reports a field of maps in an entry's field set.
func owns(m metav1.ManagedFieldsEntry, path []string) bool {
	at := json.RawMessage(fields(m))
	for _, key := range path {
		if len(bytes.TrimSpace(at)) == 0 {
			return false
		}
		var set map[string]json.RawMessage
		if err := json.Unmarshal(at, &set); err != nil {
			return false
		}
		next, found := set["f:"+key]
		if !found {
			return false
		}
		at = next
	}
	return true
}

// foreignWriters names who besides us owns fields outside status, for the reason of an update.
func foreignWriters(live *Meta) string {
	var names []string
	for _, m := range live.Managers {
		if !isOurs(m) && !isYielded(m) && m.Subresource != "status" && m.Subresource != "scale" && withoutStatus(fields(m)) != "" {
			names = append(names, cmp.Or(m.Manager, "unknown"))
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
