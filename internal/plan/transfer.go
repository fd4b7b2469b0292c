package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// applier reports the entry of a tool that applied the object as a whole, and whose fields become ours when we take it over. People
// who changed single fields since keep those that we do not send: Pods must not start anew for want of somebody's annotation.
func applier(m metav1.ManagedFieldsEntry) bool {
	if m.Subresource != "" {
		return false
	}
	return slices.Contains([]string{
		"kubectl-client-side-apply", "kubectl-create", "kubectl-replace", "kubectl-run", "kubectl-expose", "kubectl-autoscale", "kubectl-last-applied",
		"before-first-apply", "kubectl", "helm", "helm-controller", "kapp", "kapp-server-side-apply", "kapp-controller", "kpt", "cli-utils",
		"argocd-controller", "argocd-application-controller", "kustomize-controller", "flux",
	}, m.Manager) || strings.HasPrefix(m.Manager, "terraform-provider-helm")
}

// patchOperation is one step of a JSON patch.
type patchOperation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Transfer is the JSON patch that has to go before the object is applied; nil: none. It changes no field that anybody set: it
// makes us the owner of what an adopted object's former owner set, so that what we do not send disappears, takes the former
// owner's marks off, and hands fields that we give up to another manager, because dropping them would reset them. It holds
// for the object as it is seen; whoever writes in between makes the server refuse it.
func (a Action) Transfer(live *Meta) ([]byte, error) {
	managers, err := a.transferred(live)
	if err != nil {
		return nil, fmt.Errorf("read managed fields of %s: %w", a.ID, err)
	}
	var patch []patchOperation
	if managers != nil {
		patch = append(patch, patchOperation{"replace", "/metadata/managedFields", managers})
	}
	if a.Op == Adopt {
		patch = append(patch, unmark("/metadata/labels/", live.Labels, a.Object.GetLabels())...)
		patch = append(patch, unmark("/metadata/annotations/", live.Annotations, a.Object.GetAnnotations())...)
	}
	if len(patch) == 0 {
		return nil, nil
	}
	return json.Marshal(append(patch, patchOperation{"replace", "/metadata/resourceVersion", live.ResourceVersion}))
}

// transferred are the managed fields as they have to be; nil: as they are.
func (a Action) transferred(live *Meta) ([]metav1.ManagedFieldsEntry, error) {
	managers, merged := live.Managers, false
	if a.Op == Adopt {
		managers, merged = merge(live.Managers, a.Object.GetAPIVersion())
	}
	at := slices.IndexFunc(managers, isOurs)
	if at < 0 {
		return nil, nil
	}
	ours := setOf(managers[at])
	given := given(managers, ours, a.places())
	if given.Empty() && !merged {
		return nil, nil
	}
	managers = slices.Clone(managers)
	if err := record(&managers[at], ours.Difference(given)); err != nil {
		return nil, err
	}
	if given.Empty() {
		return managers, nil
	}
	return yielded(managers, given, managers[at])
}

// places are the yielded fields as managed fields name them.
func (a Action) places() []Field {
	content := a.Whole.Unstructured
	if content == nil {
		content = a.Object.Unstructured
	}
	places := make([]Field, len(a.Yields))
	for i, f := range a.Yields {
		places[i] = f.known(content.Object)
	}
	return places
}

// merge makes one entry, ours, of those of whoever applied the object. Fields of another version than that cannot be compared
// with it: they get no owner.
func merge(managers []metav1.ManagedFieldsEntry, version string) ([]metav1.ManagedFieldsEntry, bool) {
	var theirs, rest []metav1.ManagedFieldsEntry
	for _, m := range managers {
		if applier(m) || isOurs(m) {
			theirs = append(theirs, m)
		} else {
			rest = append(rest, m)
		}
	}
	if len(theirs) == 0 || len(theirs) == 1 && isOurs(theirs[0]) {
		return managers, false
	}
	mine := theirs[0]
	if i := slices.IndexFunc(theirs, func(m metav1.ManagedFieldsEntry) bool { return m.APIVersion == version }); i >= 0 {
		mine = theirs[i]
	}
	all := &fieldpath.Set{}
	for _, m := range theirs {
		if m.APIVersion == mine.APIVersion {
			all = all.Union(setOf(m))
		}
	}
	all = all.Difference(within(all, []Field{fieldAt("status")}))
	mine.Manager, mine.Operation = object.FieldManager, metav1.ManagedFieldsOperationApply
	if err := record(&mine, all); err != nil {
		return managers, false
	}
	return append(rest, mine), true
}

// given is what of our fields is to be handed over: what is yielded and nobody else owns.
func given(managers []metav1.ManagedFieldsEntry, ours *fieldpath.Set, places []Field) *fieldpath.Set {
	part := within(ours, places)
	for _, m := range managers {
		if !isOurs(m) && !part.Empty() {
			part = part.Difference(setOf(m))
		}
	}
	return part
}

// yielded gives fields to the manager that holds what we gave up.
func yielded(managers []metav1.ManagedFieldsEntry, part *fieldpath.Set, from metav1.ManagedFieldsEntry) ([]metav1.ManagedFieldsEntry, error) {
	at := slices.IndexFunc(managers, isYielded)
	if at < 0 {
		at = len(managers)
		managers = append(managers, metav1.ManagedFieldsEntry{
			Manager: YieldManager, Operation: metav1.ManagedFieldsOperationApply, APIVersion: from.APIVersion, FieldsType: from.FieldsType, Time: from.Time,
		})
	}
	if managers[at].APIVersion == from.APIVersion {
		part = part.Union(setOf(managers[at]))
	}
	managers[at].APIVersion = from.APIVersion
	return managers, record(&managers[at], part)
}

func record(m *metav1.ManagedFieldsEntry, set *fieldpath.Set) error {
	raw, err := set.ToJSON()
	if err != nil {
		return err
	}
	m.FieldsV1 = metav1.NewFieldsV1(string(raw))
	return nil
}

// unmark takes the former owner's marks off that the desired object does not have.
func unmark(at string, live, desired map[string]string) []patchOperation {
	var patch []patchOperation
	for key, value := range live {
		if _, wanted := desired[key]; !wanted && mark(key, value) {
			patch = append(patch, patchOperation{Op: "remove", Path: at + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)})
		}
	}
	slices.SortFunc(patch, func(a, b patchOperation) int { return strings.Compare(a.Path, b.Path) })
	return patch
}

// mark reports a label or an annotation by which another tool knows what is its own.
func mark(key, value string) bool {
	group, _, _ := strings.Cut(key, "/")
	switch group {
	case "meta.helm.sh", "kapp.k14s.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io":
		return true
	}
	switch key {
	case lastApplied, "config.k8s.io/owning-inventory", "argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance",
		"argocd.argoproj.io/installation-id":
		return true
	case "app.kubernetes.io/managed-by":
		return value == "Helm"
	}
	return false
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
