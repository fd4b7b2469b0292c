package gotemplate

import (
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// execute runs one file of ours over data, with partials beside it.
func execute(t *testing.T, text string, data any, partials ...File) (Output, diag.Findings) {
	t.Helper()
	file := File{Name: "a.gotmpl", Display: "core/a.gotmpl", Text: text}
	set, findings := NewCache().Set(Core, append(partials, file))
	if findings.Failed() {
		return Output{}, findings
	}
	return set.Run(t.Context(), Env{}).Execute(file.Name, data)
}

func sample() map[string]any {
	return map[string]any{
		"Values": map[string]any{
			"big": int64(9007199254740993), "million": float64(1000000), "name": "web", "on": false,
			"deep": map[string]any{"port": int64(80)}, "list": []any{"b", "a"}, "null": nil,
		},
		"Files": CoreFiles{Files{"a/x.txt": []byte("one\ntwo\n"), "a/y.txt": []byte("y")}},
	}
}

func TestCore(t *testing.T) {
	for _, tc := range []struct{ name, template, want string }{
		{"integers stay exact", `{{ .Values.big }} {{ printf "%d" .Values.big }} {{ .Values.big | quote }}`, `9007199254740993 9007199254740993 "9007199254740993"`},
		{"no scientific notation", `{{ .Values.million }} {{ list 1 2e6 .Values.million }} {{ toYaml .Values.million }}`, `1000000 [1 2000000 1000000] 1000000`},
		{"toYaml sorts", `{{ dict "b" 1 "a" (list "yes" 1.5) | toYaml }}`, "a:\n- \"yes\"\n- 1.5\nb: 1"},
		{"fromYaml", `{{ (fromYaml "a: {b: 010}").a.b }}`, "8"},
		{"fromJson", `{{ (fromJson "{\"a\": 9007199254740993}").a }}`, "9007199254740993"},
		{"fromToml", `{{ (fromToml "[a]\nb = 1").a.b }}`, "1"},
		{"toToml", `{{ toToml (dict "a" 1) }}`, "a = 1\n"},
		{"keys and values are sorted", `{{ keys (dict "c" 3 "a" 1 "b" 2) }}{{ values (dict "c" 3 "a" 1 "b" 2) }}`, "[a b c][1 2 3]"},
		{"get", `{{ .Values | get "deep.port" }} {{ .Values | get "deep.host" "none" }} {{ get "on" true .Values }}`, "80 none false"},
		{"include", `{{ include "greet" . | upper }}`, "HELLO WEB"},
		{"tpl", `{{ tpl "{{ .Values.name }}-{{ include \"greet\" . }}" . }}{{ tpl "plain" . }}`, "web-hello webplain"},
		{"tpl that defines", `{{ tpl "{{ define \"x\" }}in{{ end }}{{ include \"x\" . }}" . }}`, "in"},
		{"files", `{{ .Files.Get "a/y.txt" }} {{ .Files.Lines "a/x.txt" }}{{ range $n, $_ := .Files.Glob "a/*" }} {{ $n }}{{ end }}`, "y [one two] a/x.txt a/y.txt"},
		{"files as data", `{{ (.Files.Glob "**").AsConfig }} {{ (.Files.Glob "a/y*").AsSecrets }}`, "x.txt: |\n  one\n  two\ny.txt: \"y\" y.txt: eQ=="},
		{"dates in UTC", `{{ toDate "2006-01-02 15:04" "2026-11-21 09:30" | date "02.01.06 15:04 MST" }} {{ dateInZone "15:04" (toDate "2006-01-02" "2026-07-01") "Europe/Amsterdam" }}`, "21.11.26 09:30 UTC 02:00"},
		{"null prints as text/template does", `{{ .Values.null }}`, "<no value>"},
		{"loops", `{{ range $i, $x := .Values.list }}{{ if $i }},{{ end }}{{ $x }}{{ else }}none{{ end }}{{ range 3 }}{{ if eq . 1 }}{{ break }}{{ end }}.{{ end }}`, "b,a."},
		{"decimals keep their point", `{{ 1.5 }} {{ 1234567.5 }}`, "1.5 1.2345675e+06"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			partial := File{Name: "_p.tpl", Display: "core/_p.tpl", Text: `{{ define "greet" }}hello {{ .Values.name }}{{ end }}`}
			got, findings := execute(t, tc.template, sample(), partial)
			if len(findings) > 0 {
				t.Fatalf("Execute found %v", findings)
			}
			if string(got.Text) != tc.want {
				t.Errorf("Execute = %q, want %q", got.Text, tc.want)
			}
		})
	}
}

