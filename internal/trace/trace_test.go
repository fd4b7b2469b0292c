package trace_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
	"github.com/otomi/kubectl-otomi/internal/values"
)

const platform = `
-- values.yaml --
name: blue
live: true
size: 3
a: false
b: false
limit: 512Mi
mode: fast
zero: 0
text: ""
secret: hunter22
list: [{x: 1}, {x: 2}]
teams: {red: {size: 1}, green: {size: 2}}
unused: {more: [1, 2, 3], text: nothing}
-- platform/derived.gotmpl --
double: {{ mul .Values.size 2 }}
-- platform/runlevels/10-all.yaml --
releases:
  - name: one
    namespace: one
    chart: one
    enabled: {{ .Values.live }}
    values: one.gotmpl
    labels: {mode: {{ .Values.mode }}}
    patches:
      - target: {kind: ConfigMap}
        patch: '[{"op": "add", "path": "/data/first", "value": "1"}, {"op": "add", "path": "/data/twice", "value": "1"}]'
      - target: {kind: ConfigMap}
        patch: '[{"op": "add", "path": "/data/twice", "value": "2"}]'
{{- range $id, $team := .Values.teams }}
  - {name: team-{{ $id }}, namespace: team-{{ $id }}, manifests: team, createNamespace: true}
{{- end }}
-- platform/team/team.gotmpl --
{{- $id := trimPrefix "team-" .Release.Name }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ $id }}}
data:
  of: {{ .Release.Name }}
  size: {{ index .Values.teams $id "size" | quote }}
-- platform/values/one.gotmpl --
name: {{ .Values.name }}
fixed: always
both: {{ and .Values.a .Values.b }}
double: {{ .Values.derived.double }}
more: {{ dict "limit" .Values.limit "secret" .Values.secret "list" .Values.list | toYaml | nindent 2 }}
mode: {{ dict "fast" "quick" "slow" "calm" | get .Values.mode }}
big: {{ gt .Values.size 1 }}
zero: {{ .Values.zero }}
text: {{ .Values.text | quote }}
-- charts/one/Chart.yaml --
apiVersion: v2
name: one
version: 1.0.0
-- charts/one/values.yaml --
fixed: never
color: red
sub: {port: 1}
-- charts/one/charts/sub/Chart.yaml --
apiVersion: v2
name: sub
version: 1.0.0
-- charts/one/charts/sub/values.yaml --
port: 2
host: h
-- charts/one/charts/sub/templates/sub.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: sub}
data:
  host: {{ .Values.host }}:{{ .Values.port }}
-- charts/one/templates/one.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  name: one-{{ .Values.name }}
data:
  name: {{ .Values.name }}
  fixed: {{ .Values.fixed }}
  color: {{ .Values.color }}
  both: {{ .Values.both | quote }}
  double: {{ .Values.double | quote }}
  limit: {{ .Values.more.limit }}
  {{- range .Values.more.list }}
  x{{ .x }}: found
  {{- end }}
  mode: {{ .Values.mode }}
  {{- if .Values.big }}
  big: "yes"
  {{- end }}
  none: {{ if .Values.zero }}{{ "some" }}{{ else }}{{ "none" }}{{ end }}
  text: {{ with .Values.text }}{{ . }}{{ else }}empty{{ end }}
  secret: {{ .Values.more.secret | b64enc }}
`

// parts are what a trace begins with.
func parts(t *testing.T, archive string) (render.Input, trace.Rendered) {
	t.Helper()
	files := fstest.MapFS{}
	var layers []values.Layer
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if f.Name != "values.yaml" {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
			continue
		}
		n, findings := source.Parse(f.Name, f.Data)
		if findings.Failed() {
			t.Fatal(findings)
		}
		layers = append(layers, values.Layer{File: n.File, Root: n})
	}
	tree, _ := values.Merge(layers, nil)
	in := render.Input{Core: core.Stack{{Name: "core", FS: files}}, Tree: tree}
	derived, findings := render.Derive(t.Context(), in)
	in.Tree = derived
	releases, f := render.Releases(t.Context(), in)
	findings = append(findings, f...)
	objects, f := render.Objects(t.Context(), in, releases)
	findings = append(findings, f...)
	objects, f = patch.Apply(objects, render.Patches(releases), nil)
	if findings = append(findings, f...); findings.Failed() {
		t.Fatal(findings)
	}
	words := func(path ...string) []string {
		if slices.Equal(path, []string{"mode"}) {
			return []string{"fast", "slow"}
		}
		return nil
	}
	return in, trace.Rendered{Releases: releases, Objects: objects, Words: words}
}

