package trace_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
)

const comparing = `
-- values.yaml --
mode: single
other: {num: 12, version: 1.20.0, list: [a], text: ab}
-- platform/runlevels/10-all.yaml --
releases: [{name: c, namespace: c, chart: c, values: c.gotmpl}]
-- platform/values/c.gotmpl --
mode: {{ .Values.mode }}
{{ toYaml .Values.other }}
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/templates/_h.tpl --
{{ define "size" }}{{ if eq .how "huge" }}many{{ else }}few{{ end }}{{ end }}
-- charts/c/templates/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  equal: {{ if eq .Values.mode "ha" }}three{{ else }}one{{ end }}
  prefix: {{ if hasPrefix "prod" .Values.mode }}three{{ else }}one{{ end }}
  greater: {{ if gt (int .Values.num) 100000 }}many{{ else }}few{{ end }}
  version: {{ if semverCompare ">=1.30.0" .Values.version }}new{{ else }}old{{ end }}
  regex: {{ if regexMatch "^a[0-9]+b$" .Values.mode }}yes!{{ else }}no!{{ end }}
  length: {{ if gt (len .Values.mode) 20 }}long{{ else }}short{{ end }}
  list: {{ if has "needle" .Values.list }}found{{ else }}missing{{ end }}
  included: {{ include "size" (dict "how" .Values.text) }}
  never: {{ if eq (sha256sum .Values.mode) "0000" }}broken{{ else }}fine{{ end }}
  constant: always
-- charts/c/templates/plain.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: plain}
data: {constant: always}
`

// Values that a template compares with a constant are found, and what no trial has shown is denied only of a template that reads
// no values.
func TestCompared(t *testing.T) {
	in, rendered := parts(t, comparing)
	for _, c := range []struct {
		object, field, chart, tree string
		unproven                   bool
	}{
		{"c", "equal", "mode exact", "mode exact", false},
		{"c", "prefix", "mode exact", "mode exact", false},
		{"c", "greater", "num exact", "other.num exact", false},
		{"c", "version", "version exact", "other.version exact", false},
		{"c", "regex", "mode exact", "mode exact", false},
		{"c", "length", "mode exact", "mode exact", false},
		{"c", "list", "list[0] exact", "other.list[0] exact", false},
		{"c", "included", "text exact", "other.text exact", false},
		{"c", "never", "mode possible", "", true},
		{"c", "constant", "", "", true},
		{"plain", "constant", "", "", false},
	} {
		path, err := source.ParsePath("data." + c.field)
		if err != nil {
			t.Fatal(err)
		}
		f := trace.New(in, rendered, find(t, rendered.Objects, c.object)).Field(t.Context(), path)
		got := strings.Split(said(f), "\n")
		if got[1] != c.chart || got[2] != c.tree || f.Unproven != c.unproven || !f.Complete {
			t.Errorf("Field(%s of %s) = %q, complete %t, unproven %t; want %q, %q, unproven %t", c.field, c.object, got[1:], f.Complete, f.Unproven, c.chart, c.tree, c.unproven)
		}
	}
}
