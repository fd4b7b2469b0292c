package gotemplate

import (
	"reflect"
	"strings"
	"text/template"
)

// A value can be small in memory and endless when somebody walks it: a list that holds another one twice, and so on for
// forty lists, or a map that holds itself. Everything that walks values looks at their weight first.

// weigh stops the run where walking values would take more than all output may have.
func (r *Run) weigh(values ...any) {
	left := r.env.Limits.Output
	for _, v := range values {
		r.walk(reflect.ValueOf(v), &left, 0)
	}
}

const (
	nodeWeight = 16     // what the smallest value takes
	mostDepth  = 10_000 // as deep as JSON and YAML readers go
)

func (r *Run) walk(v reflect.Value, left *int, depth int) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	*left -= nodeWeight
	if *left < 0 {
		panic(limit("a value of more than %d bytes", r.env.Limits.Output))
	}
	switch v.Kind() {
	case reflect.String:
		*left -= v.Len()
	case reflect.Map:
		r.deeper(depth)
		for entries := v.MapRange(); entries.Next(); {
			r.walk(entries.Key(), left, depth+1)
			r.walk(entries.Value(), left, depth+1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			*left -= v.Len()
			return
		}
		r.deeper(depth)
		for i := range v.Len() {
			r.walk(v.Index(i), left, depth+1)
		}
	}
}

func (r *Run) deeper(depth int) {
	if depth >= mostDepth {
		panic(limit("a value that is nested more than %d deep", mostDepth))
	}
}

// fits stops the run at a text that is longer than all output may be.
func (r *Run) fits(text string) string {
	if len(text) > r.env.Limits.Output {
		panic(limit("a text of more than %d bytes", r.env.Limits.Output))
	}
	return text
}

// weighed makes every function weigh what it is given, and every one that returns text measure it. Panics are how a
// function that returns no error stops: text/template makes errors of them.
func (r *Run) weighed(f template.FuncMap) {
	for name, function := range f {
		if !strings.HasPrefix(name, "_") && !builds(name) {
			f[name] = r.watched(function)
		}
	}
}

// builds tells the functions that put values into others without walking them.
func builds(name string) bool {
	switch name {
	case "list", "tuple", "dict", "set", "unset", "get", "hasKey", "append", "push", "prepend", "concat", "default", "first", "last",
		"empty", "kindOf", "kindIs", "typeOf", "typeIs", "ternary", "coalesce", "include", "tpl", "fail", "lookup", "required", "keys", "values":
		return true
	}
	return false
}

func (r *Run) watched(function any) any {
	switch f := function.(type) { // the usual ones, without reflection
	case func(string) string:
		return func(s string) string { return r.fits(f(s)) }
	case func(string, string) string:
		return func(a, b string) string { return r.fits(f(a, b)) }
	case func(any) string:
		return func(v any) string { r.weigh(v); return r.fits(f(v)) }
	case func(...any) string:
		return func(v ...any) string { r.weigh(v...); return r.fits(f(v...)) }
	case func(any) (string, error):
		return func(v any) (string, error) { r.weigh(v); s, err := f(v); return r.fits(s), err }
	case func(string, string) bool:
		return f
	}
	v := reflect.ValueOf(function)
	typ := v.Type()
	return reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		left := r.env.Limits.Output
		for _, arg := range args {
			r.walk(arg, &left, 0)
		}
		call := v.Call
		if typ.IsVariadic() {
			call = v.CallSlice
		}
		results := call(args)
		if len(results) > 0 && results[0].Kind() == reflect.String {
			r.fits(results[0].String())
		}
		return results
	}).Interface()
}
