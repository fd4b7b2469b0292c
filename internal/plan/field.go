package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Field is a place in an object.
type Field []Step

// Step goes down one level of an object: into a map by the key Name, or to the element of a list that has the members Match,
// or the index Name.
type Step struct {
	Name  string
	Match map[string]string
}

// fieldAt is a place in maps alone.
func fieldAt(keys ...string) Field {
	f := make(Field, len(keys))
	for i, key := range keys {
		f[i].Name = key
	}
	return f
}

// ParseField reads a JSON pointer in which [key=value,…] names an element of a list, as in /spec/containers/[name=app]/image.
func ParseField(pointer string) (Field, error) {
	rest, found := strings.CutPrefix(pointer, "/")
	if !found {
		return nil, errors.New("want a JSON pointer, which begins with /")
	}
	var f Field
	for more := true; more; {
		var word string
		if strings.HasPrefix(rest, "[") {
			if word, rest, found = strings.Cut(rest[1:], "]"); !found {
				return nil, errors.New("a [ is not closed")
			}
			s, err := matching(word)
			if err != nil {
				return nil, err
			}
			f = append(f, s)
			if rest, more = strings.CutPrefix(rest, "/"); !more && rest != "" {
				return nil, fmt.Errorf("after ] comes / or nothing, not %q", rest)
			}
			continue
		}
		word, rest, more = strings.Cut(rest, "/")
		if word == "" {
			return nil, errors.New("a name between slashes is empty")
		}
		if left := strings.NewReplacer("~0", "", "~1", "").Replace(word); strings.Contains(left, "~") {
			return nil, fmt.Errorf("%q: a ~ is written ~0, a / in a name ~1", word)
		}
		f = append(f, Step{Name: strings.NewReplacer("~1", "/", "~0", "~").Replace(word)})
	}
	return f, nil
}

func matching(pairs string) (Step, error) {
	s := Step{Match: map[string]string{}}
	for pair := range strings.SplitSeq(pairs, ",") {
		key, value, found := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); !found || key == "" {
			return s, fmt.Errorf("[%s]: want [key=value]", pairs)
		}
		s.Match[key] = strings.TrimSpace(value)
	}
	return s, nil
}

