package render

import (
	"io/fs"
	"maps"
	"strings"
	"sync"
	"testing"
)

const counting = `
-- values.yaml --
{seen: {}}
-- platform/runlevels/10-a.yaml --
releases:
{{- range until 8 }}
  - {name: r{{ . }}, namespace: default, chart: c, values: c.gotmpl}
{{- end }}
-- platform/_c.tpl --
{{ define "note" }}{{ $_ := set .Values.seen .Release.Name true }}{{ end }}
-- platform/values/c.gotmpl --
{{- include "note" . -}}
{{- tpl "{{ $_ := set .Values.seen (print .Release.Name \"-tpl\") true }}" . -}}
seen: {{ keys .Values.seen | join "," }}
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/templates/a.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ .Release.Name }}}, data: {seen: {{ quote .Values.seen }}}}
`

// TestValueTemplatesDoNotShareValues: what a value template does to the values, the others do not see.
func TestValueTemplatesDoNotShareValues(t *testing.T) {
	objects, findings := rendered(t, counting, nil)
	if findings.Failed() || len(objects) != 8 {
		t.Fatalf("Objects = %d %v", len(objects), findings)
	}
	for _, o := range objects {
		if got, want := o.Object["data"].(map[string]any)["seen"], o.Release+","+o.Release+"-tpl"; got != want {
			t.Errorf("release %s sees %s, want %s", o.Release, got, want)
		}
	}
}

// reads counts how often the files of a core are opened.
type reads struct {
	fs.FS
	mu sync.Mutex
	n  map[string]int
}

func (r *reads) Open(name string) (fs.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(name, "charts/c/") && name != "charts/c/templates" {
		r.n[name]++
	}
	return r.FS.Open(name)
}

// TestChartReadOnce: a chart is read once, however many releases use it.
func TestChartReadOnce(t *testing.T) {
	counted := &reads{n: map[string]int{}}
	_, findings := rendered(t, counting, func(in *Input) { counted.FS, in.Core[0].FS = in.Core[0].FS, counted })
	if findings.Failed() {
		t.Fatal(findings)
	}
	// Every release asks whether there is a Chart.yaml; the name that messages use is asked for once.
	if want := map[string]int{"charts/c/.helmignore": 1, "charts/c/Chart.yaml": 8 + 2, "charts/c/templates/a.yaml": 2}; !maps.Equal(counted.n, want) {
		t.Errorf("read %v, want %v", counted.n, want)
	}
}
