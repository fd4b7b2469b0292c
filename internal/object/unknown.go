package object

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Unknown says where a path goes astray that leads to no field of the object, or nil.
func (o Object) Unknown(path []string) *diag.Finding {
	if _, there := Field(o.Object, path); there {
		return nil
	}
	for i := range path {
		if _, there := Field(o.Object, path[:i+1]); there {
			continue
		}
		above, _ := Field(o.Object, path[:i])
		f := diag.Errorf("unknown-path", diag.Position{}, "there is no %s", source.Path(path[:i+1]))
		f.Object, f.Hint = o.ID().String(), nearField(above, path[:i], path[i])
		return &f
	}
	return nil
}

// nearField names the field that may have been meant, else what there is.
func nearField(above any, at []string, name string) string {
	where := source.Path(at)
	if where == "" {
		where = "the object"
	}
	switch v := above.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if s := diag.Suggest(name, names); s != "" {
			return "did you mean " + source.Path(append(slices.Clip(at), s)) + "?"
		}
		return where + " has " + strings.Join(names, ", ")
	case []any:
		if len(v) == 1 {
			return where + " has 1 item"
		}
		return where + " has " + strconv.Itoa(len(v)) + " items"
	default:
		return where + " is no map and no list"
	}
}
