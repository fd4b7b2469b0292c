package secrets

import (
	"context"
	"fmt"
	"reflect"

	"github.com/Masterminds/sprig/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
)

// Generator makes secrets with the Go templates that schemas give under x-secret, such as {{ randAlphaNum 32 }}. They may
// call gotemplate.Generators and what is the same in every run; they see no values.
type Generator struct{ cache *gotemplate.Cache }

// NewGenerator makes a generator.
func NewGenerator() *Generator { return &Generator{cache: gotemplate.NewCache()} }

// Generate executes a template, which stands at a place in a schema.
func (g *Generator) Generate(ctx context.Context, template string, at diag.Position) (string, diag.Findings) {
	file := gotemplate.File{Name: "x-secret", Display: at.File, Text: template}
	set, findings := g.cache.Set(gotemplate.Generator, []gotemplate.File{file})
	if !findings.Failed() {
		limits := gotemplate.Limits{Output: 1 << 20, List: 1 << 16}
		var out gotemplate.Output
		out, findings = set.Run(ctx, gotemplate.Env{Limits: limits, Volatile: random}).Execute(file.Name, map[string]any{})
		if !findings.Failed() && len(out.Text) == 0 {
			findings = diag.Findings{diag.Errorf(ruleGenerator, at, "the generator makes nothing")}
		}
		if !findings.Failed() {
			return string(out.Text), nil
		}
	}
	for i := range findings { // lines of the template are not lines of the schema
		findings[i].At, findings[i].Rule, findings[i].Notes = at, ruleGenerator, nil
	}
	return "", findings
}

// longest is the most that a generator may ask for: characters, or days of a certificate.
const longest = 1 << 16

// random answers what is another in every run with Sprig's own function, whose randomness is the system's.
func random(function string, args []any, _ int) (result any, err error) {
	f := reflect.ValueOf(sprig.TxtFuncMap()[function])
	in := make([]reflect.Value, len(args))
	for i, arg := range args {
		v, want := reflect.ValueOf(arg), f.Type().In(i)
		switch {
		case !v.IsValid() && want.Kind() == reflect.Slice: // genSignedCert takes nil for no addresses
			v = reflect.Zero(want)
		case !v.IsValid():
			return nil, fmt.Errorf("argument %d is nothing", i+1)
		case v.Type().AssignableTo(want):
		case v.CanConvert(want) && v.Kind() != reflect.String && want.Kind() != reflect.String:
			v = v.Convert(want)
		default:
			return nil, fmt.Errorf("argument %d is %v, want a %s", i+1, arg, want)
		}
		if n, ok := v.Interface().(int); ok && n > longest && function != "randInt" {
			return nil, fmt.Errorf("argument %d is %d, more than %d", i+1, n, longest)
		}
		in[i] = v
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
	return out[0].Interface(), nil
}
