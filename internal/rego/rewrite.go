package rego

import "github.com/open-policy-agent/opa/v1/ast"

// Reads are the names below input that modules read, and whether they use the input as a whole or by a name that is only known
// when they are evaluated.
func Reads(modules ...*ast.Module) (names map[string]bool, whole bool) {
	names = map[string]bool{}
	for _, m := range modules {
		explained := map[*ast.Term]bool{} // inputs of which only one name is read
		read := func(input, name *ast.Term) {
			if text, ok := name.Value.(ast.String); ok {
				names[string(text)], explained[input] = true, true
				if ref, isRef := input.Value.(ast.Ref); isRef {
					explained[ref[0]] = true
				}
			}
		}
		visit(m, func(args []*ast.Term) {
			if path, ok := fixedGet(args); ok {
				read(args[1], path.Elem(0))
			}
		}, func(t *ast.Term) {
			ref, isRef := t.Value.(ast.Ref)
			switch {
			case isRef && len(ref) > 1 && isInput(ref[0]):
				read(ref[0], ref[1])
			case isInput(t):
				whole = whole || !explained[t]
			}
		})
	}
	return names, whole
}

// Below returns a copy of a module in which every reference to a name below input goes one step further: what it reads is then
// one of several values that stand there side by side.
func Below(m *ast.Module, name, step string) *ast.Module {
	m = m.Copy()
	is := func(t *ast.Term) bool { return t.Equal(ast.StringTerm(name)) }
	visit(m, func(args []*ast.Term) {
		if path, ok := fixedGet(args); ok && is(path.Elem(0)) {
			longer := []*ast.Term{path.Elem(0), ast.StringTerm(step)}
			for i := 1; i < path.Len(); i++ {
				longer = append(longer, path.Elem(i))
			}
			args[2].Value = ast.NewArray(longer...)
		}
	}, func(t *ast.Term) {
		if ref, isRef := t.Value.(ast.Ref); isRef && len(ref) > 1 && isInput(ref[0]) && is(ref[1]) {
			longer := make(ast.Ref, 0, len(ref)+1)
			longer = append(append(longer, ref[:2]...), ast.StringTerm(step))
			t.Value = append(longer, ref[2:]...)
		}
	})
	return m
}

// visit calls functions with the function and arguments of every call, and with every term, from the outside in.
func visit(m *ast.Module, call func([]*ast.Term), term func(*ast.Term)) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if x.IsCall() {
				call(x.Terms.([]*ast.Term))
			}
		case *ast.Term:
			if args, isCall := x.Value.(ast.Call); isCall {
				call(args)
			}
			term(x)
		}
		return false
	}).Walk(m)
}

// fixedGet is the path of object.get(input, ["name", …], …).
func fixedGet(args []*ast.Term) (*ast.Array, bool) {
	if len(args) < 4 || args[0].String() != ast.ObjectGet.Name || !isInput(args[1]) {
		return nil, false
	}
	path, isArray := args[2].Value.(*ast.Array)
	return path, isArray && path.Len() > 0
}

// isInput reports whether a term is input itself, which is a variable at the head of a reference, and a reference elsewhere.
func isInput(t *ast.Term) bool {
	if ref, isRef := t.Value.(ast.Ref); isRef {
		return len(ref) == 1 && ref[0].Equal(ast.InputRootDocument)
	}
	return t.Equal(ast.InputRootDocument)
}
