package object

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Edit is what a patch made of an object.
type Edit struct {
	At            diag.Position  // of the patch
	Before, After map[string]any // the object's content; not to be changed
}

// Edited is the index of the last edit that changed a field, or -1.
func (o Object) Edited(parts []string) int {
	for i := len(o.Edits) - 1; i >= 0 && len(parts) > 0; i-- {
		was, _ := Field(o.Edits[i].Before, parts)
		is, _ := Field(o.Edits[i].After, parts)
		if !reflect.DeepEqual(was, is) {
			return i
		}
	}
	return -1
}

// Rendered is the object's content as its text has it, before patches and marks, or nil.
func (o Object) Rendered() map[string]any {
	all, _ := Parse(o.Source.File, o.Source.Text)
	for _, r := range all {
		same := r.GetKind() == o.GetKind() && r.GetName() == o.GetName() && (r.GetNamespace() == "" || r.GetNamespace() == o.GetNamespace())
		if same || len(all) == 1 {
			return r.Object
		}
	}
	return nil
}

// Field is the value of a field in an object's content, and whether it is there.
func Field(content any, parts []string) (any, bool) {
	for len(parts) > 0 {
		switch v := content.(type) {
		case []any:
			i, err := strconv.Atoi(parts[0])
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			content, parts = v[i], parts[1:]
		case map[string]any:
			used := 1
			for ; used <= len(parts); used++ {
				if next, there := v[strings.Join(parts[:used], ".")]; there {
					content = next
					break
				}
			}
			if used > len(parts) {
				return nil, false
			}
			parts = parts[used:]
		default:
			return nil, false
		}
	}
	return content, true
}

// Maps are the items of a list that are maps; of what is no list there are none.
func Maps(list any) []map[string]any {
	items, _ := list.([]any)
	var maps []map[string]any
	for _, item := range items {
		if m, is := item.(map[string]any); is {
			maps = append(maps, m)
		}
	}
	return maps
}

// walk follows a path as far as it leads. A list or map is where its key stands.
func walk(n *source.Node, parts []string) (at diag.Position, there bool) {
	at = n.At()
	for len(parts) > 0 {
		if n.Kind == source.List {
			next := n.Lookup(parts[0])
			if next == nil {
				return at, false
			}
			n, at, parts = next, next.At(), parts[1:]
			continue
		}
		i, used := key(n, parts)
		if used == 0 {
			return at, false
		}
		at = n.Keys[i].At()
		n, parts = n.Items[i], parts[used:]
		if n.Kind.Scalar() && n.Kind != source.Null {
			at = n.At()
		}
	}
	return at, true
}

// key finds the map's key that the first parts name. Policies often write a key with dots, such as an annotation's, bare.
func key(n *source.Node, parts []string) (index, used int) {
	for used := 1; used <= len(parts); used++ {
		if i, found := n.Find(strings.Join(parts[:used], ".")); found {
			return i, used
		}
	}
	return 0, 0
}

// parsePath takes a field path apart: names with dots between, [0] for an item, ["a.b/c"] for any key.
func parsePath(field string) []string {
	var parts []string
	for field != "" {
		if rest, bracket := strings.CutPrefix(field, "["); bracket {
			part, after, ok := bracketed(rest)
			if !ok {
				return parts
			}
			parts, field = append(parts, part), strings.TrimPrefix(after, ".")
			continue
		}
		end := strings.IndexAny(field, ".[")
		if end < 0 {
			return append(parts, field)
		}
		parts = append(parts, field[:end])
		field = strings.TrimPrefix(field[end:], ".")
	}
	return parts
}

func bracketed(rest string) (part, after string, ok bool) {
	if quoted, err := strconv.QuotedPrefix(rest); err == nil {
		part, _ = strconv.Unquote(quoted)
		after, ok = strings.CutPrefix(rest[len(quoted):], "]")
		return part, after, ok
	}
	return strings.Cut(rest, "]")
}
