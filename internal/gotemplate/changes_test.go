package gotemplate

import (
	"reflect"
	"testing"
)

// TestChanges calls every function in many ways and looks whether its arguments are what they were.
func TestChanges(t *testing.T) {
	data := func() map[string]any {
		return map[string]any{
			"m": map[string]any{"b": "x", "a": map[string]any{"c": "y"}}, "n": map[string]any{"a": map[string]any{"d": "z"}, "e": []any{"1"}},
			"l": []any{"b", "a", "b", nil, ""}, "texts": []string{"b", "a"}, "t": "{{ $_ := unset .m \"b\" }}",
		}
	}
	changed := map[string]bool{}
	for name := range coreFunctions() {
		var texts []string
		for _, args := range []string{
			".m", ".m .n", "(dict) .m .n", ".m \"b\"", ".m \"b\" 1", "\"b\" .m", "\"b\" 1 .m", "\"a\" \"c\" 1 .m",
			".l", ".l 1", "1 .l", ".l .l", ".l \"b\"", "\"b\" .l", "\", \" .l", ".texts", "1 .texts", ".texts \"c\"", ".l 0 2",
		} {
			texts = append(texts, "{{ $_ := "+name+" "+args+" }}")
		}
		changed[name] = changes(t, texts, data)
	}
	changed["tpl"] = changes(t, []string{"{{ tpl .t . }}"}, data)
	for name := range changed {
		if changed[name] != changesArguments(name) {
			t.Errorf("%s changes its arguments: %v, want %v", name, changed[name], changesArguments(name))
		}
	}
}

// changes executes texts and reports whether one of them changed its data. It fails where the set says otherwise.
func changes(t *testing.T, texts []string, data func() map[string]any) bool {
	t.Helper()
	var files []File
	for _, text := range texts {
		files = append(files, File{Name: text, Text: text})
	}
	set, findings := NewCache().Set(Core, files)
	if findings.Failed() {
		t.Fatal(findings)
	}
	run, changed := set.Run(t.Context(), Env{}), false
	for _, text := range texts {
		given := data()
		_, _ = run.Execute(text, given) // many calls are wrong
		changed = changed || !reflect.DeepEqual(given, data())
	}
	if changed != set.Changes() {
		t.Errorf("%s: the data changed: %v, the set says %v", texts[0], changed, set.Changes())
	}
	return changed
}

// TestParsedOnce: what was parsed is used again, whichever set it is in.
func TestParsedOnce(t *testing.T) {
	cache := NewCache()
	file := File{Name: "a", Display: "a", Text: "{{ .x }}"}
	one, _ := cache.Set(Chart, []File{file})
	two, _ := cache.Set(Chart, []File{{Name: "b"}, file})
	if one.trees[0]["a"] == nil || one.trees[0]["a"] != two.trees[1]["a"] {
		t.Error("the file was parsed twice")
	}
}
