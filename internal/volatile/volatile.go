// Package volatile makes what charts' random and clock functions return: a function's name and its arguments go in, and what
// Sprig would make of them comes out, with the system's randomness. It remembers nothing: the next call returns something else.
package volatile

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/Masterminds/sprig/v3"
)

// Certificate is what genCA and its like return.
type Certificate struct{ Cert, Key string }

// longest is the most characters or bytes that a call may ask for: what is made has to be remembered.
const longest = 1 << 16

// Make calls one of Sprig's functions; now is what time it is. It returns a string, an int, a time or a Certificate.
func Make(function string, args []any, now time.Time) (result any, err error) {
	if function == "now" {
		return now.UTC().Round(0), nil
	}
	f := reflect.ValueOf(sprig.TxtFuncMap()[function])
	if !f.IsValid() || f.Type().NumIn() != len(args) {
		return nil, fmt.Errorf("no such call with %d arguments", len(args))
	}
	in := make([]reflect.Value, len(args))
	for i, arg := range args {
		if in[i], err = argument(arg, f.Type().In(i)); err != nil {
			return nil, fmt.Errorf("argument %d is %w", i+1, err)
		}
		if n, ok := in[i].Interface().(int); ok && n > longest && strings.HasPrefix(function, "rand") && function != "randInt" {
			return nil, fmt.Errorf("argument %d is %d, more than %d", i+1, n, longest)
		}
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	out := f.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return nil, out[1].Interface().(error) //nolint:errcheck,forcetypeassert // Sprig's functions return a value and an error
	}
	if certificate := reflect.TypeFor[Certificate](); out[0].CanConvert(certificate) {
		return out[0].Convert(certificate).Interface(), nil
	}
	return out[0].Interface(), nil
}

// argument is a template's value as a function wants it. The value is not in the error: it may be a password.
func argument(arg any, want reflect.Type) (reflect.Value, error) {
	v := reflect.ValueOf(arg)
	switch {
	case !v.IsValid() && want.Kind() == reflect.Slice: // genSignedCert takes nil for no addresses
		return reflect.Zero(want), nil
	case !v.IsValid():
		return v, fmt.Errorf("nothing, want a %s", want)
	case v.Type().AssignableTo(want):
		return v, nil
	case v.CanConvert(want) && v.Kind() != reflect.String && want.Kind() != reflect.String:
		return v.Convert(want), nil
	default:
		return v, fmt.Errorf("a %T, want a %s", arg, want)
	}
}
