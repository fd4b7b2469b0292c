package cel

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	kube "k8s.io/apiserver/pkg/cel"
)

// The errors that have their own words.
var (
	ErrMissing = errors.New("no such key")
	ErrCost    = errors.New("it takes too long")
	ErrType    = errors.New("a value is of the wrong type")
)

// Unknown is a value that an expression must not use: evaluation fails where it does.
type Unknown struct{ Why string }

// True evaluates an expression that gives a boolean, and says what it cost. The value is made of the types of
// source.Node.Value, and Unknown.
func (p *Program) True(self any) (ok bool, cost uint64, err error) {
	v, cost, err := p.eval(self)
	if err != nil {
		return false, cost, err
	}
	b, isBool := v.(types.Bool)
	if !isBool {
		return false, cost, wrongType{fmt.Sprintf("it gives %s, not a boolean", article(v.Type().TypeName()))}
	}
	return bool(b), cost, nil
}

// Text evaluates an expression that gives a string.
func (p *Program) Text(self any) (string, error) {
	v, _, err := p.eval(self)
	if err != nil {
		return "", err
	}
	s, ok := v.(types.String)
	if !ok {
		return "", wrongType{fmt.Sprintf("it gives %s, not a string", article(v.Type().TypeName()))}
	}
	return string(s), nil
}

func (p *Program) eval(self any) (ref.Val, uint64, error) {
	about, variables := value(self, p.about), map[string]any{}
	for _, name := range p.names {
		variables[name] = about
	}
	v, details, err := p.program.Eval(variables)
	cost := uint64(costLimit)
	if details != nil && details.ActualCost() != nil {
		cost = *details.ActualCost()
	}
	if err == nil {
		return v, cost, nil
	}
	if strings.Contains(err.Error(), "cost limit exceeded") {
		return nil, cost, ErrCost
	}
	if name, found := strings.CutPrefix(err.Error(), "no such key: "); found {
		return nil, cost, fmt.Errorf("%w: %s", ErrMissing, name)
	}
	if strings.HasPrefix(err.Error(), "no such overload") {
		return nil, cost, wrongType{"no such overload"}
	}
	return nil, cost, err
}

// wrongType says what is of the wrong type.
type wrongType struct{ text string }

func (e wrongType) Error() string        { return e.text }
func (e wrongType) Is(target error) bool { return target == ErrType }

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// value is a plain value as expressions see it: an object's fields have names that are identifiers, as in CRDs.
func value(v any, t *Type) ref.Val {
	switch v := v.(type) {
	case nil:
		return types.NullValue
	case bool:
		return types.Bool(v)
	case string:
		return types.String(v)
	case int64:
		if t.is(Double) {
			return types.Double(v)
		}
		return types.Int(v)
	case float64:
		if t.is(Int) && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return types.Int(v) // 3.0 is an integer to JSON Schema
		}
		return types.Double(v)
	case uint64, json.Number:
		return types.NewErr("%v does not fit in an integer of 64 bits", v)
	case []any:
		return list(v, t)
	case map[string]any:
		return mapping(v, t)
	case Unknown:
		return types.NewErr("%s", v.Why)
	default:
		return types.NewErr("a %T is no value", v)
	}
}

func (t *Type) is(k Kind) bool { return t != nil && t.Kind == k }

func list(v []any, t *Type) ref.Val {
	var items *Type
	if t != nil {
		items = t.Items
	}
	out := make([]ref.Val, len(v))
	for i, item := range v {
		out[i] = value(item, items)
	}
	return types.NewRefValList(types.DefaultTypeAdapter, out)
}

func mapping(v map[string]any, t *Type) ref.Val {
	out := make(map[ref.Val]ref.Val, len(v))
	for name, item := range v {
		switch {
		case t == nil:
			out[types.String(name)] = value(item, nil)
		case t.is(Object):
			if escaped, ok := kube.Escape(name); ok {
				out[types.String(escaped)] = value(item, t.Fields[name])
			}
		default:
			out[types.String(name)] = value(item, t.Items)
		}
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, out)
}
