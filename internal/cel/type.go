package cel

import (
	"slices"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	kube "k8s.io/apiserver/pkg/cel"
)

// Kind is what a value is.
type Kind uint8

// The kinds. An Object has the fields that its Type names; a Map has any.
const (
	Any Kind = iota
	Bool
	Int
	Double
	String
	List
	Map
	Object
)

// String is the kind as messages call it.
func (k Kind) String() string {
	return [...]string{"value", "boolean", "integer", "number", "string", "list", "map", "map"}[k]
}

// Type is what is known of a value before there is one. A nil *Type knows nothing. Types may refer to themselves.
type Type struct {
	Kind   Kind
	Fields map[string]*Type // of an Object
	Items  *Type            // of a List or Map
}

// provider tells the compiler which fields objects have.
type provider struct {
	types.Provider
	names map[*Type]string
	types map[string]*Type
}

// cel is the type as the library knows it.
func (p *provider) cel(t *Type) *cel.Type {
	if t == nil {
		return cel.DynType
	}
	switch t.Kind {
	case Bool:
		return cel.BoolType
	case Int:
		return cel.IntType
	case Double:
		return cel.DoubleType
	case String:
		return cel.StringType
	case List:
		return cel.ListType(p.cel(t.Items))
	case Map:
		return cel.MapType(cel.StringType, p.cel(t.Items))
	case Object:
		return cel.ObjectType(p.name(t))
	default:
		return cel.DynType
	}
}

func (p *provider) name(t *Type) string {
	name, known := p.names[t]
	if !known {
		name = "map" + strconv.Itoa(len(p.names)+1)
		p.names[t], p.types[name] = name, t
	}
	return name
}

// FindStructType finds an object's type by the name that it was given.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if p.types[name] != nil {
		return types.NewTypeTypeWithParam(cel.ObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames lists the fields of an object as expressions call them.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	t := p.types[name]
	if t == nil {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for field := range t.Fields {
		if escaped, ok := kube.Escape(field); ok {
			names = append(names, escaped)
		}
	}
	slices.Sort(names)
	return names, true
}

// FindStructFieldType finds the type of an object's field.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	t := p.types[name]
	if t == nil {
		return p.Provider.FindStructFieldType(name, field)
	}
	plain, ok := kube.Unescape(field)
	f, known := t.Fields[plain]
	if !ok || !known {
		return nil, false
	}
	return &types.FieldType{Type: p.cel(f)}, true
}
