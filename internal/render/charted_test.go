package render

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestBrokenHelper: what is wrong with YAML that a helper wrote is noted in the helper, beside the call.
func TestBrokenHelper(t *testing.T) {
	charts := fstest.MapFS{
		"charts/web/Chart.yaml":             {Data: []byte("{apiVersion: v2, name: web, version: 1.0.0}")},
		"charts/web/templates/_helpers.tpl": {Data: []byte("{{ define \"labels\" -}}\napp: web\n {{ print \"tier\" }}: front\n{{- end }}")},
		"charts/web/templates/a.yaml":       {Data: []byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    {{- include \"labels\" . | nindent 4 }}\n")},
	}
	_, findings := renderChart(t, charts, "web", "{}")
	if len(findings) != 1 || findings[0].At.String() != "c/charts/web/templates/a.yaml:6:9" {
		t.Fatalf("Objects found %v, want one at the call", findings)
	}
	last := findings[0].Notes[len(findings[0].Notes)-1]
	if got, want := last.At.String()+" "+last.Message, "c/charts/web/templates/_helpers.tpl:3:5 a helper writes it here"; got != want {
		t.Errorf("the last note is %s, want %s", got, want)
	}
}

// unreachable is a file system in which a file leads elsewhere.
type unreachable struct {
	fstest.MapFS
	name string
}

func (u unreachable) ReadFile(name string) ([]byte, error) {
	if name == u.name {
		return nil, errors.New("it leads out")
	}
	return u.MapFS.ReadFile(name)
}

func (u unreachable) Stat(name string) (fs.FileInfo, error) {
	if name == u.name {
		return nil, errors.New("it leads out")
	}
	return u.MapFS.Stat(name)
}

func (u unreachable) Open(name string) (fs.File, error) {
	if name == u.name {
		return nil, errors.New("it leads out")
	}
	return u.MapFS.Open(name)
}

// TestLinks: a link out of the core is named, be it a chart or a file of one.
func TestLinks(t *testing.T) {
	files := fstest.MapFS{"charts/web/Chart.yaml": {Data: []byte("{apiVersion: v2, name: web, version: 1.0.0}")}, "charts/web/files/x": {Data: []byte("x")}}
	for name, want := range map[string]string{
		"charts/web/files/x":    "c/charts/web: load chart: files/x: it leads out",
		"charts/web/Chart.yaml": "rl:1:1: read c/charts/web: it leads out",
	} {
		in := input(t, nil)
		in.Core = core.Stack{{Name: "c", FS: unreachable{files, name}}}
		r := Release{Name: "r", Namespace: "default", Chart: "web", Enabled: true, Runlevel: "10", At: diag.Position{File: "rl", Line: 1, Col: 1}}
		_, findings := Objects(t.Context(), in, []Release{r})
		if got := findings.Error(); got != want {
			t.Errorf("%s: Objects found %q, want %q", name, got, want)
		}
	}
}

// TestDefaultTypes: where Helm logs that a value does not fit its default, we say so at the value.
func TestDefaultTypes(t *testing.T) {
	charts := fstest.MapFS{
		"charts/web/Chart.yaml":            {Data: []byte("{apiVersion: v2, name: web, version: 1.0.0, dependencies: [{name: db, version: '*', alias: a, repository: ''}, {name: db, version: '*', repository: ''}]}")},
		"charts/web/values.yaml":           {Data: []byte("text: x\nmap: {a: 1}\nnone: null\nin:\n  map: {}\n  text: x\n  list: []\na: {own: x}\n")},
		"charts/web/charts/db/Chart.yaml":  {Data: []byte("{apiVersion: v2, name: db, version: 1.0.0}")},
		"charts/web/charts/db/values.yaml": {Data: []byte("size: {min: 1}\n")},
	}
	for raw, want := range map[string]string{
		"{text: {a: 1}}":                     "values.yaml:1:13: text: a map takes the place of a string, the chart's default; c/charts/web/values.yaml:1:7",
		"{in: {map: [], list: {}, text: 1}}": "values.yaml:1:17: in.map: a list takes the place of a map, the chart's default; c/charts/web/values.yaml:5:8|values.yaml:1:27: in.list: a map takes the place of a list, the chart's default; c/charts/web/values.yaml:7:9",
		"{a: {size: 3, own: {}}}":            "values.yaml:1:17: a.size: an integer takes the place of a map, the chart's default; c/charts/web/charts/db/values.yaml:1:7|values.yaml:1:25: a.own: a map takes the place of a string, the chart's default; c/charts/web/values.yaml:8:10",
		"{db: {size: 3}}":                    "values.yaml:1:18: db.size: an integer takes the place of a map, the chart's default; c/charts/web/charts/db/values.yaml:1:7",
		"{map: 1, none: {}, new: {}, in: {map: {a: 1}, text: null}}": "",
	} {
		_, findings := renderChart(t, charts, "web", raw)
		findings.Sort()
		var got []string
		for _, f := range findings {
			got = append(got, f.String()+"; "+f.Notes[0].At.String())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: found\n%s\nwant\n%s", raw, strings.Join(got, "|"), want)
		}
	}
}

// TestChartPositions: what is wrong with a chart's own files is found there, not at what uses the chart.
func TestChartPositions(t *testing.T) {
	const metadata = "{apiVersion: v2, name: web, version: 1.0.0}"
	const schema = `{"properties": {"size": {"type": "integer"}, "db": {"properties": {"port": {"type": "integer"}}}}}`
	for _, tc := range []struct{ chart, schema, values, raw, want string }{
		{metadata, schema, "size: many\n", "{}", "c/charts/web/values.yaml:1:7: size: chart web: got string, want integer"},
		{metadata, schema, "size: 1\n", "{size: many}", "values.yaml:1:13: size: chart web: got string, want integer"},
		{metadata, schema, "size: 1\ndb:\n  port: x\n", "{}", "c/charts/web/values.yaml:3:9: db.port: chart web: got string, want integer"},
		{metadata, `{"type": 1}`, "", "{}", "c/charts/web/values.schema.json: "},
		{metadata, `{"type": `, "", "{}", "c/charts/web/values.schema.json: "},
		{"apiVersion: v2\nname: web\nversion: 1.0.0\nkubeVersion: zzz\n", schema, "", "{}", `c/charts/web/Chart.yaml:4:14: kubeVersion "zzz" is no version range`},
	} {
		charts := fstest.MapFS{
			"charts/web/Chart.yaml":            {Data: []byte(tc.chart)},
			"charts/web/values.yaml":           {Data: []byte(tc.values)},
			"charts/web/values.schema.json":    {Data: []byte(tc.schema)},
			"charts/web/charts/db/Chart.yaml":  {Data: []byte("{apiVersion: v2, name: db, version: 1.0.0}")},
			"charts/web/charts/db/values.yaml": {Data: []byte("port: 1\n")},
		}
		_, findings := renderChart(t, charts, "web", tc.raw)
		if len(findings) != 1 || !strings.HasPrefix(findings[0].String(), tc.want) {
			t.Errorf("Objects found %v, want %s", findings, tc.want)
		}
	}
}
