package gotemplate

import (
	"context"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestLimits(t *testing.T) {
	for _, tc := range []struct{ name, template, want string }{
		{"recursion", `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`, "include and tpl are nested more than 50 deep"},
		{"recursion by tpl", `{{ tpl .t . }}`, "include and tpl are nested more than 50 deep"},
		{"output", `{{ range 100000 }}0123456789{{ end }}`, "the templates write more than 1000 bytes"},
		{"repeat", `{{ $x := repeat 2000000000 "x" }}`, "the templates make more than 1000 bytes of text"},
		{"join", `{{ join (repeat 40 "y") (until 30) }}`, "the templates make more than 1000 bytes of text"},
		{"indent", `{{ indent 2000000000 "x" }}`, "the templates make more than 1000 bytes of text"},
		{"doubling", `{{ $x := "0123456789" }}{{ range 40 }}{{ $x = cat $x $x }}{{ end }}`, "the templates make more than 1000 bytes of text"},
		{"list", `{{ range until 2000000000 }}{{ end }}`, "a list of more than 100 items"},
		{"list of a step", `{{ range untilStep 0 2000000000 2 }}{{ end }}`, "a list of more than 100 items"},
		{"doubling text", `{{ $x := "\"" }}{{ range 40 }}{{ $x = quote $x }}{{ end }}`, "a value of more than 1000 bytes"},
		{"escapes", `{{ $x := toJson (repeat 180 "<") }}`, "a value of more than 1000 bytes"},
		{"spaces before what is deep", `{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x }}{{ end }}{{ $x = toPrettyJson $x }}`, "a value of more than 1000 bytes"},
		{"growing text", `{{ $x := "a" }}{{ range 90 }}{{ $x = b64enc $x }}{{ end }}`, "a text of more than 1000 bytes"},
		{"list of itself", `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}`, "a value of more than 1000 bytes"},
		{"list of itself printed", `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}`, "a value of more than 1000 bytes"},
		{"list of itself compared", `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ if deepEqual $x (deepCopy $x) }}{{ end }}`, "a value of more than 1000 bytes"},
		{"map in itself", `{{ $x := dict "a" 1 }}{{ $_ := set $x "x" $x }}{{ toYaml $x }}`, "a value of more than 1000 bytes"},
		{"map in itself merged", `{{ $x := dict "a" 1 }}{{ $_ := set $x "x" $x }}{{ $_ := merge (dict) $x }}`, "a value of more than 1000 bytes"},
		{"map in itself to text", `{{ $x := dict "a" 1 }}{{ $_ := set $x "x" $x }}{{ $y := printf "%v" $x }}`, "a value of more than 1000 bytes"},
		{"replaced everywhere", `{{ $x := repeat 99 "x" }}{{ $x = regexReplaceAll "" $x $x }}`, "the templates make more than 1000 bytes of text"},
		{"replaced by itself", `{{ $x := repeat 99 "x" }}{{ $x = regexReplaceAll "x+" $x "$0$0$0$0$0$0$0$0$0$0$0$0" }}`, "the templates make more than 1000 bytes of text"},
		{"wrapped", `{{ wrapWith 1 (repeat 50 "-") (repeat 50 "x") }}`, "the templates make more than 1000 bytes of text"},
		{"found everywhere", `{{ $x := regexFindAll "" (repeat 200 "x") -1 }}`, "a list of more than 100 items"},
		{"split everywhere", `{{ $x := splitList "" (repeat 200 "x") }}`, "a list of more than 100 items"},
		{"split by a regular expression", `{{ $x := regexSplit "x" (repeat 200 "x") -1 }}`, "a list of more than 100 items"},
		{"doubling list", `{{ $x := list 1 2 }}{{ range 40 }}{{ $x = concat $x $x }}{{ end }}`, "a list of more than 100 items"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set, findings := NewCache().Set(Core, []File{{Name: "main", Display: "main", Text: tc.template}})
			if findings.Failed() {
				t.Fatal(findings)
			}
			_, findings = set.Run(t.Context(), Env{Limits: Limits{Output: 1000, Depth: 50, List: 100}}).
				Execute("main", map[string]any{"t": "{{ tpl .t . }}"})
			if len(findings) != 1 || findings[0].Rule != "template-limit" || findings[0].Message != tc.want {
				t.Errorf("Execute found %v, want %s", findings, tc.want)
			}
			if len(findings[0].Notes) > 12 {
				t.Errorf("%d notes, want a few", len(findings[0].Notes))
			}
		})
	}
}

