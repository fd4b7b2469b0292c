package render

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// found are the paths of what Unread says of an archive.
func found(t *testing.T, archive string) []string {
	t.Helper()
	in := input(t, txtar.Parse([]byte(archive)).Files)
	releases, findings := Releases(t.Context(), in)
	if findings.Failed() {
		t.Fatal(findings)
	}
	var paths []string
	for _, f := range Unread(t.Context(), in, releases, in.Tree.Layers) {
		path := f.Path
		if f.Hint != "" {
			path += " " + f.Hint
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

const unreadChart = `
-- platform/runlevels/10-a.yaml --
releases: [{name: a, namespace: default, chart: c}]
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
`

// TestUnread: what a template reads, by the way in which it reads it. Every case sets the values, then lists what is unread.
func TestUnread(t *testing.T) {
	for name, c := range map[string]struct{ template, values, want string }{
		"field":      {`{{ .Values.a.b }}`, `{a: {b: 1, c: 2}, d: 3}`, "a.c d"},
		"whole":      {`{{ toYaml .Values.a }}`, `{a: {b: {c: 1}}, d: {e: 1}}`, "d"},
		"everything": {`{{ toYaml .Values }}`, `{a: 1}`, ""},
		"with":       {`{{ with .Values.a }}{{ .b }}{{ end }}`, `{a: {b: 1, c: 2}}`, "a.c"},
		"with of a map alone": {
			`{{ with .Values.a }}{{ .b }}{{ end }}`, `{a: {c: 2}}`, "", // without c, a would be empty
		},
		"dollar":             {`{{ with .Values.a }}{{ $.Values.b.c }}{{ end }}`, `{a: x, b: {c: 1, d: 1}}`, "b.d"},
		"variable":           {`{{ $a := .Values.a }}{{ $a.b }}`, `{a: {b: 1, c: 1}}`, "a.c"},
		"assigned in a loop": {`{{ $a := dict }}{{ range list 1 2 }}{{ $a.b }}{{ $a = $.Values.a }}{{ end }}`, `{a: {b: 1, c: 1}}`, ""},
		"name assigned in a loop": {
			`{{ $n := "x" }}{{ range list 1 2 }}{{ include $n $ }}{{ $n = "y" }}{{ end }}{{ define "x" }}{{ .Values.a }}{{ end }}{{ define "y" }}{{ .Values.b }}{{ end }}`,
			`{a: 1, b: 1, c: 1}`, "c",
		},
		"range of a list":           {`{{ range .Values.a }}{{ .b }}{{ end }}`, `{a: [{b: 1}, {b: 1, c: 1}]}`, "a[1].c"},
		"range of a map":            {`{{ range $k, $v := .Values.a }}{{ $k }}{{ $v.b }}{{ end }}`, `{a: {x: {b: 1, c: 1}}}`, "a.x.c"},
		"index":                     {`{{ index .Values.a "b" "c" }}`, `{a: {b: {c: 1, d: 1}}}`, "a.b.d"},
		"index by a value":          {`{{ (index .Values.a .Values.k).b }}`, `{k: x, a: {x: {b: 1, c: 1}}}`, "a.x.c"},
		"get, hasKey, dig":          {`{{ get .Values.a "b" }}{{ hasKey .Values.a "c" }}{{ dig "d" "e" 1 .Values.a }}`, `{a: {b: 1, c: 1, d: {e: 1, f: 1}, g: 1}}`, "a.d.f a.g"},
		"default":                   {`{{ (default .Values.a .Values.b).c }}`, `{a: {c: 1, d: 1}, b: {c: 1, d: 1}}`, "a.d b.d"},
		"ternary, coalesce":         {`{{ (ternary .Values.a .Values.b .Values.x).c }}{{ (coalesce .Values.d .Values.a).e }}`, `{a: {c: 1, d: 1}, b: {c: 1, d: 1}, x: true, d: {e: 1, f: 1}}`, "a.d b.d d.f"},
		"include":                   {`{{ include "h" . }}{{ define "h" }}{{ .Values.a }}{{ end }}`, `{a: 1, b: 1}`, "b"},
		"include of a dict":         {`{{ include "h" (dict "x" .Values.a "root" $) }}{{ define "h" }}{{ .x.b }}{{ .root.Values.c }}{{ end }}`, `{a: {b: 1, c: 1}, c: 1, d: 1}`, "a.c d"},
		"include unknown":           {`{{ include .Values.name . }}{{ define "h" }}{{ .Values.a }}{{ end }}`, `{name: h, a: 1, b: 1}`, "b"},
		"include printed":           {`{{ include (printf "%s.x" .Chart.Name) . }}{{ define "c.x" }}{{ .Values.a }}{{ end }}{{ define "y" }}{{ .Values.b }}{{ end }}`, `{a: 1, b: 1}`, "b"},
		"template":                  {`{{ template "h" .Values.a }}{{ define "h" }}{{ .b }}{{ end }}`, `{a: {b: 1, c: 1}}`, "a.c"},
		"recursion":                 {`{{ template "h" .Values.a }}{{ define "h" }}{{ .b }}{{ if .a }}{{ template "h" .a }}{{ end }}{{ end }}`, `{a: {a: {b: 1, c: 1}}}`, "a.a.c"},
		"tpl":                       {`{{ tpl "{{ .Values.a }}" . }}`, `{a: 1, b: 1}`, "b"},
		"tpl of a value":            {`{{ tpl .Values.t . }}`, `{t: "{{ .Values.a }}", a: 1, b: 1}`, "b"},
		"tpl of a map":              {`{{ tpl (toYaml .Values.t) $ }}`, `{t: {x: ["{{ .Values.a.b }}"]}, a: {b: 1, c: 1}, b: 1}`, "a.c b"},
		"tpl of a key alone":        {`{{ range $k, $v := .Values.t }}{{ tpl $k $ }}{{ end }}`, `{t: {"{{ .Values.a }}": z}, a: 1, b: 1}`, "b"},
		"tpl of a key":              {`{{ tpl (toYaml .Values.t) $ }}`, `{t: {"{{ .Values.a }}/x": z}, a: 1, b: 1}`, "b"},
		"tpl of Chart.yaml":         {`{{ tpl .Chart.Description . }}`, `{a: 1}`, ""},
		"tpl of a value from above": {`{{ tpl .Values.global.t . }}{{ tpl (first .Values.l) . }}`, `{global: {t: "{{ .Values.a }}"}, l: ["{{ .Values.c }}"], a: 1, c: 1, b: 1}`, "b"},
		"a secret":                  {`{{ tpl .Values.t . }}`, `{t: ` + values.Placeholder + `, a: 1, b: 1}`, ""},
		"a map that grows": {
			`{{ define "t" }}{{ if gt (int .n) 0 }}{{ $m := sub .n 1 }}{{ include "t" (dict "n" $m "l" . "r" .) }}{{ end }}{{ end }}{{ include "t" (dict "n" .Values.size) }}`,
			`{size: 3, b: 1}`, "",
		},
		"a list that grows":      {`{{ define "t" }}{{ include "t" (list . .) }}{{ end }}{{ if .Values.size }}{{ include "t" . }}{{ end }}`, `{size: false, b: 1}`, ""},
		"a chain that grows":     {`{{ define "t" }}{{ include "t" (dict "a" .) }}{{ include "t" (dict "b" .) }}{{ end }}{{ if .Values.size }}{{ include "t" . }}{{ end }}`, `{size: false, b: 1}`, ""},
		"a text that grows":      {`{{ define "t" }}{{ include "t" (print . .) }}{{ end }}{{ if .Values.size }}{{ include "t" "x" }}{{ end }}`, `{size: false, b: 1}`, "b"},
		"a choice that grows":    {`{{ define "t" }}{{ include "t" (dict "x" (default .x .y) "y" (dict "x" .x "y" .y)) }}{{ end }}{{ if .Values.size }}{{ include "t" . }}{{ end }}`, `{size: false, b: 1}`, ""},
		"tpl of a map made":      {`{{ tpl (toYaml (dict "x" (list "{{ .Values.a }}"))) . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a list made":     {`{{ tpl (join "," (list "{{ .Values.a }}" "y")) . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a file's map":    {`{{ tpl (toYaml (dict "x" (.Files.Get "x"))) . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a merged map":    {`{{ $t := dict }}{{ $_ := merge $t (dict "x" (dict "y" "{{ .Values.a }}")) }}{{ tpl (toYaml $t) . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a map set":       {`{{ $t := dict }}{{ $_ := set $t "x" "{{ .Values.a }}" }}{{ tpl (toYaml $t) . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a map set later": {`{{ $t := dict "x" dict }}{{ $_ := set $t.x "y" "{{ .Values.a }}" }}{{ tpl $t.x.y . }}`, `{a: 1, b: 1}`, ""},
		"tpl of a value set":     {`{{ tpl .Values.t . }}{{ $_ := set .Values "t" "{{ .Values.a }}" }}`, `{t: x, a: 1, b: 1}`, ""},
		"a map set, another tpl": {`{{ $t := dict }}{{ $_ := set $t "x" "{{ .Values.a }}" }}{{ tpl .Values.t . }}{{ tpl (toYaml .Values.u) . }}`, `{t: x, u: {v: "{{ .Values.a }}"}, a: 1, b: 1}`, "b"},
		"a value set later":      {`{{ $t := dict "x" dict }}{{ $_ := set $t "x" .Values.a }}{{ $t.x.b }}`, `{a: {b: 1, c: 1}}`, ""},
		"tpl of text made":       {`{{ tpl (printf "{{ .Values.%s }}" .Values.k) . }}`, `{k: a, a: 1, b: 1}`, ""},
		"tpl, decoded":           {`{{ tpl (b64dec .Values.t) . }}`, `{t: e3sgLlZhbHVlcy5hIH19, a: 1}`, ""},
		"tpl of a file":          {`{{ tpl (.Files.Get "x") . }}`, `{a: 1, b: 1}`, ""},
		"merge":                  {`{{ $x := merge (dict) .Values.a }}{{ $x.b }}`, `{a: {b: 1, c: 1}, d: 1}`, "d"},
		"set":                    {`{{ $_ := set .Values "x" .Values.a }}{{ .Values.x.b }}`, `{a: {b: 1}, d: 1}`, "d"},
		"pick":                   {`{{ toYaml (pick .Values "a") }}`, `{a: 1, b: 1}`, ""},
		"helm's methods":         {`{{ .Values.YAML }}`, `{a: 1}`, ""},
		"not set at all":         {`{{ if .Values.a }}{{ .Values.b }}{{ end }}`, `{a: null, b: 1}`, ""},
		"did you mean":           {`{{ .Values.replicas }}`, `{replcas: 1}`, `replcas did you mean "replicas"?`},
	} {
		t.Run(name, func(t *testing.T) {
			archive := "-- values.yaml --\napps: {a: {rawValues: " + c.values + "}}" + unreadChart + "-- charts/c/templates/a.txt --\n" + c.template + "\n"
			got := strings.ReplaceAll(strings.Join(found(t, archive), " "), "apps.a.rawValues.", "")
			if got != c.want {
				t.Errorf("Unread = %q, want %q", got, c.want)
			}
		})
	}
}

// TestUnreadTree is about the values that cores' own templates read.
func TestUnreadTree(t *testing.T) {
	got := found(t, `
-- values.yaml --
apps:
  a: {enabled: true, image: {tag: 1, tga: 1}, patches: [], rawValues: {x: 1}}
  k: {rawValues: {x: 1}}
  m: {rawValues: {x: 1, z: 1}}
  o: {z: 1}
teams: {blue: {size: 1, sise: 1}}
policies: {any: {x: 1}}
cluster: {name: dev}
other: {a: 1}
-- platform/runlevels/10-a.yaml --
releases:
  - {name: a, namespace: default, chart: c, values: a.gotmpl}
  - {name: k, namespace: default, kustomize: k}
  - {name: m, namespace: default, manifests: m}
  - {name: o, namespace: default, manifests: o, enabled: {{ eq .Cluster.name "prod" }}}
-- platform/values/a.gotmpl --
x: {{ .Values.apps.a.image.tag }}
z: {{ include "p" . }}
-- platform/values/unused.gotmpl --
{{ .Values.apps.o.z }}
-- platform/_p.tpl --
{{ define "p" }}{{ .Values | get "teams.blue.size" 1 }}{{ end }}
-- platform/k/kustomization.yaml --
resources: []
-- platform/m/m.gotmpl --
{{ .Values.x }}
-- platform/o/o.yaml --
-- charts/c/Chart.yaml --
{apiVersion: v2, name: c, version: 1.0.0}
-- charts/c/templates/a.txt --
{{ .Values.x }}
`)
	want := []string{`apps.a.image.tga did you mean "tag"?`, "apps.k.rawValues.x", "apps.m.rawValues.z", "other", `teams.blue.sise did you mean "size"?`}
	if !slices.Equal(got, want) {
		t.Errorf("Unread = %q\nwant     %q", got, want)
	}
}

// unreadParent is a chart whose Chart.yaml reads values too.
const unreadParent = `
-- Chart.yaml --
apiVersion: v2
name: parent
version: 1.0.0
dependencies:
  - {name: child, version: 1.0.0, alias: first, condition: "first.on,global.on"}
  - {name: child, version: 1.0.0, alias: second, tags: [more], import-values: [{child: out, parent: taken}]}
-- values.yaml --
first: {on: true, name: one, out: {x: 1}, other: 2, deep: {a: 1, b: 2}}
second: {name: two, out: {x: 2}, other: 2}
tags: {more: true}
global: {on: true, region: eu}
base: {size: 1, count: 2}
typo: 1
text: "{{ .Values.base.size }}{{ .Release.Name }}"
-- templates/a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  taken: {{ toJson .Values.taken | quote }}
  text: {{ tpl .Values.text . | quote }}
  loop: "{{ range list .Values.base }}{{ .count }}{{ end }}"
  sub: {{ .Subcharts.first.Values.deep.a | quote }}
  {{- $pick := "one" }}
  {{- range until 2 }}
  {{ $pick }}: {{ include (print "pick." $pick) $ }}
  {{- $pick = "two" }}
  {{- end }}
-- templates/_p.tpl --
{{ define "pick.one" }}x{{ end }}{{ define "pick.two" }}{{ .Values.base.count }}{{ end }}
-- charts/child/Chart.yaml --
{apiVersion: v2, name: child, version: 1.0.0}
-- charts/child/values.yaml --
out: {x: 0}
-- charts/child/templates/b.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.name }}}
data:
  region: {{ .Values.global.region }}
  sum: {{ include (print .Template.BasePath "/c.yaml") . | sha256sum }}
-- charts/child/templates/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c-{{ .Values.name }}}
data: {x: {{ .Values.out.x | quote }}}
`

// TestUnreadIsRight: what is unread makes no difference. Every default of charts that are written to cover what charts can do
// is set as rawValues, with one key more in each map; then all that is unread is changed at once.
func TestUnreadIsRight(t *testing.T) {
	total, charts := 0, 0
	for _, pattern := range []string{"../../charts/hello", "../../examples/acme/charts/*", "../../test/e2e/helm/testdata/charts/*"} {
		found, _ := filepath.Glob(pattern + "/Chart.yaml")
		for _, name := range found {
			dir := filepath.Dir(name)
			more, err := os.ReadFile(dir + ".values/plain.yaml")
			if err != nil && strings.Contains(pattern, "testdata") {
				t.Fatal(err)
			}
			charts++
			t.Run(filepath.Base(dir), func(t *testing.T) { total += changeUnread(t, os.DirFS(dir), more) })
		}
	}
	t.Run("parent", func(t *testing.T) {
		chart := fstest.MapFS{}
		for _, f := range txtar.Parse([]byte(unreadParent)).Files {
			chart[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		if n := changeUnread(t, chart, nil); n != 9 {
			t.Errorf("%d values that nobody reads, want 9: a zzz in six maps, typo, and two of a subchart", n)
		}
	})
	if charts < 6 || total < 6 {
		t.Errorf("%d charts with %d values that nobody reads: too few to tell anything", charts, total)
	}
}

// changeUnread renders a chart with all that Unread names changed, and returns how much that was.
func changeUnread(t *testing.T, chart fs.FS, more []byte) int {
	t.Helper()
	stack := fstest.MapFS{"platform/runlevels/10-a.yaml": {Data: []byte("releases: [{name: a, namespace: default, chart: c}]\n")}}
	if err := fs.WalkDir(chart, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(chart, name)
		if !strings.HasSuffix(name, "values.schema.json") { // which has something against keys that it does not know
			stack["charts/c/"+name] = &fstest.MapFile{Data: data}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defaults, _ := fs.ReadFile(chart, "values.yaml")
	file := &source.File{Name: "values.yaml"}
	var layers []values.Layer
	for _, text := range [][]byte{defaults, more} {
		root, _ := source.ParseFile(file, text) // what YAML 1.1 says otherwise does not matter here
		layers = append(layers, values.Layer{File: file, Root: root})
	}
	keep := &values.Rules{KeepNull: true}
	keep.Rest = keep
	all, _ := values.MergeOnly(layers, keep)
	run := func(raw *source.Node) ([]string, diag.Findings) {
		root := wrap(file, wrap(file, wrap(file, raw, "rawValues"), "a"), "apps")
		tree, _ := values.Merge([]values.Layer{{File: file, Root: root}}, keep)
		in := Input{Core: core.Stack{{Name: "x", FS: stack}}, Tree: tree, Unchecked: true}
		releases, _ := Releases(t.Context(), in)
		objects, findings := Objects(t.Context(), in, releases)
		if findings.Failed() {
			t.Fatal(findings)
		}
		var texts []string
		for _, o := range objects {
			text, _ := o.MarshalJSON()
			texts = append(texts, string(text))
		}
		return texts, Unread(t.Context(), in, releases, tree.Layers)
	}
	raw := withMore(file, all.Root)
	before, findings := run(raw)
	unread := map[string]bool{}
	for _, f := range findings {
		unread[f.Path] = true
	}
	after, _ := run(changed(raw, unread, []string{"apps", "a", "rawValues"}))
	for i := range before {
		if i < len(after) && before[i] != after[i] {
			t.Errorf("with what is unread changed, an object is\n%s\ninstead of\n%s", after[i], before[i])
		}
	}
	if !reflect.DeepEqual(len(before), len(after)) {
		t.Errorf("%d objects, %d with what is unread changed", len(before), len(after))
	}
	return len(unread)
}

func wrap(file *source.File, n *source.Node, key string) *source.Node {
	return &source.Node{Kind: source.Map, File: file, Line: 1, Keys: []source.Key{{Name: key, File: file, Line: 1}}, Items: []*source.Node{n}}
}

// withMore is a value with one key more in every map that is not empty.
func withMore(file *source.File, n *source.Node) *source.Node {
	c := *n
	c.Keys, c.Items = slices.Clone(n.Keys), nil
	for _, item := range n.Items {
		c.Items = append(c.Items, withMore(file, item))
	}
	if n.Kind == source.Map && len(n.Keys) > 0 {
		c.Keys = append(c.Keys, source.Key{Name: "zzz", File: file, Line: 1})
		c.Items = append(c.Items, &source.Node{Kind: source.Int, Text: "7", File: file, Line: 1})
	}
	return &c
}

// changed is a value with other leaves at and below some paths.
func changed(n *source.Node, at map[string]bool, path []string) *source.Node {
	c := *n
	c.Items = nil
	for i, item := range n.Items {
		below := slices.Concat(path, []string{""})
		if n.Kind == source.Map {
			below[len(path)] = n.Keys[i].Name
		}
		if at[source.Path(below)] {
			item = otherwise(item)
		}
		c.Items = append(c.Items, changed(item, at, below))
	}
	return &c
}

func otherwise(n *source.Node) *source.Node {
	c := *n
	c.Items = nil
	for _, item := range n.Items {
		c.Items = append(c.Items, otherwise(item))
	}
	switch n.Kind {
	case source.Bool:
		c.Text = map[string]string{"true": "false", "false": "true"}[n.Text]
	case source.Int, source.Float:
		c.Text = "4711"
	case source.String, source.Null:
		c.Kind, c.Text = source.String, "changed"
	}
	return &c
}
