package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"sigs.k8s.io/yaml"
)

// file is a kind of file, and the Go type that it is read into.
type file struct {
	title, intro string
	dir, typ     string // of the type
	prefix       string // of its fields' names
}

// files are those that people write, apart from functionConfigs.
func files() []file {
	return []file{
		{"otomi.yaml", "The one file that makes a folder a [values repo](../concepts/values-repo.md).", "internal/repo", "document", ""},
		{"platform/runlevels/NN-NAME.yaml", "A [runlevel](../concepts/runlevels.md) of a core, a Go template. It has one key, `releases`.", "internal/render", "Release", "releases[]."},
		{"platform/platform.yaml", "What a [core](../concepts/core.md) says of itself. The file is optional.", "internal/core", "document", ""},
	}
}

// definition is what the page takes of a KRMFunctionDefinition.
type definition struct {
	Metadata struct{ Name string }
	Spec     struct {
		Description string
		Names       struct{ Kind string }
		Versions    []struct {
			Schema struct{ OpenAPIV3Schema *schema }
		}
	}
}

// kindsPage is the reference of the files of values repos and cores, and of functionConfigs.
func kindsPage(root string) (string, error) {
	var b strings.Builder
	b.WriteString(made + `# Kinds and their fields

What the files hold that people write, apart from [values](values.md). ` + "`[]`" + ` stands for each item of a list. A field that is not listed is an error.
`)
	for _, f := range files() {
		types, err := parse(filepath.Join(root, f.dir))
		if err != nil {
			return "", err
		}
		rows := types.rows(f.prefix, f.typ)
		if len(rows) == 0 {
			return "", fmt.Errorf("find type %s in %s: it has no fields", f.typ, f.dir)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s", f.title, f.intro, table(rows))
	}
	text, err := os.ReadFile(filepath.Join(root, "krm-functions/catalog.yaml"))
	if err != nil {
		return "", err
	}
	for _, document := range bytes.Split(text, []byte("---\n"))[1:] {
		var d definition
		if err := yaml.Unmarshal(document, &d); err != nil {
			return "", fmt.Errorf("read the catalog: %w", err)
		}
		var f fields
		f.inside("", &schema{Properties: map[string]*schema{"spec": d.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]}})
		for i := range f.rows {
			f.rows[i].path = strings.TrimPrefix(f.rows[i].path, ".")
		}
		fmt.Fprintf(&b, "\n## %s\n\nThe functionConfig of [`%s`](../../krm-functions/%[2]s/README.md). %s\n\n%s",
			d.Spec.Names.Kind, d.Metadata.Name, d.Spec.Description, table(f.rows))
	}
	return b.String(), nil
}

// types are the types of a package by name.
type types map[string]ast.Expr

func parse(dir string) (types, error) {
	found := types{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				found[t.Name.Name] = t.Type
			}
			return true
		})
	}
	return found, nil
}

// rows are the fields of a type, what is in a field after it.
func (t types) rows(prefix, name string) []row { return t.fields(prefix, t[name]) }

func (t types) fields(prefix string, typ ast.Expr) []row {
	s, ok := typ.(*ast.StructType)
	if !ok {
		return nil
	}
	var rows []row
	for _, f := range s.Fields.List {
		name := ""
		if f.Tag != nil {
			name, _, _ = strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		}
		if name == "" || name == "-" {
			continue
		}
		kind, inner, mark := t.kind(f.Type)
		rows = append(rows, row{path: prefix + name, kind: kind, meaning: strings.TrimSpace(f.Comment.Text())})
		rows = append(rows, t.fields(prefix+name+mark+".", inner)...)
	}
	return rows
}

// kind says what values a type takes, what type is inside of it, and how a field's name says that.
func (t types) kind(typ ast.Expr) (kind string, inner ast.Expr, mark string) {
	switch x := typ.(type) {
	case *ast.StarExpr:
		return t.kind(x.X)
	case *ast.StructType:
		return "map", x, ""
	case *ast.ArrayType:
		item, inner, _ := t.kind(x.Elt)
		return "list of " + item, inner, "[]"
	case *ast.MapType:
		item, inner, _ := t.kind(x.Value)
		return "map of " + item, inner, ".NAME"
	case *ast.SelectorExpr:
		switch fmt.Sprintf("%s.%s", x.X, x.Sel) {
		case "time.Duration":
			return "duration", nil, ""
		case "patch.Patch":
			return "patch", nil, ""
		}
		return "any", nil, ""
	case *ast.Ident:
		if under, ok := t[x.Name]; ok {
			return t.kind(under)
		}
		return map[string]string{"bool": "boolean", "int": "integer"}[x.Name] + map[bool]string{true: "string"}[x.Name == "string"], nil, ""
	}
	return "any", nil, ""
}