// TestUsualLimits shows that what is stopped above is not stopped where it is small, and that the usual limits hold.
func TestUsualLimits(t *testing.T) {
	for template, want := range map[string]string{
		`{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ mustRegexReplaceAllLiteral "a" "aa" "$" }}`: "-W-xxW- $$",
		`{{ regexFindAll "a" "aaa" 2 }} {{ regexFindAll "a" "aaa" -1 }} {{ regexSplit "," "a,b,c" 2 }}`:    "[a a] [a a a] [a b,c]",
		`{{ splitList "," "a,b" }} {{ (split "," "a,b")._1 }} {{ wrapWith 2 "|" "a b c" }}`:                "[a b] b a|b|c",
		`{{ regexReplaceAll "x" (repeat 300000 "y") (repeat 1000 "z") | len }}`:                            "300000",
	} {
		got, findings := execute(t, template, nil)
		if string(got.Text) != want || len(findings) > 0 {
			t.Errorf("Execute(%s) = %s %v, want %s", template, got.Text, findings, want)
		}
	}
	for name, template := range map[string]string{
		"deep value":  `{{ $x := list }}{{ range 20000 }}{{ $x = list $x }}{{ end }}{{ toJson $x }}`,
		"deep syntax": `{{ tpl (repeat 200000 "{{if 1}}") . }}`,
		"recursion":   `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
	} {
		if _, findings := execute(t, template, nil); len(findings) != 1 {
			t.Errorf("%s: Execute found %v, want one finding", name, findings)
		} else {
			t.Log(findings)
		}
	}
}

// TestCompared holds that eq and ne say what text/template's say, and that neither walks what it is given.
func TestCompared(t *testing.T) {
	for template, want := range map[string]string{
		`{{ eq 1 1 }} {{ eq 1 2 }} {{ eq 1 2 1 }} {{ ne 1 2 }} {{ eq "a" "a" }} {{ ne "a" "a" }} {{ eq 1.5 1.5 }} {{ eq true false }}`: "true false true true true false true false",
		`{{ eq .none .none }} {{ eq .none 1 }} {{ ne .none "a" }} {{ eq .map .none }} {{ ne nil .list }} {{ "a" | eq "b" "a" }}`:       "true false true false true false",
	} {
		got, findings := execute(t, template, map[string]any{"none": nil, "map": map[string]any{"a": 1}, "list": []any{1}})
		if string(got.Text) != want || len(findings) > 0 {
			t.Errorf("Execute(%s) = %s %v, want %s", template, got.Text, findings, want)
		}
	}
	const itself = `{{ $x := dict "a" 1 }}{{ $_ := set $x "x" $x }}`
	const deep = "a value that is nested more than 10000 deep"
	const twice = `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}`
	for template, want := range map[string]string{
		`{{ eq 1 "a" }}`:                            "eq: incompatible types for comparison: int and string",
		`{{ eq 1 }}`:                                "eq: missing argument for comparison",
		itself + `{{ eq $x $x }}`:                   "eq: a map and a map cannot be compared: use deepEqual",
		itself + `{{ ne 1 $x }}`:                    "ne: an integer and a map cannot be compared: use deepEqual",
		twice + `{{ $y := $x }}{{ eq "a" "b" $x }}`: "eq: a string and a list cannot be compared: use deepEqual",
		itself + `{{ lt $x 1 }}`:                    "lt: invalid type for comparison",
		itself + `{{ range $x }}{{ . }}{{ end }}`:   deep,
		itself + `{{ with $x }}{{ .x }}{{ end }}`:   deep,
		itself + `{{ index $x $x }}`:                "index: value has type map; should be string",
		itself + `{{ slice $x 1 }}`:                 deep,
		itself + `{{ html $x }}`:                    "a value of more than 134217728 bytes",
		itself + `{{ and $x $x }}`:                  deep,
		itself + `{{ not $x }}{{ call $x }}`:        "call: non-function $x of type map",
	} {
		if _, findings := execute(t, template, nil); len(findings) != 1 || findings[0].Message != want {
			t.Errorf("Execute(%s) found %v, want %s", template, findings, want)
		}
	}
	f := chartFile(twice + `{{ randAlphaNum $x }}`)
	if _, findings := chartRun(t, Env{}, f).Execute(f.Name, nil); len(findings) != 1 || findings[0].Rule != "template-limit" {
		t.Errorf("Execute found %v, want a limit", findings)
	}
}

// TestStuck leaves a function behind that does not come back.
func TestStuck(t *testing.T) {
	f := chartFile(`{{ randAlpha 3 }}`)
	release := make(chan struct{})
	defer close(release)
	r := chartRun(t, Env{Limits: Limits{Time: 20 * time.Millisecond}, Volatile: func(string, []any, int) (any, error) { <-release; return "", nil }}, f)
	_, findings := r.Execute(f.Name, nil)
	if len(findings) != 1 || findings[0].Rule != "template-limit" || findings[0].String() != "charts/c/templates/a.yaml: the template runs for more than 20ms" {
		t.Errorf("Execute found %v, want that time is up", findings)
	}
}

// TestLimitPlace holds that what stops a template says where the template stood: the loop, and what called it.
func TestLimitPlace(t *testing.T) {
	files := []File{
		{Name: "c/templates/_h.tpl", Display: "h.tpl", Text: "{{ define \"h\" }}\n{{ range 1000000000 }}{{ range 1000000000 }}x{{ end }}{{ end }}{{ end }}{{ define \"r\" }}x{{ template \"r\" }}{{ end }}"},
		{Name: "c/templates/a.yaml", Display: "a.yaml", Text: "a:\n  {{ include \"h\" . }}"},
		{Name: "c/templates/b.yaml", Display: "b.yaml", Text: "a:\n  {{ range 3 }}{{ end }}{{ range 100000 }}\n\n{{ range 1000000000 }}{{ end }}{{ end }}"},
		{Name: "c/templates/c.yaml", Display: "c.yaml", Text: "a\n{{ range 3 }}\n{{ randAlpha 3 }}{{ end }}"},
	}
	release := make(chan struct{})
	defer close(release)
	stuck := func(string, []any, int) (any, error) { <-release; return "", nil }
	for name, want := range map[string]string{
		"a.yaml": "h.tpl:2:32: the template runs for more than 50ms\n    a.yaml:2:6: called here: include \"h\" .",
		"b.yaml": "b.yaml:4:10: the template runs for more than 50ms",
		"c.yaml": "c.yaml:2:10: the template runs for more than 50ms",
	} {
		r := chartRun(t, Env{Limits: Limits{Time: 50 * time.Millisecond, Output: 1 << 40, List: 1 << 30}, Volatile: stuck}, files...)
		_, findings := r.Execute("c/templates/"+name, nil)
		if len(findings) != 1 || findings[0].Rule != "template-limit" || said(findings[0]) != want {
			t.Errorf("Execute(%s) found %s, want %s", name, said(findings[0]), want)
		}
	}
}

func said(f diag.Finding) string {
	text := f.At.String() + ": " + f.Message
	for _, n := range f.Notes {
		text += "\n    " + n.At.String() + ": " + n.Message
	}
	return text
}

func TestTimeLimit(t *testing.T) {
	for name, template := range map[string]string{
		"loop without output": `{{ range 1000000000 }}{{ range 1000000000 }}{{ end }}{{ end }}`,
		"loop with output":    `{{ range 1000000000 }}{{ print "" }}{{ end }}`,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			set, _ := NewCache().Set(Core, []File{{Name: "a", Display: "a", Text: template}})
			begin := time.Now()
			_, findings := set.Run(ctx, Env{}).Execute("a", nil)
			if len(findings) != 1 || findings[0].Message != "stopped: context deadline exceeded" {
				t.Errorf("Execute found %v, want the deadline", findings)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("Execute took %s", took)
			}
		})
	}
}