// String is the place as findings show it.
func (f Field) String() string {
	var b strings.Builder
	for _, s := range f {
		switch {
		case s.Match != nil:
			var pairs []string
			for _, key := range slices.Sorted(maps.Keys(s.Match)) {
				pairs = append(pairs, key+"="+s.Match[key])
			}
			b.WriteString("[" + strings.Join(pairs, ",") + "]")
		case strings.ContainsAny(s.Name, "./"):
			b.WriteString("[" + strconv.Quote(s.Name) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.Name)
		default:
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// In is the value at the place, and whether there is one.
func (f Field) In(content any) (any, bool) {
	for _, s := range f {
		switch x := content.(type) {
		case map[string]any:
			inner, found := x[s.Name]
			if !found || s.Match != nil {
				return nil, false
			}
			content = inner
		case []any:
			at := s.index(x)
			if at < 0 {
				return nil, false
			}
			content = x[at]
		default:
			return nil, false
		}
	}
	return content, true
}

// index is which element of a list the step goes to; -1: none.
func (s Step) index(list []any) int {
	if s.Match == nil {
		if at, err := strconv.Atoi(s.Name); err == nil && at >= 0 && at < len(list) {
			return at
		}
		return -1
	}
	return slices.IndexFunc(list, func(element any) bool {
		m, isMap := element.(map[string]any)
		for key, value := range s.Match {
			if v, has := m[key]; !has || fmt.Sprint(v) != value {
				return false
			}
		}
		return isMap
	})
}

// FindField reads the path of a field as the API server writes it, of an object that has it: dots in names are not told from
// those between them.
func FindField(path string, content any) (Field, bool) {
	if path == "" {
		return nil, true
	}
	switch x := content.(type) {
	case map[string]any:
		rest, dot := strings.CutPrefix(path, ".")
		for key, value := range x {
			after, leads := strings.CutPrefix(rest, key)
			if !dot || !leads || after != "" && after[0] != '.' && after[0] != '[' {
				continue
			}
			if below, found := FindField(after, value); found {
				return append(Field{{Name: key}}, below...), true
			}
		}
	case []any:
		for i, value := range x {
			after, s, leads := element(path, i, value)
			if !leads {
				continue
			}
			if below, found := FindField(after, value); found {
				return append(Field{s}, below...), true
			}
		}
	}
	return nil, false
}

// element reads an index, or keys and values as [name="web",port=80], where it is the element's.
func element(path string, i int, value any) (after string, s Step, leads bool) {
	if after, leads = strings.CutPrefix(path, "["+strconv.Itoa(i)+"]"); leads {
		return after, Step{Name: strconv.Itoa(i)}, true
	}
	m, isMap := value.(map[string]any)
	if !isMap || !strings.HasPrefix(path, "[") {
		return "", s, false
	}
	s.Match = map[string]string{}
	for rest := path[1:]; ; {
		key, text, found := strings.Cut(rest, "=")
		if !found {
			return "", s, false
		}
		end := strings.IndexAny(text, ",]")
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			end = len(quoted)
		}
		if end < 0 || end >= len(text) {
			return "", s, false
		}
		want := text[:end]
		if plain, err := strconv.Unquote(want); err == nil {
			want = plain
		}
		if has, there := m[key]; !there || fmt.Sprint(has) != want {
			return "", s, false
		}
		s.Match[key] = want
		if text[end] == ']' {
			return text[end+1:], s, true
		}
		rest = text[end+1:]
	}
}

// known is the place with the elements of lists named by all their scalars, as the content has them: whoever knows which of
// them are the list's keys recognises the element.
func (f Field) known(content any) Field {
	out := slices.Clone(f)
	for i, s := range f {
		if list, isList := content.([]any); isList {
			if at := s.index(list); at >= 0 {
				if m, isMap := list[at].(map[string]any); isMap {
					out[i] = Step{Match: scalars(m)}
				}
			}
		}
		content, _ = f[i : i+1].In(content)
	}
	return out
}

func scalars(m map[string]any) map[string]string {
	out := map[string]string{}
	for key, value := range m {
		switch value.(type) {
		case map[string]any, []any, nil:
		default:
			out[key] = fmt.Sprint(value)
		}
	}
	return out
}

// covers reports a path of managed fields at the place or below it.
func (f Field) covers(p fieldpath.Path) bool {
	return len(p) >= len(f) && f.along(p) == len(f)
}

// along is how many steps the place and a path of managed fields have in common.
func (f Field) along(p fieldpath.Path) int {
	for i := range min(len(f), len(p)) {
		if !f[i].leads(p[i]) {
			return i
		}
	}
	return min(len(f), len(p))
}

// leads reports whether the step goes to an element of a path. Of a list's keys some may be defaults that the object does not
// spell out.
func (s Step) leads(e fieldpath.PathElement) bool {
	switch {
	case e.FieldName != nil:
		return s.Match == nil && *e.FieldName == s.Name
	case e.Index != nil:
		return s.Match == nil && strconv.Itoa(*e.Index) == s.Name
	case e.Key != nil && s.Match != nil:
		same := 0
		for _, key := range *e.Key {
			value, has := s.Match[key.Name]
			if has && value != fmt.Sprint(key.Value.Unstructured()) {
				return false
			}
			if has {
				same++
			}
		}
		return same > 0
	default:
		return false
	}
}

// without is the content less what is at the place; maps and lists on the way are copied.
func (f Field) without(content any) any {
	switch x := content.(type) {
	case map[string]any:
		inner, found := x[f[0].Name]
		if !found || f[0].Match != nil {
			return x
		}
		c := maps.Clone(x)
		if len(f) == 1 {
			delete(c, f[0].Name)
		} else {
			c[f[0].Name] = f[1:].without(inner)
		}
		return c
	case []any:
		at := f[0].index(x)
		if at < 0 {
			return x
		}
		c := slices.Clone(x)
		if len(f) == 1 {
			return slices.Delete(c, at, at+1)
		}
		c[at] = f[1:].without(x[at])
		return c
	default:
		return content
	}
}
