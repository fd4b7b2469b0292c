package gotemplate

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// show is a value as templates print it: as fmt does, except that a float64 that holds an integer is printed in digits
// only, at any depth, and no address is printed. Helm prints 1000000 as 1e+06, which YAML readers take for another type or a
// string.
func show(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int, int64:
		return v
	case float64:
		if s, ok := digits(v); ok {
			return s
		}
		return v
	case map[string]any, []any:
		if hasScientific(v) {
			return withDigits(v)
		}
	default:
		if at := reflect.ValueOf(v); holdsAddress(at, true) {
			return withoutAddress(at)
		}
	}
	return v
}

// printed is show for what an action prints. It takes and returns a reflect.Value because text/template also prints what a
// pointer to a value's place can print: .Capabilities.KubeVersion is a string only through its pointer.
func (r *Run) printed(v reflect.Value) reflect.Value {
	at := v
	for at.Kind() == reflect.Interface {
		at = at.Elem()
	}
	switch at.Kind() {
	case reflect.Float64, reflect.Map, reflect.Slice:
		if at.CanInterface() {
			r.weigh(at.Interface())
			return reflect.ValueOf(show(at.Interface()))
		}
	case reflect.Struct, reflect.Pointer:
		if holdsAddress(at, true) {
			return reflect.ValueOf(withoutAddress(reflect.Indirect(at)))
		}
	}
	return v
}

// text is Sprig's way to a string, on top of show.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	default:
		return fmt.Sprintf("%v", show(v))
	}
}

// digits writes an integer that fmt would write in scientific notation.
func digits(f float64) (string, bool) {
	if math.Abs(f) < 1e6 || math.Abs(f) >= 1e21 || f != math.Trunc(f) {
		return "", false
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

// hasScientific reports whether fmt would print some of a value otherwise than show.
func hasScientific(v any) bool {
	switch v := v.(type) {
	case nil, string, bool, int, int64:
		return false
	case float64:
		_, ok := digits(v)
		return ok
	case map[string]any:
		for _, item := range v {
			if hasScientific(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if hasScientific(item) {
				return true
			}
		}
	default:
		return holdsAddress(reflect.ValueOf(v), false)
	}
	return false
}

func withDigits(v any) any {
	switch v := v.(type) {
	case float64:
		return show(v)
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, item := range v {
			m[k] = withDigits(item)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, item := range v {
			l[i] = withDigits(item)
		}
		return l
	default:
		if at := reflect.ValueOf(v); holdsAddress(at, false) {
			return plain{withoutAddress(at)}
		}
		return v
	}
}

// formatted is a float64 as an argument of printf: under %v an integer is shown in digits, under other verbs as fmt does.
type formatted float64

// Format implements fmt.Formatter.
func (f formatted) Format(s fmt.State, verb rune) {
	if d, ok := digits(float64(f)); ok && verb == 'v' {
		fmt.Fprintf(s, fmt.FormatString(s, 's'), d) //nolint:errcheck // fmt.State never fails
		return
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), float64(f)) //nolint:errcheck // fmt.State never fails
}

// sprintf is printf without scientific notation of integers.
func sprintf(format string, args ...any) string {
	if strings.Contains(format, "%T") { // asks for the type of the argument itself
		return fmt.Sprintf(format, args...)
	}
	shown := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case float64:
			shown[i] = formatted(a)
		default:
			shown[i] = show(a)
		}
	}
	return fmt.Sprintf(format, shown...)
}