func find(t *testing.T, objects []object.Object, name string) object.Object {
	t.Helper()
	i := slices.IndexFunc(objects, func(o object.Object) bool { return o.GetKind() == "ConfigMap" && o.GetName() == name })
	if i < 0 {
		t.Fatalf("there is no ConfigMap %s", name)
	}
	return objects[i]
}

// said is a field's trace on a few lines.
func said(f trace.Field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", f.By, f.At)
	for _, list := range [][]trace.Leaf{f.Chart, f.Tree} {
		for i, l := range list {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(source.Path(l.Path) + " " + string(l.Certainty))
			if l.Decides {
				b.WriteString(" decides")
			}
			if l.Named {
				b.WriteString(" named")
			}
			if l.Default {
				b.WriteString(" " + l.Node.At().String())
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestField(t *testing.T) {
	in, rendered := parts(t, platform)
	const file = "core/charts/one/templates/one.yaml"
	for _, c := range []struct{ object, field, want string }{
		{"one-blue", "data.name", "template " + file + ":6:12\nname exact\nname exact, live exact decides\n"},
		{"one-blue", "metadata.name", "template " + file + ":4:9\nname exact\nname exact, live exact decides\n"},
		{"one-blue", "data.fixed", "template " + file + ":7:13\nfixed exact\nlive exact decides\n"},
		{"one-blue", "data.color", "template " + file + ":8:13\ncolor exact core/charts/one/values.yaml:2:8\nlive exact decides\n"},
		{"one-blue", "data.both", "template " + file + ":9:12\nboth exact\nlive exact decides, a possible, b possible\n"},
		{"one-blue", "data.double", "template " + file + ":10:14\ndouble exact\nsize exact, live exact decides\n"},
		{"one-blue", "data.limit", "template " + file + ":11:13\nmore.limit exact\nlimit exact, live exact decides\n"},
		{"one-blue", "data.x2", "template " + file + ":13:14\nmore.list[1].x exact decides\nlist[1].x exact decides, live exact decides\n"},
		{"one-blue", "data.mode", "template " + file + ":15:12\nmode exact\nmode exact, live exact decides\n"},
		{"one-blue", "data.big", "template " + file + ":17:8\nbig exact decides\nlive exact decides, size exact decides\n"},
		{"one-blue", "data.none", "template " + file + ":19:55\nzero exact\nzero exact, live exact decides\n"},
		{"one-blue", "data.text", "template " + file + ":20:49\ntext exact\ntext exact, live exact decides\n"},
		{"one-blue", "data.secret", "template " + file + ":21:14\nmore.secret exact\nsecret exact, live exact decides\n"},
		{"one-blue", "data.first", "patch core/platform/runlevels/10-all.yaml:9:9\n\nlive exact decides\n"},
		{"one-blue", "data.twice", "patch core/platform/runlevels/10-all.yaml:11:9\n\nlive exact decides\n"},
		{"one-blue", `metadata.labels["otomi.io/release"]`, "pipeline " + file + ":3:1\n\n\n"},
		{"one-blue", "metadata.namespace", "release core/platform/runlevels/10-all.yaml:2:5\n\nlive exact decides\n"},
		{"red", "data.of", "template core/platform/team/team.gotmpl:6:10\n\nteams.red exact named\n"},
		{"red", "metadata.name", "template core/platform/team/team.gotmpl:4:21\n\nteams.red exact named\n"},
		{"red", "metadata.namespace", "release core/platform/runlevels/10-all.yaml:14:5\n\nteams.red exact named\n"},
		{"red", "data.size", "template core/platform/team/team.gotmpl:7:12\n\nteams.red.size exact\n"},
		{
			"sub", "data.host", "template core/charts/one/charts/sub/templates/sub.yaml:5:12\n" +
				"sub.host exact core/charts/one/charts/sub/values.yaml:2:7, sub.port exact core/charts/one/values.yaml:3:13\nlive exact decides\n",
		},
	} {
		path, err := source.ParsePath(c.field)
		if err != nil {
			t.Fatal(err)
		}
		o := find(t, rendered.Objects, c.object)
		f := trace.New(in, rendered, o).Field(t.Context(), path)
		if diff := cmp.Diff(c.want, said(f)); diff != "" || !f.Complete {
			t.Errorf("Field(%s), complete %t (-want +got):\n%s", c.field, f.Complete, diff)
		}
	}
}

const cancelling = `
-- values.yaml --
a: 1
b: 1
left: true
right: true
text: v1
same: v1
names: [b1, b15]
users: {u1: 1, u15: 2}
-- platform/runlevels/10-all.yaml --
releases: [{name: web, namespace: web, manifests: m}]
-- platform/m/m.gotmpl --
apiVersion: v1
kind: ConfigMap
metadata: {name: eq}
data:
  equal: "{{ eq .Values.a .Values.b }}"
  sub: "{{ sub .Values.a .Values.b }}"
  bools: "{{ eq .Values.left .Values.right }}"
  texts: "{{ eq .Values.text .Values.same }}"
  const: always
-- platform/m/names.gotmpl --
{{- range .Values.names | sortAlpha }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ . }}}
data:
  size: {{ if eq . "b15" }}big{{ else }}small{{ end }}
  name: {{ . }}
  const: always
{{- end }}
-- platform/m/users.gotmpl --
{{- range $name, $_ := .Values.users }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ $name }}}
data:
  name: {{ $name }}
{{- end }}
`

// Values that cancel each other out are found, and an object is not taken for another one that has got its place.
func TestCancelling(t *testing.T) {
	in, rendered := parts(t, cancelling)
	for _, c := range []struct{ object, field, want string }{
		{"eq", "data.equal", "a exact, b exact"},
		{"eq", "data.sub", "a exact, b exact"},
		{"eq", "data.bools", "left exact, right exact"},
		{"eq", "data.texts", "same exact, text exact"},
		{"eq", "data.const", ""},
		{"b1", "data.size", "names[0] possible"},
		{"b1", "data.name", "names[0] exact"},
		{"b1", "data.const", ""},
		{"u1", "data.name", "users.u1 exact named"},
	} {
		path, err := source.ParsePath(c.field)
		if err != nil {
			t.Fatal(err)
		}
		f := trace.New(in, rendered, find(t, rendered.Objects, c.object)).Field(t.Context(), path)
		got := strings.Split(said(f), "\n")[2]
		if got != c.want || !f.Complete || f.Together {
			t.Errorf("Field(%s of %s) = %q, complete %t, together %t; want %q", c.field, c.object, got, f.Complete, f.Together, c.want)
		}
	}
}

// That no value changes a field is not said where there were too many to try each alone.
func TestTogether(t *testing.T) {
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, "v%d: text\n", i)
	}
	in, rendered := parts(t, strings.Replace(cancelling, "a: 1\n", "a: 1\n"+many.String(), 1))
	for field, want := range map[string]bool{"const": true, "equal": false, "bools": false} {
		f := trace.New(in, rendered, find(t, rendered.Objects, "eq")).Field(t.Context(), []string{"data", field})
		if f.Together != want || !f.Complete {
			t.Errorf("Field(data.%s) = %s, together %t, complete %t; want together %t", field, said(f), f.Together, f.Complete, want)
		}
	}
}

// A value whose every change makes rendering fail may be behind anything.
func TestPossible(t *testing.T) {
	in, rendered := parts(t, platform)
	rendered.Words = nil
	f := trace.New(in, rendered, find(t, rendered.Objects, "one-blue")).Field(t.Context(), []string{"data", "mode"})
	if want := "mode exact\nlive exact decides, mode possible\n"; !strings.HasSuffix(said(f), want) {
		t.Errorf("Field(data.mode) = %s, want %s", said(f), want)
	}
}

// A trace that is stopped says so.
func TestStopped(t *testing.T) {
	in, rendered := parts(t, platform)
	ctx, cancel := context.WithCancel(t.Context())
	tracer := trace.New(in, rendered, find(t, rendered.Objects, "one-blue"))
	cancel()
	if f := tracer.Field(ctx, []string{"data", "name"}); f.Complete || f.At.IsZero() {
		t.Errorf("Field at the end of its time = %s, complete %t; want its place, and incomplete", said(f), f.Complete)
	}
}

// However many values there are, those that matter are found with few renderings: the time is not that of trying each.
func TestManyValues(t *testing.T) {
	var many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&many, "v%d: text\n", i)
	}
	in, rendered := parts(t, strings.Replace(platform, "name: blue\n", "name: blue\n"+many.String(), 1))
	f := trace.New(in, rendered, find(t, rendered.Objects, "one-blue")).Field(t.Context(), []string{"data", "name"})
	if len(f.Tree) != 2 || !f.Complete {
		t.Errorf("Field = %s, complete %t; want two values of the tree", said(f), f.Complete)
	}
}
