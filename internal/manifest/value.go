package manifest

import (
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// value checks a value of one of Kubernetes' own kinds. The API server reads null as if nothing were there.
func (c *checker) value(v any, s *openapi.Schema) {
	if v == nil {
		return
	}
	switch s.Type {
	case openapi.Object:
		if m, ok := v.(map[string]any); ok {
			c.fields(m, s)
			return
		}
		c.wrong(v, "a map")
	case openapi.Map:
		if m, ok := v.(map[string]any); ok {
			c.entries(m, s.Items)
			return
		}
		c.wrong(v, "a map")
	case openapi.List:
		if l, ok := v.([]any); ok {
			c.items(l, s)
			return
		}
		c.wrong(v, "a list")
	default:
		c.scalar(v, s)
	}
}

func (c *checker) fields(m map[string]any, s *openapi.Schema) {
	for _, name := range s.Required {
		if empty(m[name]) && !c.lax && s.Fields[name].Default == nil {
			c.report("required-field", c.path(name), "", "the field is required")
		}
	}
	for name, v := range m {
		field := s.Fields[name]
		if field == nil && len(s.Fields) == 0 {
			return // the API server drops what is below such a field without a word
		}
		if field == nil {
			c.unknown(name, names(s.Fields))
			continue
		}
		top := len(c.at) == 0
		c.lax = c.lax || top && name == "status"
		c.below(name, v, field)
		c.lax = c.lax && !top
	}
	if s.Metadata {
		c.metadata(m)
	}
}

// empty tells values that say nothing: the API server does not tell them from those that are not there.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

func (c *checker) entries(m map[string]any, s *openapi.Schema) {
	for name, v := range m {
		c.at = append(c.at, step{name: name, key: true})
		c.value(v, s)
		c.at = c.at[:len(c.at)-1]
	}
}

func (c *checker) items(l []any, s *openapi.Schema) {
	distinct := s.Set || len(s.Keys) > 0
	for i, v := range l {
		c.at = append(c.at, step{index: i})
		switch {
		case v == nil && distinct:
			c.report("field-type", c.path(), "", "want an item, have null")
		case v == nil && len(s.Items.Fields) > 0:
			c.fields(nil, s.Items) // an item with nothing in it
		default:
			c.value(v, s.Items)
		}
		c.at = c.at[:len(c.at)-1]
	}
	if len(l) > 1 && !c.lax && distinct {
		c.repeated(l, s)
	}
}

// repeated reports items of a list that are the same to the API server.
func (c *checker) repeated(l []any, s *openapi.Schema) {
	first := make(map[string]int, len(l))
	for i, v := range l {
		key, ok := identity(v, s)
		if !ok {
			continue
		}
		other, taken := first[key]
		if !taken {
			first[key] = i
			continue
		}
		path := c.path(strconv.Itoa(i))
		if s.Set {
			c.report("duplicate-item", path, "", "the item stands in the list already, at [%d]", other)
		} else {
			c.report("duplicate-item", path, "", "item [%d] has the same %s", other, strings.Join(s.Keys, " and "))
		}
	}
}

// identity is what tells an item from the others of its list.
func identity(v any, s *openapi.Schema) (key string, ok bool) {
	if s.Set {
		return text(v)
	}
	m, isMap := v.(map[string]any)
	if !isMap {
		return "", false
	}
	for i, name := range s.Keys {
		part := m[name]
		if part == nil {
			part = s.Items.Fields[name].Default
		}
		word, is := text(part)
		if !is {
			return "", false // it is required, or may be left out: then the item is no other's double
		}
		if i > 0 {
			word = key + "\x00" + word
		}
		key = word
	}
	return key, true
}

// text is a scalar as a key.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	default:
		return "", false
	}
}

// unknown reports a field that the schema does not have.
func (c *checker) unknown(name string, known []string) {
	hint := diag.DidYouMean(name, known)
	if hint == "" {
		hint = "the fields are " + strings.Join(known, ", ")
		if len(known) == 0 {
			hint = "take it out: nothing can be set here"
		}
	}
	c.report("unknown-field", c.path(name), hint, "unknown field %q", name)
}
