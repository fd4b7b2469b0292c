package render

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
)

// rendered renders an archive's releases.
func rendered(t *testing.T, archive string, change func(*Input)) ([]object.Object, diag.Findings) {
	t.Helper()
	in := input(t, txtar.Parse([]byte(archive)).Files)
	if change != nil {
		change(&in)
	}
	releases, findings := Releases(t.Context(), in)
	if findings.Failed() {
		t.Fatal(findings)
	}
	return Objects(t.Context(), in, releases)
}

const lookupChart = `
-- values.yaml --
{}
-- platform/runlevels/10-a.yaml --
releases: [{name: a, namespace: default, chart: c}]
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/templates/a.yaml --
{{- $old := lookup "v1" "Secret" .Release.Namespace "known" }}
apiVersion: v1
kind: Secret
metadata: {name: known}
data:
  password: {{ if $old }}{{ $old.data.password }}{{ else }}{{ randAlphaNum 5 | b64enc }}{{ end }}
  all: {{ len (lookup "v1" "Secret" "" "").items | toString | b64enc }}
  none: {{ lookup "v1" "Secret" "" "none" | toJson | b64enc }}
  {{- $_ := set ($old.data | default dict) "password" "changed" }}
`

func TestLookup(t *testing.T) {
	known := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "known", "namespace": "default"},
		"data": map[string]any{"password": "c2VjcmV0"},
	}}
	other := known.DeepCopy()
	other.SetNamespace("other")
	objects, findings := rendered(t, lookupChart, func(in *Input) {
		in.Known = func(string, string) ([]*unstructured.Unstructured, error) {
			return []*unstructured.Unstructured{other, known}, nil
		}
	})
	if findings.Failed() {
		t.Fatal(findings)
	}
	if got := fmt.Sprint(objects[0].Object["data"]); got != "map[all:Mg== none:e30= password:c2VjcmV0]" {
		t.Errorf("Objects = %s, want what is known", got)
	}
	if got, _, _ := unstructured.NestedString(known.Object, "data", "password"); got != "c2VjcmV0" {
		t.Errorf("the template changed the known object: %s", got)
	}
}

func TestVolatile(t *testing.T) {
	offline, findings := rendered(t, strings.Replace(lookupChart, "(lookup \"v1\" \"Secret\" \"\" \"\").items", "list", 1), nil)
	if len(findings) != 1 || findings[0].Rule != "random-value" || findings[0].Severity != diag.Info {
		t.Errorf("Objects found %v, want the random call", findings)
	}
	if got, _, _ := unstructured.NestedString(offline[0].Object, "data", "password"); got != "cGxhY2U=" {
		t.Errorf("password = %s, want the placeholder", got)
	}
	if got := offline[0].GetAnnotations()[object.SecretsKey]; got != "placeholder" {
		t.Errorf("an object with a placeholder is marked %q", got)
	}
	var asked string
	remembered, findings := rendered(t, strings.Replace(lookupChart, "(lookup \"v1\" \"Secret\" \"\" \"\").items", "list", 1), func(in *Input) {
		in.Volatile = func(release, function string, args []any, n int) (any, error) {
			asked = fmt.Sprint(release, " ", function, args, " ", n)
			return "fresh", nil
		}
	})
	if got, _, _ := unstructured.NestedString(remembered[0].Object, "data", "password"); got != "ZnJlc2g=" || len(findings) > 0 {
		t.Errorf("password = %s %v, want what was asked for", got, findings)
	}
	if mark, marked := remembered[0].GetAnnotations()[object.SecretsKey]; marked {
		t.Errorf("an object without a placeholder is marked %q", mark)
	}
	if asked != "a randAlphaNum[5] 0" {
		t.Errorf("asked for %s", asked)
	}
}

func TestSecretsStayOut(t *testing.T) {
	const password = "hunter2hunter2"
	_, findings := rendered(t, `
-- values.yaml --
{}
-- secrets.yaml --
password: `+password+`
-- platform/runlevels/10-a.yaml --
releases:
  - {name: a, namespace: default, chart: c, values: v.gotmpl}
-- platform/values/v.gotmpl --
password: {{ .Values.password }}
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/values.schema.json --
{"properties": {"other": {"type": "string"}}}
-- charts/c/templates/a.yaml --
{{ fail (printf "not %s, nor %s" .Values.password (b64enc .Values.password)) }}
-- charts/c/templates/b.yaml --
a: {{ atoi .Values.password }}
b: {{ index .Values .Values.password "x" }}
-- charts/c/templates/c.yaml --
apiVersion: v1
kind: [{{ .Values.password }}
`, nil)
	if findings.Count(diag.Error) != 3 {
		t.Errorf("Objects found %v, want three errors", findings)
	}
	if got := report(findings); strings.Contains(got, password) || strings.Contains(got, "aHVudGVyMmh1bnRlcjI=") || !strings.Contains(got, "<redacted>") {
		t.Errorf("the findings show the secret:\n%s", got)
	}
}

