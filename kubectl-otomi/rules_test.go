package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unprovoked are the rules that no script can show, and why.
func unprovoked() map[string]string {
	return map[string]string{
		"unknown-revision": "it needs a cluster to which another checkout was applied",
		"plain-on-disk":    "it needs a machine without a file system in memory",
		"plain-left":       "it needs a file system that lets nobody delete",
	}
}

// TestEveryRuleIsShown: what each rule of the values' stations says stands in a script, word for word.
func TestEveryRuleIsShown(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var shown strings.Builder
	for _, name := range scripts {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(data)
	}
	rules := rulesOf(t, ".", "../internal/source", "../internal/values", "../internal/repo", "../internal/core", "../internal/schema", "../internal/secrets", "../internal/secrets/block")
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		why, excused := unprovoked()[rule]
		switch found := strings.Contains(shown.String(), "["+rule+"]\n"); {
		case !found && !excused:
			t.Errorf("%s: no script shows what the rule %s says", rules[rule], rule)
		case found && excused:
			t.Errorf("%s: a script shows the rule %s, which is excused: %s", rules[rule], rule, why)
		}
	}
	for rule := range unprovoked() {
		if _, known := rules[rule]; !known {
			t.Errorf("the rule %s is excused and does not exist", rule)
		}
	}
}

// rulesOf are the first arguments of diag.Errorf, Warningf and Infof in the files of folders, constants resolved.
func rulesOf(t *testing.T, dirs ...string) map[string]token.Position {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no Go files in %s: %v", dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	constants := constantsOf(files)
	rules := map[string]token.Position{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !makesFinding(call.Fun) {
				return true
			}
			rule := text(call.Args[0], constants)
			if rule == "" && !chosenElsewhere(call.Args[0]) {
				t.Errorf("%s: cannot tell the rule", fset.Position(call.Pos()))
			}
			rules[rule] = fset.Position(call.Pos())
			return true
		})
	}
	delete(rules, "")
	return rules
}

// chosenElsewhere are the expressions that make a rule's name at run time: of JSON Schema's keywords, and of variables that hold
// one of the constants.
func chosenElsewhere(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.Ident)
	return ok && f.Name == "ruleOf"
}

func makesFinding(fun ast.Expr) bool {
	s, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := s.X.(*ast.Ident)
	return ok && pkg.Name == "diag" && slices.Contains([]string{"Errorf", "Warningf", "Infof"}, s.Sel.Name)
}

// constantsOf are the string constants of the files, by name.
func constantsOf(files []*ast.File) map[string]string {
	constants := map[string]string{}
	for range 2 { // a constant may stand for another
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok {
					return true
				}
				for i := range min(len(spec.Names), len(spec.Values)) {
					if s := text(spec.Values[i], constants); s != "" {
						constants[spec.Names[i].Name] = s
					}
				}
				return true
			})
		}
	}
	return constants
}

// text is the value of an expression that is a string literal or names a constant, else "".
func text(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.Ident:
		return constants[e.Name]
	case *ast.SelectorExpr:
		return constants[e.Sel.Name]
	}
	return ""
}
