package values_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/values"
)

// documented is the table in Merge's documentation: a row per line, a word per cell.
func documented(t *testing.T) [][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "merge.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Merge" {
			continue
		}
		for line := range strings.Lines(f.Doc.Text()) {
			if strings.HasPrefix(line, "\t") {
				rows = append(rows, strings.Fields(line))
			}
		}
	}
	return rows
}

// TestMergeTable is the table in Merge's documentation, cell by cell: what it says is what happens, and it says something
// for every kind below, every kind above and every rule.
func TestMergeTable(t *testing.T) {
	lowers := map[string]string{"nothing": "", "null": "a: null", "scalar": "a: 1", "list": "a: [{name: x, p: 1}, 1]", "map": "a: {p: 1, q: 1}"}
	uppers := map[string][]string{
		"nothing": {""}, "null": {"a: null"}, "scalar": {"a: 2"}, "list": {"a: [{name: z}, {name: x, r: 2}]"}, "map": {"a: {q: 2, r: 2, s: null}"},
		"!replace": {"a: !replace [3]", "a: !replace {r: 3, s: null}"},
	}
	rules := map[string]values.Rules{
		"-": {}, "append": {List: values.Append}, "prepend": {List: values.Prepend}, "byKey": {List: values.ByKey}, "keep": {KeepNull: true},
	}
	joined := map[string]string{
		"default": "a: 9", "nothing": "", "null": "a: null",
		"append":  "a: [{name: x, p: 1}, 1, {name: z}, {name: x, r: 2}]",
		"prepend": "a: [{name: z}, {name: x, r: 2}, {name: x, p: 1}, 1]",
		"byKey":   "a: [{name: x, p: 1, r: 2}, 1, {name: z}]",
		"merge":   "a: {p: 1, q: 2, r: 2}",
	}
	rows := documented(t)
	head, seen := rows[0], map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[0]+" "+row[1]] = true
		for i, word := range row[2:] {
			for _, upper := range uppers[head[2+i]] {
				rule := rules[row[1]]
				rule.Default = scalar("9")
				cell := row[0] + " " + row[1] + " " + head[2+i]
				check(t, cell, word, lowers[row[0]], upper, joined, &values.Rules{Fields: map[string]*values.Rules{"a": &rule}})
			}
		}
	}
	if diff := cmp.Diff([]string{"lower", "rule", "nothing", "null", "scalar", "list", "map", "!replace"}, head); diff != "" {
		t.Errorf("the columns of the table (-want +got):\n%s", diff)
	}
	for lower := range lowers {
		if !seen[lower+" -"] || !seen[lower+" keep"] {
			t.Errorf("the table lacks rows for %s", lower)
		}
	}
	if !seen["list append"] || !seen["list prepend"] || !seen["list byKey"] {
		t.Error("the table lacks rows for x-merge")
	}
}

func check(t *testing.T, cell, word, lower, upper string, joined map[string]string, rules *values.Rules) {
	t.Helper()
	want, special := joined[word]
	switch {
	case word == "lower":
		want = lower
	case !special: // upper, or an error
		want = strings.ReplaceAll(strings.ReplaceAll(upper, ", s: null", ""), "!replace ", "")
	}
	tree, findings := values.Merge([]values.Layer{layer(t, "lower", lower), layer(t, "upper", upper)}, rules)
	if diff := cmp.Diff(value(t, want), any(tree.Value())); diff != "" {
		t.Errorf("%s: %s, then %s, is not %s (-want +got):\n%s", cell, lower, upper, word, diff)
	}
	if failed := len(findings) == 1 && findings[0].Rule == "type-change" && findings[0].Notes[0].At.File == "lower"; failed != (word == "error") || len(findings) > 1 {
		t.Errorf("%s: %s, then %s, gives the findings %v, want %s", cell, lower, upper, findings, word)
	}
}

// TestMergeCorners is what the table says only in words.
func TestMergeCorners(t *testing.T) {
	for name, c := range map[string]struct{ lower, upper, want string }{
		"nested maps":          {"a: {b: 1, c: {d: 1}}", "a: {c: {e: 2}, f: 3}", "a: {b: 1, c: {d: 1, e: 2}, f: 3}"},
		"an empty map":         {"a: {b: 1}", "a: {}", "a: {b: 1}"},
		"!replace by empty":    {"a: {b: 1}", "a: !replace {}", "a: {}"},
		"!replace at the root": {"a: {b: 1}", "!replace {c: 1}", "c: 1"},
		"an empty list":        {"a: [1]", "a: []", "a: []"},
		"nulls in a list":      {"", "a: [{b: null}, null]", "a: [{b: null}, null]"},
		"null, then a map":     {"a: {b: 1}\nc: null", "a: null\nc: {d: 1}", "c: {d: 1}"},
		"false":                {"a: true", "a: false", "a: false"},
		"zero":                 {"a: 5", "a: 0", "a: 0"},
		"empty string":         {"a: x", `a: ""`, `a: ""`},
		"another scalar":       {"a: 5", `a: "5"`, `a: "5"`},
	} {
		t.Run(name, func(t *testing.T) {
			tree, findings := values.Merge([]values.Layer{layer(t, "lower", c.lower), layer(t, "upper", c.upper)}, nil)
			if len(findings) > 0 {
				t.Fatal(findings)
			}
			if diff := cmp.Diff(value(t, c.want), any(tree.Value())); diff != "" {
				t.Errorf("Merge (-want +got):\n%s", diff)
			}
		})
	}
}
