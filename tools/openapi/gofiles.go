package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// enums finds the values that fields may have: definition → field → values. The published documents leave them out; the
// Go code that they are made from has them.
func enums(file string) (map[string]map[string][]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	found := map[string]map[string][]string{}
	for _, d := range parsed.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		words := strings.Split(strings.TrimPrefix(f.Name.Name, "schema_k8sio_"), "_") // api_core_v1_ServicePort
		if len(words) != 4 || words[0] != "api" {
			continue
		}
		if fields := fieldEnums(f.Body); len(fields) > 0 {
			found["io.k8s."+strings.Join(words, ".")] = fields
		}
	}
	return found, nil
}

// fieldEnums looks at every `"field": {…}` that stands directly in the properties, and for an Enum within.
func fieldEnums(body ast.Node) map[string][]string {
	fields := map[string][]string{}
	ast.Inspect(body, func(n ast.Node) bool {
		pair, isPair := n.(*ast.KeyValueExpr)
		if !isPair {
			return true
		}
		name, isString := pair.Key.(*ast.BasicLit)
		if !isString {
			return true
		}
		if values := enumWithin(pair.Value); len(values) > 0 {
			fields[unquote(name)] = values
		}
		return false
	})
	return fields
}

func enumWithin(value ast.Node) []string {
	var values []string
	ast.Inspect(value, func(n ast.Node) bool {
		pair, isPair := n.(*ast.KeyValueExpr)
		if !isPair {
			return true
		}
		if key, isIdent := pair.Key.(*ast.Ident); !isIdent || key.Name != "Enum" {
			return true
		}
		for _, e := range pair.Value.(*ast.CompositeLit).Elts {
			values = append(values, unquote(e.(*ast.BasicLit)))
		}
		return false
	})
	return values
}

func unquote(b *ast.BasicLit) string {
	s, err := strconv.Unquote(b.Value)
	if err != nil {
		return b.Value
	}
	return s
}

// history reads when the kinds of a module came and went.
func (t *table) history(dir string) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "zz_generated.prerelease-lifecycle.go" {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		group, err := groupOf(filepath.Dir(file))
		if err != nil {
			return err
		}
		for _, d := range parsed.Decls {
			f, isFunc := d.(*ast.FuncDecl)
			if !isFunc || f.Recv == nil {
				continue
			}
			kind := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			key := openapi.GVK{Group: group, Version: parsed.Name.Name, Kind: kind}
			if !strings.HasSuffix(kind, "List") {
				t.lifecycles[key] = lifecycle(t.lifecycles[key], f)
			}
		}
		return nil
	})
}

// lifecycle adds what one function of a kind returns.
func lifecycle(l openapi.Lifecycle, f *ast.FuncDecl) openapi.Lifecycle {
	results := f.Body.List[0].(*ast.ReturnStmt).Results
	if len(results) == 1 {
		var words []string
		for _, e := range results[0].(*ast.CompositeLit).Elts {
			words = append(words, unquote(e.(*ast.KeyValueExpr).Value.(*ast.BasicLit)))
		}
		l.Replacement = openapi.GVK{Group: words[0], Version: words[1], Kind: words[2]}
		return l
	}
	minor, _ := strconv.Atoi(results[1].(*ast.BasicLit).Value)
	switch strings.TrimPrefix(f.Name.Name, "APILifecycle") {
	case "Introduced":
		l.Introduced = minor
	case "Deprecated":
		l.Deprecated = minor
	case "Removed":
		l.Removed = minor
	}
	return l
}

// groupOf reads the constant GroupName of a package.
func groupOf(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return "", err
		}
		for _, d := range parsed.Decls {
			g, isDecl := d.(*ast.GenDecl)
			if !isDecl {
				continue
			}
			for _, s := range g.Specs {
				v, isValue := s.(*ast.ValueSpec)
				if isValue && slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return n.Name == "GroupName" }) {
					return unquote(v.Values[0].(*ast.BasicLit)), nil
				}
			}
		}
	}
	return "", nil
}
