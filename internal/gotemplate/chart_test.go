package gotemplate

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/volatile"
)

func chartRun(t *testing.T, env Env, files ...File) *Run {
	t.Helper()
	set, findings := NewCache().Set(Chart, files)
	if findings.Failed() {
		t.Fatal(findings)
	}
	return set.Run(t.Context(), env)
}

func chartFile(text string) File {
	return File{Name: "c/templates/a.yaml", Display: "charts/c/templates/a.yaml", Text: text}
}

func TestChart(t *testing.T) {
	values := map[string]any{"port": 8080.0, "million": 1e6, "huge": 9007199254740992.0, "s": "x", "map": map[string]any{"num": 2e6}, "zero": math.Copysign(0, -1)}
	for _, tc := range []struct{ name, template, want string }{
		{"missing is nothing", `[{{ .Values.no }}{{ .Values.no | default "d" }}{{ tpl "{{ .Values.no }}" . }}]`, "[d]"},
		{"numbers are float64", `{{ kindOf .Values.port }} {{ typeOf .Values.port }} {{ printf "%d" (int .Values.port) }} {{ printf "%.1f" .Values.port }}`, "float64 float64 8080 8080.0"},
		{"verbs that do not fit", `{{ printf "%d %T" .Values.million .Values.million }}{{ printf "%d" .Values.million }}`, "%!d(float64=1e+06) float64%!d(float64=1e+06)"},
		{"negative zero", `{{ .Values.zero }} {{ (fromYaml "a: -0.0").a }} {{ (fromJson "{\"a\": -0}").a }} {{ toJson .Values.zero }}`, "-0 -0 -0 -0"},
		{"printed", `{{ .Values.million }} {{ .Values.huge }} {{ .Values.map }}`, "1000000 9007199254740992 map[num:2000000]"},
		{"in text", `{{ .Values.million | quote }} {{ squote .Values.million }} {{ toString .Values.million }} {{ cat "a" .Values.million }} {{ join "," (list .Values.million 1) }}`, `"1000000" '1000000' 1000000 a 1000000 1000000,1`},
		{"by print", `{{ print .Values.million .Values.port "x" }} {{ printf "%v %5v|%-9v|" .Values.million .Values.port .Values.million }}{{ println .Values.million }}`, "1000000 8080x 1000000  8080|1000000  |1000000\n"},
		{"escaped", `{{ .Values.million | urlquery }} {{ html .Values.million }} {{ js .Values.million }}`, "1000000 1000000 1000000"},
		{"converted", `{{ toYaml .Values.map }} {{ toYamlPretty .Values.map }} {{ toJson .Values.map }} {{ toToml .Values.map }}`, "num: 2000000 num: 2000000 {\"num\":2000000} num = 2000000\n"},
		{
			"as Helm's conversions", `{{ (fromYaml "a: 3").a | typeOf }} {{ (fromJson "{\"a\": 3}").a | typeOf }} {{ fromJsonArray "[1" }} {{ fromYamlArray "a: 1" }} {{ (fromYaml "a: [").Error }}`,
			"float64 float64 [unexpected end of JSON input] [error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value of type []interface {}] error converting YAML to JSON: yaml: line 1: did not find expected node content",
		},
		{"no name service", `[{{ getHostByName "example.com" }}]`, "[]"},
		{"no lookup", `{{ if not (lookup "v1" "Secret" "ns" "x") }}none{{ end }}`, "none"},
		{"the environment is unknown", `{{ define "env" }}mine{{ end }}{{ include "env" . }}`, "mine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := chartFile(tc.template)
			got, findings := chartRun(t, Env{}, f).Execute(f.Name, map[string]any{"Values": values})
			if len(findings) > 0 {
				t.Fatalf("Execute found %v", findings)
			}
			if diff := cmp.Diff(tc.want, string(got.Text)); diff != "" {
				t.Errorf("Execute (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChartExact(t *testing.T) {
	f := chartFile(`{{ (fromYaml "a: 9007199254740993").a }} {{ (fromJsonArray "[1, 1.5]") }} {{ .n }} {{ typeOf .n }}`)
	got, findings := chartRun(t, Env{Exact: true}, f).Execute(f.Name, map[string]any{"n": int64(9007199254740993)})
	if want := "9007199254740993 [1 1.5] 9007199254740993 int64"; string(got.Text) != want || len(findings) > 0 {
		t.Errorf("Execute = %q %v, want %q", got.Text, findings, want)
	}
}

func TestChartFindings(t *testing.T) {
	for _, tc := range []struct{ name, template, want string }{
		{"nil pointer", `{{ .Values.imge.tag }}`, `charts/c/templates/a.yaml:1:4: .Values.imge is not set, so it has no tag (did you mean "image"?)`},
		{"index", `{{ index .Values "imge" "tag" }}`, `charts/c/templates/a.yaml:1:4: .Values.imge is not set, so it has no tag (did you mean "image"?)`},
		{"index below", `{{ index $.Values.image "pull" "secrets" 0 | quote }}{{ index .Values.image "a.b" "c" }}`, `charts/c/templates/a.yaml:1:4: index: what it looks into is not set`},
		{"index of a key with a point", `{{ index .Values.image "a.b" "c" }}`, `charts/c/templates/a.yaml:1:4: .Values.image["a.b"] is not set, so it has no c`},
		{"index of a variable", `{{ $x := .Values }}{{ index $x "a" "c" }}`, `charts/c/templates/a.yaml:1:23: index: what it looks into is not set`},
		{"environment", `{{ env "HOME" }}`, `charts/c/templates/a.yaml:1:4: there is no function "env"`},
		{"required", `{{ required "give a tag" .Values.tag }}`, `charts/c/templates/a.yaml:1:4: give a tag`},
		{"type", `{{ b64enc .Values.image }}`, `charts/c/templates/a.yaml:1:11: .Values.image: want a string, have a map`},
		{"arguments of a random function", `{{ randAlphaNum }}`, `charts/c/templates/a.yaml:1:4: randAlphaNum takes 1 arguments, not 0`},
		{"arguments of a date", `{{ dateInZone "2006" 0 }}`, `charts/c/templates/a.yaml:1:4: dateInZone takes 3 arguments, not 2`},
		{"panic in a function", `{{ slice "abc" 5 }}`, `charts/c/templates/a.yaml:1:4: slice: list should be type of slice or array but string`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := chartFile(tc.template)
			set, findings := NewCache().Set(Chart, []File{f})
			if !findings.Failed() {
				_, findings = set.Run(t.Context(), Env{}).Execute(f.Name, map[string]any{"Values": map[string]any{"image": map[string]any{}}})
			}
			if got := findings.Error(); got != tc.want {
				t.Errorf("Execute found\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestVolatile(t *testing.T) {
	f := chartFile(`{{ randAlphaNum 4 }} {{ 4 | randAlphaNum }} {{ randAlphaNum 5 }} {{ printf "%s" uuidv4 }} {{ tpl "{{ randAlphaNum 4 }}" . }} {{ (genCA "x" 1).Cert }} {{ now.Year }}`)
	var calls []string
	env := Env{Volatile: func(function string, args []any, n int) (any, error) {
		calls = append(calls, fmt.Sprint(function, args, n))
		switch function {
		case "genCA":
			return volatile.Certificate{Cert: "cert"}, nil
		case "now":
			return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), nil
		}
		return fmt.Sprint("v", n), nil
	}}
	got, findings := chartRun(t, env, f).Execute(f.Name, nil)
	if want := "v0 v1 v0 v0 v2 cert 2026"; string(got.Text) != want || len(findings) > 0 {
		t.Errorf("Execute = %q %v, want %q", got.Text, findings, want)
	}
	want := []string{"randAlphaNum[4] 0", "randAlphaNum[4] 1", "randAlphaNum[5] 0", "uuidv4[] 0", "randAlphaNum[4] 2", "genCA[x 1] 0", "now[] 0"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestPlaceholders(t *testing.T) {
	f := chartFile("{{ randAlphaNum 13 }} {{ randNumeric 3 }} {{ randInt 5 9 }} {{ uuidv4 }}\n{{ now | date \"2006\" }} {{ $c := genCA \"x\" 365 }}{{ (genSignedCert \"y\" nil (list \"y\") 365 $c).Key | trunc 27 }} {{ htpasswd \"u\" \"p\" }}")
	got, findings := chartRun(t, Env{}, f).Execute(f.Name, nil)
	if want := "placeholderpl 000 5 00000000-0000-4000-8000-000000000000\n1970 -----BEGIN PRIVATE KEY----- placeholder"; string(got.Text) != want {
		t.Errorf("Execute = %q, want %q", got.Text, want)
	}
	var at []string
	for _, f := range findings {
		if f.Severity != diag.Info || f.Rule != "random-value" {
			t.Errorf("finding %v, want info random-value", f)
		}
		at = append(at, fmt.Sprint(f.At.Line, ":", f.At.Col, " ", strings.Fields(f.Message)[0]))
	}
	want := []string{"1:4 randAlphaNum", "1:26 randNumeric", "1:46 randInt", "1:64 uuidv4", "2:4 now", "2:34 genCA", "2:54 genSignedCert", "2:116 htpasswd"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestPlaceholderCertificates: they are the same in every run, and charts can take them apart.
func TestPlaceholderCertificates(t *testing.T) {
	f := chartFile(`{{ $c := genCA "x" 365 }}{{ $d := buildCustomCert (b64enc $c.Cert) (b64enc $c.Key) }}{{ eq $c.Cert $d.Cert }} {{ sha256sum $c.Cert }}`)
	first, findings := chartRun(t, Env{}, f).Execute(f.Name, nil)
	again, _ := chartRun(t, Env{}, f).Execute(f.Name, nil)
	if !strings.HasPrefix(string(first.Text), "true ") || string(first.Text) != string(again.Text) || len(findings) != 1 {
		t.Errorf("Execute = %s %v, then %s, want the same certificate", first.Text, findings, again.Text)
	}
}

// TestPlaceholderIsDecrypted: a chart may decrypt what it has encrypted.
func TestPlaceholderIsDecrypted(t *testing.T) {
	f := chartFile(`{{ $e := encryptAES "key" "secret" }}{{ decryptAES "key" $e }} {{ $e }}`)
	got, findings := chartRun(t, Env{}, f).Execute(f.Name, nil)
	if want := "placeholder AAAAAAAAAAAAAAAAAAAAA"; !strings.HasPrefix(string(got.Text), want) || findings.Failed() {
		t.Errorf("Execute = %q %v, want %s…", got.Text, findings, want)
	}
}

// TestPlaceholdersOfOthers: only what used a placeholder holds one, or what came after a template that passed it on.
func TestPlaceholdersOfOthers(t *testing.T) {
	for _, tc := range []struct {
		first, second string
		want          bool
	}{
		{`{{ randAlpha 3 }}`, `{{ .v.a }}`, false},
		{`{{ $_ := set .v "a" (randAlpha 3) }}`, `{{ .v.a }}`, true},
		{`{{ $r := randAlpha 3 }}{{ $_ := merge .v (dict "a" $r) }}`, `{{ .v.a }}`, true},
		{`{{ tpl "{{ $r := randAlpha 3 }}{{ $_ := set .v \"a\" $r }}" . }}`, `{{ .v.a }}`, true},
		{`{{ $_ := set .v "a" 1 }}{{ randAlpha 3 }}`, `{{ .v.a }}`, false},
		{`{{ $_ := set .v "a" 1 }}`, `{{ randAlpha 3 }}`, true},
	} {
		first, second := chartFile(tc.first), File{Name: "c/templates/b.yaml", Text: tc.second}
		r, data := chartRun(t, Env{}, first, second), map[string]any{"v": map[string]any{}}
		for _, f := range []File{first, second} {
			if _, findings := r.Execute(f.Name, data); findings.Failed() {
				t.Fatal(findings)
			}
		}
		if got := r.Placeholders(); got != tc.want {
			t.Errorf("after %s, %s: Placeholders = %t, want %t", tc.first, tc.second, got, tc.want)
		}
	}
}

func TestDates(t *testing.T) {
	f := chartFile(`{{ $d := toDate "2006-01-02" "2026-11-21" }}{{ date "2006-01-02 MST" $d }} {{ htmlDate $d }} {{ dateInZone "15:04" $d "America/New_York" }} {{ htmlDateInZone $d "nowhere" }} {{ date "2006" 0 }} {{ durationRound "3h" }} {{ unixEpoch $d }}`)
	got, findings := chartRun(t, Env{}, f).Execute(f.Name, nil)
	if want := "2026-11-21 UTC 2026-11-21 19:00 2026-11-21 1970 3h 1795219200"; string(got.Text) != want || len(findings) > 0 {
		t.Errorf("Execute = %q %v, want %q", got.Text, findings, want)
	}
	f = chartFile(`{{ date "2006" "x" }} {{ ago (toDate "2006-01-02" "1969-12-31") }}`)
	got, findings = chartRun(t, Env{}, f).Execute(f.Name, nil)
	if want := "1970 24h0m0s"; string(got.Text) != want || len(findings) != 2 {
		t.Errorf("Execute = %q %v, want %q and two findings", got.Text, findings, want)
	}
}

func TestTrace(t *testing.T) {
	f := chartFile("a: {{ .Values.no }}1\nb: [{{ randAlpha 3 }}\n{{ include \"p\" . | indent 2 }}\n")
	p := File{Name: "c/templates/_p.tpl", Display: "charts/c/templates/_p.tpl", Text: `{{ define "p" }}c{{ end }}`}
	n := 0
	r := chartRun(t, Env{Volatile: func(_ string, _ []any, call int) (any, error) { n++; return fmt.Sprint(call), nil }}, p, f)
	data := map[string]any{"Values": map[string]any{}}
	out, findings := r.Execute(f.Name, data)
	if out.Traced() || len(findings) > 0 {
		t.Fatalf("Execute is traced: %t, found %v", out.Traced(), findings)
	}
	again := r.Trace(f.Name, data, out)
	if string(again.Text) != string(out.Text) || n != 2 {
		t.Fatalf("Trace = %q after %d calls, want %q", again.Text, n, out.Text)
	}
	for line, want := range map[int]string{1: "charts/c/templates/a.yaml:1:1", 2: "charts/c/templates/a.yaml:2:1", 3: "charts/c/templates/a.yaml:3:4"} {
		if got := again.At(line, 0).String(); got != want {
			t.Errorf("At(%d) = %s, want %s", line, got, want)
		}
	}
}

// TestHelper: a line that include returned is found in the template that wrote it, also where that includes another.
func TestHelper(t *testing.T) {
	f := chartFile("kind: x\nlabels:\n  {{- include \"outer\" . | nindent 2 }}\nname: {{ include \"name\" . }}\n{{ $late := include \"late\" . }}a: b\n{{ $late }}\n{{ .no }}own: 1\n{{ include \"twice\" . }}\n")
	p := File{Name: "c/templates/_p.tpl", Display: "charts/c/templates/_p.tpl", Text: `{{ define "outer" -}}
one: 1
{{ include "inner" . }}
{{- end }}
{{ define "inner" -}}
two: {{ print 2 }}
{{- end }}
{{ define "name" }}web{{ end }}{{ define "late" }}late: {{ print 3 }}{{ end }}{{ define "twice" }}x: 1
x: 1{{ end }}`}
	r := chartRun(t, Env{}, p, f)
	out, findings := r.Execute(f.Name, nil)
	if findings.Failed() {
		t.Fatal(findings)
	}
	out = r.Trace(f.Name, nil, out)
	lines := strings.Split(string(out.Text), "\n")
	for i, want := range []string{"", "", "2:1", "6:1", "8:20", "", "8:51", "", "", ""} {
		if want != "" {
			want = p.Display + ":" + want
		}
		at := out.Helper(i + 1)
		got := ""
		if at.Line > 0 {
			got = at.String()
		}
		if got != want {
			t.Errorf("Helper(%d) of %q = %s, want %s", i+1, lines[i], got, want)
		}
	}
}

func TestFilesGlob(t *testing.T) {
	f := Files{"a.txt": []byte("1"), "b/a.txt": []byte("2"), "b/c/d.yaml": nil}
	for pattern, want := range map[string][]string{"*": {"a.txt"}, "**.txt": {"a.txt", "b/a.txt"}, "b/**": {"b/a.txt", "b/c/d.yaml"}, "{a,b/a}.txt": {"a.txt", "b/a.txt"}, "x": nil} {
		if got := sortedKeys(f.Glob(pattern)); !cmp.Equal(got, want) {
			t.Errorf("Glob(%s) = %v, want %v", pattern, got, want)
		}
	}
	if got := f.GetBytes("none"); got == nil || len(got) > 0 {
		t.Errorf("GetBytes of no file = %v, want nothing", got)
	}
}
