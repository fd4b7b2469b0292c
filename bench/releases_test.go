package bench

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// release is one that the workload render has, with what its users set.
type release struct {
	name, chart string
	values      map[string]any
	crds        bool // comes with the chart's CRDs: one release of a chart does
}

// releases makes n of them. Of every 21 one is of the large chart, the others are of small ones.
func releases(n int) []release {
	small := []string{"web", "worker", "team", "database", "cron"}
	out := make([]release, n)
	for i := range out {
		r := release{chart: small[i%len(small)], values: map[string]any{"labels": map[string]any{"tier": fmt.Sprint("tier-", i%3)}}}
		if i%21 == 0 {
			r = release{chart: "observe", crds: i == 0, values: map[string]any{"global": map[string]any{"domain": fmt.Sprintf("c%d.example.com", i)}}}
		}
		r.name = fmt.Sprintf("%s-%03d", r.chart, i)
		set(r, i)
		out[i] = r
	}
	return out
}

// set adds values of the kinds that users set: texts with templates, lists of maps, numbers, maps.
func set(r release, i int) {
	for key, v := range map[string]map[string]any{
		"observe": {
			"server":    map[string]any{"replicas": 3, "preset": "large", "podAnnotations": map[string]any{"owner": "{{ .Release.Name }}"}},
			"collector": map[string]any{"tolerations": []any{map[string]any{"operator": "Exists"}}},
			"ingress":   map[string]any{"host": "observe.{{ .Values.global.domain }}"},
		},
		"web": {
			"host": "{{ .Release.Name }}.example.com", "port": 8000 + i,
			"env": map[string]any{"SELF": "{{ .Release.Namespace }}/{{ .Release.Name }}", "LEVEL": "info"},
		},
		"worker":   {"replicas": 1 + i%4, "settings": map[string]any{"batch": 100, "retry": true, "limits": []any{1, 2.5, "3"}}},
		"team":     {"members": []any{map[string]any{"name": "ann"}, map[string]any{"name": "bob", "role": "view"}}, "allowFrom": []any{"ingress", "observe"}},
		"database": {"parameters": map[string]any{"max_connections": 200, "shared_buffers": "1GB"}, "metrics": map[string]any{"enabled": i%2 == 0}},
		"cron":     {"schedule": fmt.Sprintf("%d 3 * * *", i%60), "command": []any{"run", "--all"}},
	}[r.chart] {
		r.values[key] = v
	}
}

// components are those of the large chart: each has five templates.
func components() []string {
	return strings.Fields(`server alertmanager agent collector distributor ingester querier frontend ruler compactor gateway
		exporter scheduler indexer store cache overrides tracer profiler adapter console operator janitor`)
}

// installation writes what the programs read into one folder: charts, a values repo and a core, values files, a helmfile.
func installation(tb testing.TB, all []release) string {
	tb.Helper()
	dir := tb.TempDir()
	copyCharts(tb, dir)
	var runlevel, helmfile strings.Builder
	runlevel.WriteString("releases:\n")
	fmt.Fprintf(&helmfile, "kubeVersion: %q\nreleases:\n", kubeVersion)
	for _, r := range all {
		crds := map[bool]string{true: "include", false: "skip"}[r.crds]
		fmt.Fprintf(&runlevel, "  - {name: %s, namespace: %[1]s, chart: %s, createNamespace: false, crds: %s}\n", r.name, r.chart, crds)
		fmt.Fprintf(&helmfile, "  - {name: %s, namespace: %[1]s, chart: ./charts/%s, values: [values/%[1]s.yaml]}\n", r.name, r.chart)
		put(tb, dir, "values/"+r.name+".yaml", encoded(tb, r.values))
		apps := map[string]any{"apps": map[string]any{r.name: map[string]any{"rawValues": r.values}}}
		put(tb, dir, "env/apps/"+r.name+".yaml", encoded(tb, apps))
	}
	put(tb, dir, "platform/runlevels/50-all.yaml", runlevel.String())
	put(tb, dir, "helmfile.yaml", helmfile.String())
	put(tb, dir, "otomi.yaml", fmt.Sprintf(`apiVersion: otomi.io/v1alpha1
kind: ValuesRepo
metadata: {name: bench}
spec:
  core: [{source: .}]
  clusters: [{name: bench, kubeVersion: %q}]
`, kubeVersion))
	return dir
}

// kubeVersion is what all programs render for.
const kubeVersion = "1.33.0"

// copyCharts copies the small charts and makes the large one: its templates once per component, and CRDs.
func copyCharts(tb testing.TB, dir string) {
	tb.Helper()
	for _, c := range []struct{ to, from string }{{"charts", "testdata/charts"}, {"charts/observe/templates", "testdata/observe/templates"}} {
		if err := os.CopyFS(filepath.Join(dir, c.to), os.DirFS(c.from)); err != nil {
			tb.Fatal(err)
		}
	}
	large := os.DirFS("testdata/observe")
	put(tb, dir, "charts/observe/Chart.yaml", text(tb, large, "Chart.yaml"))
	values := text(tb, large, "values.yaml")
	templates, err := fs.Glob(large, "COMPONENT/*.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	for _, component := range components() {
		for _, name := range templates {
			content := strings.ReplaceAll(text(tb, large, name), "COMPONENT", component)
			if path.Base(name) == "values.yaml" {
				values += content
				continue
			}
			put(tb, dir, "charts/observe/templates/"+component+"/"+path.Base(name), content)
		}
	}
	put(tb, dir, "charts/observe/values.yaml", values)
	for _, kind := range []string{"Monitor", "Probe", "Rule", "Receiver", "Dashboard", "Pipeline", "Tenant"} {
		put(tb, dir, "charts/observe/crds/"+strings.ToLower(kind)+".yaml", encoded(tb, crd(kind)))
	}
}

// crd is a CustomResourceDefinition of usual size: about 30 KB.
func crd(kind string) map[string]any {
	properties := func(n int, each func(i int) any) map[string]any {
		m := map[string]any{}
		for i := range n {
			m[fmt.Sprintf("field%02d", i)] = each(i)
		}
		return map[string]any{"type": "object", "description": "A part of the " + kind + ", which says how it behaves.", "properties": m}
	}
	spec := properties(14, func(int) any {
		return properties(16, func(i int) any {
			return map[string]any{"type": "string", "description": fmt.Sprintf("Field %d of the %s. It has an effect on what is collected.", i, kind)}
		})
	})
	plural := strings.ToLower(kind) + "s"
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": plural + ".observe.example.com"},
		"spec": map[string]any{
			"group": "observe.example.com", "scope": "Namespaced", "names": map[string]any{"kind": kind, "plural": plural},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": map[string]any{"spec": spec}}},
			}},
		},
	}
}

func text(tb testing.TB, fsys fs.FS, name string) string {
	tb.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func encoded(tb testing.TB, v any) string {
	tb.Helper()
	data, err := yaml.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func put(tb testing.TB, dir, name, content string) {
	tb.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}
