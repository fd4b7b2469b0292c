package policy

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTestDir(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":         {map[string]string{"a.yaml": "a: b"}, ""},
		"no test":      {map[string]string{"a.rego": "package a\n\nx { unknown_function(1) }"}, ""},
		"both":         {map[string]string{"a.rego": "package a\n\ndeny[\"x\"] { input.x }", "b/a_test.rego": "package b\n\ntest_a if data.a.deny.x with input as {\"x\": true}"}, "b.test_a pass"},
		"in one file":  {map[string]string{"a.rego": "package a\n\nx := 1\n\ntest_x if x == 2\n\ntodo_test_y if false"}, "a.test_x fail a.todo_test_y skip"},
		"hidden":       {map[string]string{".git/a.rego": "package a\n\ntest_x if true"}, ""},
		"syntax":       {map[string]string{"a.rego": "package a\n\ntest_x if {"}, "shown/a.rego:3:11: unexpected eof token"},
		"compile":      {map[string]string{"a_test.rego": "package a\n\ntest_x if y"}, "shown/a_test.rego:3:11: var y is unsafe"},
		"ours":         {map[string]string{"a/policy.rego": "# METADATA\n# title: A\n# description: A.\n# custom: {severity: error, fix: a}\npackage a\n\nviolation contains {\"msg\": \"a\"} if input.review.object.a", "a/policy_test.rego": "package a_test\n\ntest_a if count(data.a.violation) == 1 with input.review.object as {\"a\": true}"}, "a_test.test_a pass"},
		"ours, broken": {map[string]string{"a/policy.rego": "# METADATA\n# title: A\n# custom: {severity: terrible}\npackage a\n\nviolation contains {\"msg\": \"a\"} if input.review.object.a"}, "shown/a/policy.rego:"},
	} {
		fsys := fstest.MapFS{}
		for file, text := range c.files {
			fsys[file] = &fstest.MapFile{Data: []byte(text)}
		}
		results, findings, err := TestDir(t.Context(), fsys, func(file string) string { return "shown/" + file })
		var said []string
		for _, r := range results {
			said = append(said, r.Package+"."+r.Name+" "+string(r.Status))
		}
		got := strings.Join(said, " ")
		if findings.Failed() {
			got += findings.Error()
		}
		if err != nil || c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: TestDir = %q, %v; want %q", name, got, err, c.want)
		}
	}
}
