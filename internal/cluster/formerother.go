package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	cliutils "github.com/fluxcd/cli-utils/pkg/object"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// kappSpec is what kapp writes into an app's ConfigMap.
type kappSpec struct {
	LabelKey   string             `json:"labelKey"`
	LabelValue string             `json:"labelValue"`
	Kinds      []schema.GroupKind `json:"usedGKs"`
}

func kappSpecOf(u *unstructured.Unstructured) (kappSpec, error) {
	text, _, _ := unstructured.NestedString(u.Object, "data", "spec")
	var spec kappSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil || spec.LabelKey == "" || spec.LabelValue == "" {
		return spec, fmt.Errorf("read kapp app in ConfigMap %s/%s: its spec has no label", u.GetNamespace(), u.GetName())
	}
	return spec, nil
}

func kappApp(u *unstructured.Unstructured) plan.Owner {
	spec, err := kappSpecOf(u)
	if err != nil {
		return plan.Owner{}
	}
	return plan.Owner{Tool: "kapp", Name: u.GetNamespace() + "/" + u.GetName(), ID: spec.LabelValue}
}

// kappObjects are what carries an app's label and nothing else made: Pods, too, carry what kapp puts into their templates.
func kappObjects(ctx context.Context, o *observer, u *unstructured.Unstructured) ([]object.ID, error) {
	spec, err := kappSpecOf(u)
	if err != nil {
		return nil, err
	}
	all, err := o.kinds.all(ctx)
	if err != nil {
		return nil, err
	}
	var ids []object.ID
	var lock sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers)
	for _, s := range all {
		derived := slices.Contains([]string{"Endpoints", "EndpointSlice", "Event", "PodMetrics"}, s.kind.Kind)
		if derived || !s.can("list", "delete") || len(spec.Kinds) > 0 && !slices.Contains(spec.Kinds, s.kind.GroupKind()) {
			continue
		}
		g.Go(func() error {
			return o.each(ctx, s, o.everywhere(), spec.LabelKey+"="+spec.LabelValue, func(id object.ID, m *metav1.ObjectMeta) {
				if metav1.GetControllerOf(m) == nil {
					lock.Lock()
					defer lock.Unlock()
					ids = append(ids, id)
				}
			})
		})
	}
	return ids, g.Wait()
}

// kappChanges are the ConfigMaps in which kapp notes what it did to an app.
func (o *observer) kappChanges(ctx context.Context, s served, app *unstructured.Unstructured) ([]plan.Record, error) {
	var records []plan.Record
	err := o.eachObjectIn(ctx, s, app.GetNamespace(), "kapp.k14s.io/is-app-change", func(u *unstructured.Unstructured) {
		if u.GetLabels()["kapp.k14s.io/app-change-app"] == app.GetName() {
			records = append(records, record(s, u, false))
		}
	})
	return records, err
}

func kptInventory(u *unstructured.Unstructured) plan.Owner {
	id := u.GetLabels()[kptID]
	if id == "" {
		return plan.Owner{}
	}
	return plan.Owner{Tool: "kpt", Name: u.GetNamespace() + "/" + u.GetName(), ID: id}
}

// kptObjects are what an inventory lists: a ResourceGroup as a list, a ConfigMap as its keys.
func kptObjects(_ context.Context, _ *observer, u *unstructured.Unstructured) ([]object.ID, error) {
	var ids []object.ID
	resources, _, err := unstructured.NestedSlice(u.Object, "spec", "resources")
	if err != nil {
		return nil, fmt.Errorf("read kpt inventory %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	for _, r := range resources {
		fields, _ := r.(map[string]any)
		text := func(field string) string { s, _ := fields[field].(string); return s }
		ids = append(ids, object.ID{Group: text("group"), Kind: text("kind"), Namespace: text("namespace"), Name: text("name")})
	}
	if u.GetKind() != "ConfigMap" {
		return ids, nil
	}
	data, _, err := unstructured.NestedStringMap(u.Object, "data")
	if err != nil {
		return nil, fmt.Errorf("read kpt inventory %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	for key := range data {
		m, err := cliutils.ParseObjMetadata(key)
		if err != nil {
			return nil, fmt.Errorf("read kpt inventory %s/%s: %w", u.GetNamespace(), u.GetName(), err)
		}
		ids = append(ids, object.ID{Group: m.GroupKind.Group, Kind: m.GroupKind.Kind, Namespace: m.Namespace, Name: m.Name})
	}
	return ids, nil
}

// ignoreNoKind takes a kind that is not served for one of which there is nothing.
func ignoreNoKind(err error) error {
	if errors.Is(err, errNoKind) {
		return nil
	}
	return err
}

// metaOnly is an object of which nothing but the metadata is known.
func metaOnly(s served, m *metav1.ObjectMeta) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(s.kind)
	u.SetNamespace(m.Namespace)
	u.SetName(m.Name)
	u.SetUID(m.UID)
	u.SetResourceVersion(m.ResourceVersion)
	u.SetCreationTimestamp(m.CreationTimestamp)
	u.SetLabels(m.Labels)
	u.SetAnnotations(m.Annotations)
	u.SetManagedFields(m.ManagedFields)
	u.SetFinalizers(m.Finalizers)
	return u
}
