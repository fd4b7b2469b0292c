package schema

import (
	"slices"
	"strings"
)

// evaluated leaves out what unevaluatedProperties and unevaluatedItems say only because another schema failed, and took what it
// describes with it.
func (c *checker) evaluated(all []violation) []violation {
	unevaluated := func(v violation) string {
		for _, location := range v.schemas {
			for _, keyword := range []string{"/unevaluatedProperties", "/unevaluatedItems"} {
				if parent, is := strings.CutSuffix(location, keyword); is && c.compiled.schemas[parent] != nil && len(v.path) > 0 {
					return parent
				}
			}
		}
		return ""
	}
	return slices.DeleteFunc(slices.Clone(all), func(v violation) bool {
		parent := unevaluated(v)
		if parent == "" {
			return false
		}
		last := len(v.path) - 1
		failed := slices.ContainsFunc(all, func(o violation) bool {
			return len(o.path) >= last && slices.Equal(o.path[:last], v.path[:last]) && unevaluated(o) == ""
		})
		if strings.HasSuffix(v.schema(), "/unevaluatedItems") {
			return failed
		}
		return slices.ContainsFunc(expand([]facet{{schema: c.compiled.schemas[parent]}}), func(f facet) bool {
			return describes(f.schema, v.path[last]) && (failed || !f.maybe)
		})
	})
}
