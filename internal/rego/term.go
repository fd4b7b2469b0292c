package rego

import "github.com/open-policy-agent/opa/v1/ast"

// Text is the string at a key of an object.
func Text(o ast.Object, key string) (string, bool) {
	t := o.Get(ast.InternedTerm(key))
	if t == nil {
		return "", false
	}
	s, ok := t.Value.(ast.String)
	return string(s), ok
}

// Field is an entry of an object that is made in Go.
func Field(name string, value *ast.Term) [2]*ast.Term {
	return ast.Item(ast.InternedTerm(name), value)
}