func TestRunaway(t *testing.T) {
	const archive = `
-- values.yaml --
{}
-- platform/runlevels/10-a.yaml --
releases: [{name: a, namespace: default, chart: c}]
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/templates/a.yaml --
{{ define "x" }}{{ range until 1000 }}{{ include "x" . }}{{ end }}{{ end }}
{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}
-- charts/c/templates/b.yaml --
{{ include "x" . }}
`
	in := input(t, txtar.Parse([]byte(archive)).Files)
	releases, _ := Releases(t.Context(), in)
	_, findings := Objects(t.Context(), in, releases)
	if len(findings) != 1 || findings[0].String() != "embedded:charts/c/templates/a.yaml:1:42: include and tpl are nested more than 1000 deep" {
		t.Errorf("Objects found %v, want the depth", findings)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	in = input(t, txtar.Parse([]byte(strings.Replace(archive, `{{ include "x" . }}`, "", 2))).Files)
	begin := time.Now()
	_, findings = Objects(ctx, in, releases)
	if len(findings) != 1 || findings[0].Message != "stopped: context deadline exceeded" || time.Since(begin) > 10*time.Second {
		t.Errorf("Objects found %v after %s, want the deadline", findings, time.Since(begin))
	}
}

// packed packs files as a chart archive is packed.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchives(t *testing.T) {
	good := func(version string) []byte {
		return packed(t, map[string]string{
			"web/Chart.yaml":         "{apiVersion: v2, name: web, version: " + version + "}",
			"web/templates/a.yaml":   "{apiVersion: v1, kind: ConfigMap, metadata: {name: v" + version + "}}",
			"web/templates/bad.yaml": "{{ if .Values.bad }}{{ fail \"bad\" }}{{ end }}",
		})
	}
	charts := fstest.MapFS{
		"charts/web-1.0.0.tgz":      {Data: good("1.0.0")},
		"charts/web-2.0.0.tgz":      {Data: good("2.0.0")},
		"charts/web-ui-3.0.0.tgz":   {Data: good("3.0.0")},
		"charts/corrupt-1.0.0.tgz":  {Data: []byte("garbage")},
		"charts/climbs-1.0.0.tgz":   {Data: packed(t, map[string]string{"climbs/Chart.yaml": "{apiVersion: v2, name: climbs, version: 1.0.0}", "climbs/../../etc/x": "x"})},
		"charts/misnamed-1.0.0.tgz": {Data: good("7.0.0")},
		"charts/nest-1.0.0.tgz": {Data: packed(t, map[string]string{
			"nest/Chart.yaml":     "{apiVersion: v2, name: nest, version: 1.0.0, dependencies: [{name: web, version: '*', alias: other, repository: 'https://x'}]}",
			"nest/charts/web.tgz": string(good("1.0.0")),
		})},
		"charts/lacking-1.0.0.tgz": {Data: packed(t, map[string]string{"lacking/Chart.yaml": "{apiVersion: v2, name: lacking, version: 1.0.0, dependencies: [{name: redis, version: 1.0.0, repository: https://example.com}]}"})},
	}
	for _, tc := range []struct{ chart, raw, want, message string }{
		{"web@1.0.0", "{}", "v1.0.0", ""},
		{"web@2.0.0", "{}", "v2.0.0", ""},
		{"web-ui", "{}", "v3.0.0", ""},
		{"web", "{}", "", `rl:1:1: charts/ has several versions of web: web-1.0.0.tgz, web-2.0.0.tgz; name one: web@VERSION`},
		{"web@9.0.0", "{}", "", "rl:1:1: charts/ has web-1.0.0.tgz, web-2.0.0.tgz, not version 9.0.0 (name it in charts/Chart.yaml and run `kubectl otomi core vendor`)"},
		{"redis@9.0.0", "{}", "", "rl:1:1: no core has the chart \"redis@9.0.0\" (name it in charts/Chart.yaml and run `kubectl otomi core vendor`)"},
		{"web@1.0.0", "{bad: true}", "", `c/charts/web-1.0.0.tgz/templates/bad.yaml:1:24: bad`},
		{"nest", "{other: {bad: true}}", "", `c/charts/nest-1.0.0.tgz/charts/web.tgz/templates/bad.yaml:1:24: bad`},
		{"nest", "{other: x}", "", `values.yaml:1:14: other: values of the subchart "other" are a map, not a string`},
		{"corrupt", "{}", "", `c/charts/corrupt-1.0.0.tgz: load chart: it is no gzip archive: it begins with "garbage"`},
		{"climbs", "{}", "", `c/charts/climbs-1.0.0.tgz: load chart: "climbs/../../etc/x" leads out of the chart`},
		{"misnamed@1.0.0", "{}", "", `rl:1:1: c/charts/misnamed-1.0.0.tgz is version 7.0.0 of the chart, not 1.0.0`},
		{"lacking", "{}", "", `rl:1:1: chart lacking depends on redis, which is not in its charts folder (put it there; for a chart of yours ` + "`helm dependency update`" + ` does)`},
	} {
		t.Run(tc.chart+tc.raw, func(t *testing.T) {
			objects, findings := renderChart(t, charts, tc.chart, tc.raw)
			if got := findings.Error(); got != tc.message {
				t.Errorf("Objects found %q, want %q", got, tc.message)
			}
			if tc.want != "" && (len(objects) != 1 || objects[0].GetName() != tc.want) {
				t.Errorf("Objects = %v, want %s", objects, tc.want)
			}
		})
	}
}

