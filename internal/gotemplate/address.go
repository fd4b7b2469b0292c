package gotemplate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// fmt prints pointers within values as addresses, which are others in every run: .Chart has some. Here they are printed as
// what they point to.

// holdsAddress reports whether fmt would print an address of a value. A pointer at the top it follows by itself.
func holdsAddress(v reflect.Value, top bool) bool {
	if !v.IsValid() || v.CanInterface() && prints(v.Interface()) {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return holdsAddress(v.Elem(), top)
	case reflect.Pointer:
		return !v.IsNil() && (!top || holdsAddress(v.Elem(), false))
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return !v.IsNil()
	default:
		return slices.ContainsFunc(members(v), func(m member) bool { return holdsAddress(m.value, false) })
	}
}

// member is a field of a struct, an item of a list, or an entry of a map.
type member struct {
	key   string // of an entry
	value reflect.Value
}

// members are those of a value that may hold addresses, in the order in which fmt prints them.
func members(v reflect.Value) []member {
	var all []member
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, member{"", v.Field(i)})
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && !simple(v.Type().Elem()); i++ {
			all = append(all, member{"", v.Index(i)})
		}
	case reflect.Map:
		for entries := v.MapRange(); !simple(v.Type().Elem()) && entries.Next(); {
			all = append(all, member{fmt.Sprint(entries.Key()) + ":", entries.Value()})
		}
		slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.key, b.key) })
	}
	return all
}

// simple reports whether no value of a type holds an address.
func simple(t reflect.Type) bool { return t.Kind() <= reflect.Complex128 || t.Kind() == reflect.String }

// prints reports whether fmt asks a value how it is printed.
func prints(v any) bool {
	switch v.(type) {
	case fmt.Formatter, fmt.Stringer, error:
		return true
	}
	return false
}

// withoutAddress is a value that holds addresses, as fmt prints it otherwise.
func withoutAddress(v reflect.Value) string {
	switch {
	case !v.IsValid():
		return "<nil>"
	case v.Kind() == reflect.Interface:
		return withoutAddress(v.Elem())
	case !holdsAddress(v, false):
		if v.Kind() == reflect.Float64 {
			return fmt.Sprint(show(v.Float()))
		}
		return fmt.Sprint(v)
	case v.Kind() == reflect.Pointer:
		return "&" + withoutAddress(v.Elem())
	}
	var parts []string
	for _, m := range members(v) {
		parts = append(parts, m.key+withoutAddress(m.value))
	}
	switch v.Kind() {
	case reflect.Struct:
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.Slice, reflect.Array:
		return "[" + strings.Join(parts, " ") + "]"
	case reflect.Map:
		return "map[" + strings.Join(parts, " ") + "]"
	default:
		return v.Kind().String() // a function
	}
}

// address reports whether a format asks for an address.
func address(format string) bool {
	return regexp.MustCompile(`%[-+# 0\d.*\[\]]*p`).MatchString(strings.ReplaceAll(format, "%%", ""))
}
