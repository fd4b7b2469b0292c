package manifests

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

func pause() { time.Sleep(100 * time.Millisecond) }

func objects(file string) []object.Object {
	data, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	all, findings := object.Parse(file, data)
	if len(findings) > 0 {
		panic(findings)
	}
	return all
}

// nameOf is the name that the request's path has, whatever the object says.
func nameOf(o object.Object) string {
	if name := o.GetName(); name != "" {
		return name
	}
	return "no-name"
}

// mutant is an object with one thing changed.
type mutant struct {
	object object.Object
	path   []string
	change string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s %s: %s", m.object.GetKind(), source.Path(m.path), m.change)
}

// mutants are all objects that are made by one change of one field.
func mutants(o object.Object) []mutant {
	var all []mutant
	var visit func(v any, path []string)
	put := func(path []string, change string, v any, remove bool) {
		c := runtime.DeepCopyJSON(o.Object)
		set(c, path, v, remove)
		all = append(all, mutant{object.Object{Unstructured: &unstructured.Unstructured{Object: c}}, path, change})
	}
	visit = func(v any, path []string) {
		if len(path) > 0 {
			put(path, "removed", nil, true)
			for _, other := range replacements(v) {
				put(path, fmt.Sprintf("set to %#v", other), other, false)
			}
		}
		switch v := v.(type) {
		case map[string]any:
			put(append(slices.Clip(path), "zzz"), "added", "x", false)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if len(path) > 0 || name != "apiVersion" && name != "kind" {
					visit(v[name], append(slices.Clip(path), name))
				}
			}
		case []any:
			put(path, "first item twice", append(slices.Clone(v), v[0]), false)
			visit(v[0], append(slices.Clip(path), "0"))
		}
	}
	visit(o.Object, nil)
	return all
}

// replacements are values of other types, and strings that mean nothing.
func replacements(v any) []any {
	all := []any{nil, "x y!", int64(7), true, 1.5, map[string]any{}, []any{}}
	switch v.(type) {
	case string:
		all = append(all, "", "Upper")
	case int64:
		all = append(all, int64(1)<<40)
	case []any:
		all = append(all, []any{nil})
	case map[string]any:
		all = append(all, map[string]any{"a": nil})
	}
	return all
}

func set(content any, path []string, v any, remove bool) {
	last := path[len(path)-1]
	above, _ := object.Field(content, path[:len(path)-1])
	switch above := above.(type) {
	case map[string]any:
		above[last] = runtime.DeepCopyJSONValue(v)
		if remove {
			delete(above, last)
		}
	case []any:
		above[0] = runtime.DeepCopyJSONValue(v)
	}
}