func TestCoreFindings(t *testing.T) {
	for _, tc := range []struct{ name, template, want string }{
		{"syntax", "a\n{{ if }}", `core/a.gotmpl:2: missing value for if`},
		{"unclosed", "a\n{{ .x", `core/a.gotmpl:2: unclosed action`},
		{"no end", "{{/* {{ if }} */}}\n{{ range .a }}{{ end }}\n{{- if .b }}\n{{ with .c }}\n{{ end }}\n", `core/a.gotmpl:3:5: this if has no end (write {{ end }} where it ends)`},
		{"end misspelt", "{{ if .b }}\n{{ if .c }}{{ edn }}{{ end }}\n", `core/a.gotmpl:1:4: this if has no end (line 2 has "edn": did you mean "end"?)`},
		{"piped", "{{ .Values.deep | upper }}", `core/a.gotmpl:1:19: .Values.deep: want a string, have a map`},
		{"piped from a call", "{{ .Values.list | first | list | nindent 2 }}", `core/a.gotmpl:1:42: what comes before |: want a string, have a list`},
		{"forbidden", "é {{ now }}", `core/a.gotmpl:1:6: now is not the same in every run and everywhere, so templates cannot use it (put the date into the values and format it with dateInZone)`},
		{"forbidden below", "{{ if true }}\n  {{ list 1 (randAlphaNum 5) }}{{ end }}", `core/a.gotmpl:2:14: randAlphaNum is not the same in every run and everywhere, so templates cannot use it (make it once, keep it in a secrets file of the values repo, and read it from .Values)`},
		{"forbidden as argument", `{{ printf "%v" uuidv4 }}{{ now.Year }}`, "core/a.gotmpl:1:16: uuidv4 is not the same in every run and everywhere, so templates cannot use it (make it once, keep it in a secrets file of the values repo, and read it from .Values)\n" +
			"core/a.gotmpl:1:28: now is not the same in every run and everywhere, so templates cannot use it (put the date into the values and format it with dateInZone)"},
		{"environment", `{{ env "HOME" }}`, `core/a.gotmpl:1:4: env is not the same in every run and everywhere, so templates cannot use it (put it into the values and read it from .Values)`},
		{"unknown function", `{{ .Values.name | toYml }}`, `core/a.gotmpl:1:19: there is no function "toYml" (did you mean "toYaml"?)`},
		{"our own hooks are not for templates", `{{ _print 1 }}`, `core/a.gotmpl:1:4: there is no function "_print" (did you mean "print"?)`},
		{"missing key", "x: 1\ny: {{ .Values.nmae }}", `core/a.gotmpl:2:7: .Values.nmae is not set (did you mean "name"?)`},
		{"missing key, no neighbour", `{{ $.Values.deep.zzzzzz }}`, `core/a.gotmpl:1:4: $.Values.deep.zzzzzz is not set (set it, or read it with a default: .Values | get "deep.zzzzzz" DEFAULT)`},
		{"missing parent", `{{ .Values.dep.port }}`, `core/a.gotmpl:1:4: .Values.dep is not set (did you mean "deep"?)`},
		{"field of a scalar", `{{ .Values.name.first }}`, `core/a.gotmpl:1:4: .Values.name is a string and has no first`},
		{"field of null", `{{ .Values.null.first }}`, `core/a.gotmpl:1:4: .Values.null is not set, so it has no first`},
		{"wrong type", `{{ upper .Values.deep }}`, `core/a.gotmpl:1:10: .Values.deep: want a string, have a map`},
		{"nothing given", `{{ upper .Values.null }}`, `core/a.gotmpl:1:10: .Values.null: want a string, have nothing`},
		{"required", `{{ required "set name" "" }}`, `core/a.gotmpl:1:4: set name`},
		{"fail", `{{ fail "no: good" }}`, `core/a.gotmpl:1:4: no: good`},
		{"get without a map", `{{ get "deep.port" "none" }}`, `core/a.gotmpl:1:4: get takes a map as its last argument (write .Values | get "deep.port" "default")`},
		{"get", `{{ .Values | get "deep.prt" }}`, `core/a.gotmpl:1:14: get: deep.prt is not set (did you mean "port"?)`},
		{"unknown template", `{{ include "grete" . }}`, `core/a.gotmpl:1:4: there is no template "grete" (did you mean "greet"?)`},
		{"unknown file", `{{ .Files.Get "zz" }}`, `core/a.gotmpl:1:4: there is no file "zz"`},
		{"errors of conversions", `{{ fromYaml "a: [" }}`, `core/a.gotmpl:1:4: fromYaml: line 2: a value is missing here (an empty one is "", [] or {}; put text that begins with this character in quotes)`},
		{"base64", `{{ b64dec "***" }}`, `core/a.gotmpl:1:4: b64dec: illegal base64 data at input byte 0`},
		{"in an include", `{{ include "bad" . }}`, `core/_p.tpl:3:4: .Values.x is not set (set it, or read it with a default: .Values | get "x" DEFAULT)`},
		{"in tpl", "a\n{{ tpl \"x\\n{{ .Values.nmae }}\" . }}", `core/a.gotmpl:2:4: in the text given to tpl, line 2: .Values.nmae is not set (did you mean "name"?)`},
		{"syntax in tpl", `{{ tpl "{{ if }}" . }}`, `core/a.gotmpl:1:4: in the text given to tpl, line 1: missing value for if`},
		{"forbidden in tpl", `{{ tpl "{{ now }}" . }}`, `core/a.gotmpl:1:4: in the text given to tpl, line 1: now is not the same in every run and everywhere, so templates cannot use it (put the date into the values and format it with dateInZone)`},
		{"incomparable", `{{ eq .Values.name 1 }}`, `core/a.gotmpl:1:4: eq: incompatible types for comparison: string and int`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			partial := File{Name: "_p.tpl", Display: "core/_p.tpl", Text: "{{ define \"greet\" }}hello{{ end }}\n{{ define \"bad\" }}\n{{ .Values.x }}{{ end }}"}
			_, findings := execute(t, tc.template, sample(), partial)
			if got := findings.Error(); got != tc.want {
				t.Errorf("Execute found\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestIncludeChain(t *testing.T) {
	_, findings := execute(t, "\n{{ include \"outer\" . }}", sample(), File{
		Name: "_p.tpl", Display: "core/_p.tpl",
		Text: "{{ define \"outer\" }}{{ include \"inner\" . }}{{ end }}\n{{ define \"inner\" }}{{ fail \"no\" }}{{ end }}",
	})
	if len(findings) != 1 || findings[0].String() != "core/_p.tpl:2:24: no" {
		t.Fatalf("Execute found %v", findings)
	}
	want := []string{`core/_p.tpl:1:24: called here: include "inner" .`, `core/a.gotmpl:2:4: called here: include "outer" .`}
	for i, n := range findings[0].Notes {
		if got := n.At.String() + ": " + n.Message; i >= len(want) || got != want[i] {
			t.Errorf("note %d = %s, want %v", i, got, want)
		}
	}
	if len(findings[0].Notes) != len(want) {
		t.Errorf("%d notes, want %d", len(findings[0].Notes), len(want))
	}
}

func TestOutputAt(t *testing.T) {
	got, findings := execute(t, "a: 1\n{{- if true }}\nb: {{ .Values.name }}\n{{- end }}\n{{ include \"p\" . }}\ntail: é{{ .Values.name }} end\n", sample(),
		File{Name: "_p", Display: "core/_p", Text: "{{ define \"p\" }}x: 1\ny: 2{{ end }}"})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if want := "a: 1\nb: web\nx: 1\ny: 2\ntail: éweb end\n"; string(got.Text) != want {
		t.Fatalf("Execute = %q, want %q", got.Text, want)
	}
	for _, tc := range []struct {
		line, col int
		want      string
	}{
		{1, 1, "core/a.gotmpl:1:1"},
		{1, 4, "core/a.gotmpl:1:4"},
		{2, 0, "core/a.gotmpl:3:1"},
		{2, 4, "core/a.gotmpl:3:7"}, // the action
		{2, 6, "core/a.gotmpl:3:7"},
		{3, 0, "core/a.gotmpl:5:4"}, // what include returned, wherever in it
		{4, 3, "core/a.gotmpl:5:4"},
		{5, 1, "core/a.gotmpl:6:1"},
		{5, 12, "core/a.gotmpl:6:27"},
		{9, 1, "core/a.gotmpl:7:1"}, // beyond the end
	} {
		if at := got.At(tc.line, tc.col).String(); at != tc.want {
			t.Errorf("At(%d, %d) = %s, want %s", tc.line, tc.col, at, tc.want)
		}
	}
}
