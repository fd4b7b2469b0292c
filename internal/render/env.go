package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/gotemplate"
)

// env is what the chart's templates can reach besides their values.
func (h *helm) env() gotemplate.Env {
	env := gotemplate.Env{Limits: h.Limits, Exact: h.release.Numbers == "exact", Hermetic: h.Hermetic}
	if h.Known != nil {
		env.Lookup = h.lookup
	}
	if h.Volatile != nil {
		env.Volatile = func(function string, args []any, n int) (any, error) {
			return h.Volatile(h.release.Name, function, args, n)
		}
	}
	return env
}

// lookup finds among the known objects what a chart looks up: one object, or a list of all where no name is given.
func (r *renderer) lookup(apiVersion, kind, namespace, name string) (map[string]any, error) {
	known, err := r.Known(apiVersion, kind)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, u := range known {
		if u.GetAPIVersion() != apiVersion || u.GetKind() != kind || namespace != "" && u.GetNamespace() != namespace {
			continue
		}
		if name != "" && u.GetName() == name {
			return u.DeepCopy().Object, nil
		}
		items = append(items, u.DeepCopy().Object)
	}
	if name != "" {
		return nil, nil
	}
	list := unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind + "List", "items": items}}
	return list.Object, nil
}