// renderChart renders releases of one chart.
func renderChart(t *testing.T, charts fstest.MapFS, name, raw string) ([]object.Object, diag.Findings) {
	t.Helper()
	in := input(t, []txtar.File{{Name: "values.yaml", Data: []byte("raw: " + raw)}})
	in.Core = core.Stack{{Name: "c", FS: charts}}
	r := Release{Name: "r", Namespace: "default", Chart: name, Enabled: true, Runlevel: "10", At: diag.Position{File: "rl", Line: 1, Col: 1}, rawValues: in.Tree.At("raw")}
	return Objects(t.Context(), in, []Release{r})
}

func TestReleasesDoNotShareValues(t *testing.T) {
	objects, findings := rendered(t, `
-- values.yaml --
{}
-- platform/runlevels/10-a.yaml --
releases:
{{- range until 8 }}
  - {name: r{{ . }}, namespace: default, chart: c}
{{- end }}
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/values.yaml --
seen: {}
-- charts/c/templates/a.yaml --
{{- $_ := set .Values.seen .Release.Name true }}
{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ .Release.Name }}}, data: {seen: {{ keys .Values.seen | join "," }}}}
`, nil)
	if findings.Failed() || len(objects) != 8 {
		t.Fatalf("Objects = %d %v", len(objects), findings)
	}
	for i, o := range objects {
		if got, _, _ := unstructured.NestedString(o.Object, "data", "seen"); got != fmt.Sprint("r", i) {
			t.Errorf("release %s sees %s", o.Release, got)
		}
	}
}

func TestPatches(t *testing.T) {
	p := []patch.Patch{{Patch: "x"}}
	sets := Patches([]Release{{Name: "a", Enabled: true, Patches: p}, {Name: "b", Patches: p}, {Name: "c", Enabled: true}})
	if len(sets) != 1 || sets[0].Release != "a" || len(sets[0].Patches) != 1 {
		t.Errorf("Patches = %v, want those of a", sets)
	}
}

func BenchmarkObjects(b *testing.B) {
	stack := core.Stack{{Name: "c", FS: fstest.MapFS{
		"charts/c/Chart.yaml":          {Data: []byte("{apiVersion: v2, name: c, version: 1.0.0}")},
		"charts/c/templates/_h.tpl":    {Data: []byte(`{{ define "labels" }}app: {{ .Chart.Name }}{{ end }}`)},
		"charts/c/templates/many.yaml": {Data: []byte("{{ range until 100 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ $.Release.Name }}-{{ . }}\n  labels: {{ include \"labels\" $ | nindent 4 }}\ndata: {a: {{ tpl \"{{ .Release.Name }}\" $ }}}\n{{ end }}")},
	}}}
	in := Input{Core: stack, Tree: input(&testing.T{}, nil).Tree}
	var releases []Release
	for i := range 20 {
		releases = append(releases, Release{Name: fmt.Sprint("r", i), Namespace: "default", Chart: "c", Enabled: true, Runlevel: "10"})
	}
	for b.Loop() {
		objects, findings := Objects(b.Context(), in, releases)
		if findings.Failed() || len(objects) != 2000 {
			b.Fatal(len(objects), findings)
		}
	}
}
