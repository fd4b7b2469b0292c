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
	w := weight{run: r, left: r.env.Limits.Output}
	for _, v := range values {
		w.walk(reflect.ValueOf(v), 0)
	}
}

// weight is what values may still weigh.
type weight struct {
	run     *Run
	left    int
	written bool // in JSON, YAML or HTML: with escapes, and spaces before what is deep
}

const (
	nodeWeight = 16     // what the smallest value takes
	mostDepth  = 10_000 // as deep as JSON and YAML readers go
)

func (w *weight) walk(v reflect.Value, depth int) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	w.take(nodeWeight)
	if w.written {
		w.take(2 * depth)
	}
	switch v.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Map:
		w.run.deeper(depth)
		for entries := v.MapRange(); entries.Next(); {
			w.walk(entries.Key(), depth+1)
			w.walk(entries.Value(), depth+1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			w.take(v.Len())
			return
		}
		w.run.deeper(depth)
		for i := range v.Len() {
			w.walk(v.Index(i), depth+1)
		}
	}
}

func (w *weight) take(bytes int) {
	if w.left -= bytes; w.left < 0 {
		panic(limit("a value of more than %d bytes", w.run.env.Limits.Output))
	}
}

// text takes what a text takes. JSON writes six characters for some.
func (w *weight) text(s string) {
	w.take(len(s))
	if !w.written {
		return
	}
	escapes := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || strings.IndexByte(`"'<>&\`, c) >= 0 {
			escapes++
		}
	}
	w.take(5 * escapes)
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
			f[name] = r.watched(function, writes(name))
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

// writes tells the functions whose text may be several times as long as the texts that they are given.
func writes(name string) bool {
	switch name {
	case "toJson", "mustToJson", "toPrettyJson", "mustToPrettyJson", "toRawJson", "mustToRawJson", "toYaml", "mustToYaml", "toYamlPretty", "toToml",
		"quote", "html", "js", "urlquery":
		return true
	}
	return false
}

func (r *Run) watched(function any, written bool) any {
	weigh := func(values ...any) {
		w := weight{run: r, left: r.env.Limits.Output, written: written}
		for _, v := range values {
			w.walk(reflect.ValueOf(v), 0)
		}
	}
	switch f := function.(type) { // the usual ones, without reflection
	case func(string) string:
		return func(s string) string { return r.fits(f(s)) }
	case func(string, string) string:
		return func(a, b string) string { return r.fits(f(a, b)) }
	case func(any) string:
		return func(v any) string { weigh(v); return r.fits(f(v)) }
	case func(...any) string:
		return func(v ...any) string { weigh(v...); return r.fits(f(v...)) }
	case func(any) (string, error):
		return func(v any) (string, error) { weigh(v); s, err := f(v); return r.fits(s), err }
	case func(string, string) bool:
		return f
	}
	v := reflect.ValueOf(function)
	typ := v.Type()
	return reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		w := weight{run: r, left: r.env.Limits.Output, written: written}
		for _, arg := range args {
			w.walk(arg, 0)
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
