package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// snapshot is what a run leaves behind, one line per object and per entry of the inventory, without what differs between two
// runs that went equally well: names that keep tests apart, uids, versions, times. Two sets that were applied from the same
// manifests have the same snapshot, whatever happened on the way.
type snapshot []string

// residents are the kinds whose objects a snapshot holds, all of them in the set's namespaces and the set's own elsewhere.
func (h *harness) residents() []schema.GroupVersionResource {
	core := func(resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: resource}
	}
	list := []schema.GroupVersionResource{
		core("namespaces"), core("configmaps"), core("secrets"), core("services"),
		{Group: "apps", Version: "v1", Resource: "deployments"},
		{Group: "apps", Version: "v1", Resource: "statefulsets"},
		{Group: "batch", Version: "v1", Resource: "jobs"},
		{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"},
		{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
		{Group: h.name + ".example.com", Version: "v1", Resource: "things"},
	}
	return list
}

// snapshot looks at the set with a client that nothing stands in the way of.
func (h *harness) snapshot() snapshot {
	h.Helper()
	ctx := context.Background()
	clear := &harness{T: h.T, ref: h.ref, name: h.name}
	clear.Client, clear.wire = connect(h.T, shared().config)
	live, lines := clear.live(ctx)
	inv, err := clear.Load(ctx, h.ref)
	if err != nil {
		h.Fatalf("read the inventory: %v", err)
	}
	lines = append(lines, clear.recorded(inv, live)...)
	lines = append(lines, clear.kept(ctx, inv)...)
	for i := range lines {
		lines[i] = strings.ReplaceAll(strings.ReplaceAll(lines[i], h.ref.SetID(), "SET"), h.name, "NAME")
	}
	slices.Sort(lines)
	return lines
}

// live are the uids of the objects, and a line for each.
func (h *harness) live(ctx context.Context) (map[object.ID]types.UID, []string) {
	h.Helper()
	found, lines := map[object.ID]types.UID{}, []string(nil)
	for _, resource := range h.residents() {
		list, err := h.dynamic.Resource(resource).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			h.Fatalf("list %s: %v", resource.Resource, err)
		}
		for _, u := range list.Items {
			id := object.ID{Group: resource.Group, Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName()}
			ours := u.GetLabels()[object.LabelPartOf] == h.ref.SetID()
			if kind, _, _ := unstructured.NestedString(u.Object, "type"); strings.HasPrefix(kind, "otomi.io/") {
				continue // the inventory itself, which lives in the set's own namespace in some tests
			}
			if !ours && u.GetNamespace() != h.name && u.GetNamespace() != h.name+"-2" || id.Name == "kube-root-ca.crt" {
				continue
			}
			found[id] = u.GetUID()
			lines = append(lines, line(u))
		}
	}
	return found, lines
}

// line is an object without what differs from run to run.
func line(u unstructured.Unstructured) string {
	uid := string(u.GetUID())
	var managers []string
	for _, m := range u.GetManagedFields() {
		if m.Subresource == "" {
			managers = append(managers, fmt.Sprint(m.Manager, " ", m.Operation, " ", ptr.Deref(m.FieldsV1, metav1.FieldsV1{})))
		}
	}
	slices.Sort(managers)
	for _, path := range [][]string{
		{"status"},
		{"metadata", "uid"},
		{"metadata", "resourceVersion"},
		{"metadata", "creationTimestamp"},
		{"metadata", "generation"},
		{"metadata", "managedFields"},
		{"spec", "clusterIP"},
		{"spec", "clusterIPs"},
	} {
		unstructured.RemoveNestedField(u.Object, path...)
	}
	content, err := json.Marshal(u.Object)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(fmt.Sprintf("object %s managed by %q", content, managers), uid, "UID")
}

// recorded are the lines of the inventory.
func (h *harness) recorded(inv *inventory.Inventory, live map[object.ID]types.UID) []string {
	if inv == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("inventory %s cluster %q remembers %v", inv.State, inv.Cluster.Name, values(inv.Memory))}
	for _, e := range inv.Entries {
		uid := "another object's uid"
		switch {
		case live[e.ID] == "":
			uid = "no object"
		case live[e.ID] == e.UID:
			uid = "its uid"
		}
		lines = append(lines, fmt.Sprintf("entry %s %s of %s in %s with %s, hash %t, ours %t, created %t, task %q", e.ID, e.Version, e.Release,
			e.Runlevel, uid, e.Hash != "", e.Ours != "", e.Created, e.Task))
	}
	return lines
}

// values are what is remembered, cut short.
func values(m inventory.Memory) []string {
	var list []string
	for _, v := range m.Values {
		list = append(list, fmt.Sprintf("%s %d %.8s", v.Release, v.Order, v.Value))
	}
	return list
}

// leftBehind is the line of a Secret of the set that no inventory names.
const leftBehind = "a shard that no inventory has"

// kept are the Secrets of the set in the namespace of inventories that have been left behind, and its Lease while it is held.
func (h *harness) kept(ctx context.Context, inv *inventory.Inventory) []string {
	h.Helper()
	secrets, err := h.core.Secrets(h.ref.Namespace).List(ctx, metav1.ListOptions{LabelSelector: inventory.LabelShardOf + "=" + h.ref.SetID()})
	if err != nil {
		h.Fatalf("list shards: %v", err)
	}
	var lines []string
	for _, s := range secrets.Items {
		if inv == nil || !slices.Contains(slices.Concat(inv.Shards, inv.Stored.SecretNames()), s.Name) {
			lines = append(lines, leftBehind)
		}
	}
	lease, err := h.leases.Leases(h.ref.Namespace).Get(ctx, h.ref.Name, metav1.GetOptions{})
	if err == nil && ptr.Deref(lease.Spec.HolderIdentity, "") != "" {
		lines = append(lines, fmt.Sprintf("lease held by %q", *lease.Spec.HolderIdentity))
	} else if err != nil && !apierrors.IsNotFound(err) {
		h.Fatalf("read the lease: %v", err)
	}
	return lines
}

// same fails the test when a set is not as a clean run leaves it.
func (h *harness) same(what string, want snapshot) {
	h.Helper()
	if diff := cmp.Diff(want, h.snapshot()); diff != "" {
		h.Errorf("%s: cluster and inventory differ from those after a clean run (-clean +this):\n%s", what, diff)
	}
}

// nothingLeft fails the test when another run would change something.
func (h *harness) nothingLeft(what string, desired []object.Object, change ...func(*plan.Input)) {
	h.Helper()
	p, err := h.makePlan(desired, change...)
	if err != nil {
		h.Errorf("%s: the next plan = %v", what, err)
		return
	}
	for _, a := range p.Actions {
		if a.Op != plan.Unchanged && a.Op != plan.Keep {
			h.Errorf("%s: the next run would %s %s: %s", what, a.Op, a.ID, a.Reason)
		}
	}
}
