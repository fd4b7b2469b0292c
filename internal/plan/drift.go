package plan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// Drift is what one field manager did to an object of ours since the last run.
type Drift struct {
	Manager string    `json:"manager,omitempty"` // empty: not known any more
	Fields  []string  `json:"fields,omitempty"`  // that it has written; empty: it removed some, which leaves no trace
	Time    time.Time `json:"time,omitzero"`
}

// Drifted finds out from an object's metadata who took fields of ours since the last run: our entry is then no longer what was
// recorded. What an entry lost is not written down anywhere, so that fields are those which others have written since we last
// did. Controllers write all the time; they are named only where nobody else is to be found.
func Drifted(e inventory.Entry, uid types.UID, managers []metav1.ManagedFieldsEntry) []Drift {
	if e.Ours == "" || e.UID == "" {
		return nil
	}
	if e.UID != uid {
		return []Drift{{Fields: []string{"metadata.uid"}}}
	}
	if ours, _ := Fingerprints(managers); ours == e.Ours {
		return nil
	}
	people, controllers := writers(managers)
	switch {
	case len(people) > 0:
		return people
	case len(controllers) > 0:
		return controllers
	default:
		return []Drift{{}}
	}
}

// Written is when we last wrote to an object; zero: we never did.
func Written(managers []metav1.ManagedFieldsEntry) time.Time {
	for _, m := range managers {
		if isOurs(m) && m.Time != nil {
			return m.Time.Time
		}
	}
	return time.Time{}
}

// writers are those who have written since we last did.
func writers(managers []metav1.ManagedFieldsEntry) (people, controllers []Drift) {
	since := Written(managers)
	for _, m := range managers {
		if isOurs(m) || m.Manager == YieldManager || m.Subresource == "status" || m.Time != nil && m.Time.Time.Before(since) {
			continue
		}
		d := Drift{Manager: cmp.Or(m.Manager, "unknown"), Fields: written(m)}
		if m.Time != nil { // scaling leaves none
			d.Time = m.Time.UTC()
		}
		switch {
		case len(d.Fields) == 0:
		case controls(m.Manager):
			controllers = append(controllers, d)
		default:
			people = append(people, d)
		}
	}
	return people, controllers
}

// controls reports a field manager that is a part of Kubernetes, whose writing is a consequence of others'.
func controls(manager string) bool {
	return slices.Contains([]string{"kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet", "cloud-controller-manager"}, manager)
}

// written are the paths of an entry's fields outside status.
func written(m metav1.ManagedFieldsEntry) []string {
	var set fieldpath.Set
	if m.FieldsV1 == nil || set.FromJSON(bytes.NewReader([]byte(fields(m)))) != nil {
		return nil
	}
	var paths []string
	set.Leaves().Iterate(func(p fieldpath.Path) {
		path := strings.TrimPrefix(p.String(), ".")
		if path != "status" && !strings.HasPrefix(path, "status.") {
			paths = append(paths, path)
		}
	})
	slices.Sort(paths)
	return paths
}
