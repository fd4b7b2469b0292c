package manifest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// scalar checks what is neither map nor list, or may be anything.
func (c *checker) scalar(v any, s *openapi.Schema) {
	switch s.Type {
	case openapi.String:
		if text, ok := v.(string); ok {
			c.text(text, s)
			return
		}
		c.wrong(v, "a string")
	case openapi.Boolean:
		if _, ok := v.(bool); !ok {
			c.wrong(v, "true or false")
		}
	case openapi.Integer:
		c.integer(v, s.Format)
	case openapi.Number:
		if !number(v) {
			c.wrong(v, "a number")
		}
	default:
		c.several(v, s.Format)
	}
}

func number(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	default:
		return false
	}
}

// whole is a number's value if it is an integer, which is 7 also where it is written as 7.0.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<63
	default:
		return 0, false
	}
}

func (c *checker) integer(v any, format string) {
	i, ok := whole(v)
	if !ok {
		c.wrong(v, "an integer")
		return
	}
	if format == "int32" && (i < math.MinInt32 || i > math.MaxInt32) {
		c.report("field-type", c.path(), "", "%sthe number does not fit in 32 bits", c.shown(v))
	}
}

// several checks values that may be of more than one type.
func (c *checker) several(v any, format string) {
	switch format {
	case openapi.IntOrString:
		if _, ok := v.(string); !ok {
			if i, isInt := whole(v); !isInt {
				c.wrong(v, "an integer or a string")
			} else if i < math.MinInt32 || i > math.MaxInt32 {
				c.report("field-type", c.path(), "", "%sthe number does not fit in 32 bits", c.shown(v))
			}
		}
	case openapi.Quantity:
		if number(v) {
			return
		}
		text, ok := v.(string)
		if !ok {
			c.wrong(v, "a quantity such as 500m or 1Gi")
			return
		}
		if _, err := resource.ParseQuantity(strings.TrimSpace(text)); err != nil {
			c.report("field-format", c.path(), "write it as 500m, 2 or 1Gi", "%sthe text is no quantity", c.shown(v))
		}
	}
}

func (c *checker) text(text string, s *openapi.Schema) {
	if len(s.Enum) > 0 && text != "" && !c.lax && !slices.Contains(s.Enum, text) {
		f := diag.Errorf("unknown-value", c.place(c.path()), "%swant one of %s", c.shown(text), strings.Join(s.Enum, ", "))
		if i := slices.IndexFunc(s.Enum, func(known string) bool { return strings.EqualFold(known, text) }); i >= 0 && !c.secret() {
			f.Proposed = s.Enum[i] // what is more than a difference in case may have been meant otherwise
		}
		c.add(f, c.path(), diag.DidYouMean(text, s.Enum))
	}
	if s.Format == "" {
		return
	}
	var err error
	var want, hint string
	switch s.Format {
	case "byte":
		_, err = base64.StdEncoding.DecodeString(text)
		want, hint = "not base64", "encode it with base64"
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
		want, hint = "no time", "write it as 2026-01-31T08:00:00Z"
	case openapi.MicroTime:
		_, err = time.Parse(metav1.RFC3339Micro, text)
		want, hint = "no time", "write it as 2026-01-31T08:00:00.000000Z"
	case openapi.Duration:
		_, err = time.ParseDuration(text)
		want, hint = "no duration", "write it as 90s or 1h30m"
	}
	if err != nil {
		c.report("field-format", c.path(), hint, "%sthe text is %s", c.shown(text), want)
	}
}

// wrong reports a value of another type than wanted.
func (c *checker) wrong(v any, want string) {
	f, hint := diag.Errorf("field-type", c.place(c.path()), "want %s, have %s", want, c.described(v)), ""
	if want == "a string" && (number(v) || v == true || v == false) {
		hint = "write it in quotes"
		if !c.secret() { // v is what YAML 1.1 makes of the text: 8 of 010, false of no
			f.Proposed = c.locator.Text(c.path())
		}
	}
	c.add(f, c.path(), hint)
}

// described is a value in words, a short scalar with its text.
func (c *checker) described(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return "a list"
	case nil:
		return "null"
	case string:
		if c.secret() || len(v) > 40 {
			return "a string"
		}
		return "the string " + strconv.Quote(v)
	}
	kind := "number"
	if _, is := v.(bool); is {
		kind = "boolean"
	}
	if c.secret() {
		return "a " + kind
	}
	return fmt.Sprintf("the %s %v", kind, v)
}

// shown is a scalar that a message begins with, or nothing where it is secret or long.
func (c *checker) shown(v any) string {
	text := fmt.Sprint(v)
	if c.secret() || len(text) > 60 {
		return ""
	}
	return strconv.Quote(text) + ": "
}

func names[T any](fields map[string]T) []string { return slices.Sorted(maps.Keys(fields)) }
