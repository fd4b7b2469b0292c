package gotemplate

import (
	"errors"
	"fmt"
	"reflect"
	"text/template"
)

// comparing replaces text/template's eq and ne, which write maps and lists into the error that they return for them: a map that
// holds itself has no end.
func (r *Run) comparing(f template.FuncMap) {
	f["eq"] = func(first reflect.Value, others ...reflect.Value) (bool, error) {
		if len(others) == 0 {
			return false, errors.New("missing argument for comparison")
		}
		for _, other := range others {
			if same, err := r.same(first, other); same || err != nil {
				return same, err
			}
		}
		return false, nil
	}
	f["ne"] = func(first, second reflect.Value) (bool, error) {
		same, err := r.same(first, second)
		return !same, err
	}
}

// same compares two values as text/template does.
func (r *Run) same(first, second reflect.Value) (bool, error) {
	first, second = inner(first), inner(second)
	if first.Kind() == reflect.String && second.Kind() == reflect.String {
		return first.String() == second.String(), nil
	}
	if first.IsValid() && second.IsValid() && (holdsOthers(first) || holdsOthers(second)) {
		return false, fmt.Errorf("%s and %s cannot be compared: use deepEqual", typeName(first.Type().String()), typeName(second.Type().String()))
	}
	var values [2]any
	for i, v := range []reflect.Value{first, second} {
		if v.IsValid() && v.CanInterface() {
			values[i] = v.Interface()
		}
	}
	r.weigh(values[:]...)
	var says verdict
	err := r.builtin.Execute(&says, values)
	if e, ok := errors.AsType[template.ExecError](err); ok {
		for err = e.Err; errors.Unwrap(err) != nil; {
			err = errors.Unwrap(err)
		}
	}
	return bool(says), err
}

func inner(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

func holdsOthers(v reflect.Value) bool { return v.Kind() == reflect.Map || v.Kind() == reflect.Slice }

// verdict is true once something was written.
type verdict bool

func (v *verdict) Write(p []byte) (int, error) {
	*v = *v || len(p) > 0
	return len(p), nil
}

// builtinEq writes something where text/template's own eq holds of two values.
func builtinEq() *template.Template {
	return template.Must(template.New("eq").Parse(`{{ if eq (index . 0) (index . 1) }}same{{ end }}`))
}
