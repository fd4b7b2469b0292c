package rendercharts_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"
)

// packed is an archive of files, names and texts, in a folder.
func packed(folder string, texts ...string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(texts); i += 2 {
		_ = w.WriteHeader(&tar.Header{Name: folder + texts[i], Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(texts[i+1]))}) // to memory
		_, _ = w.Write([]byte(texts[i+1]))
	}
	_ = w.Close()
	_ = z.Close()
	return b.Bytes()
}

func encoded(folder string, texts ...string) string {
	return base64.StdEncoding.EncodeToString(packed(folder, texts...))
}

func TestFindings(t *testing.T) {
	config := "RenderCharts.otomi.io/test: error: "
	web := func(more string) string {
		return "{values: {name: merged}, releases: [{name: web, namespace: x, " + more + "}]}"
	}
	tgz := func(folder string, texts ...string) string {
		return "- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-chart}, binaryData: {chart.tgz: " + encoded(folder, texts...) + "}}\n"
	}
	stream := web("chart: {configMap: web-chart}")
	for name, c := range map[string]struct{ spec, items, want string }{
		"no releases":     {"{values: {name: merged}}", "", config + "spec.releases: the value is missing [required]\n"},
		"typo":            {web("chart: hello, value: {}"), "", config + "spec.releases[0].value: unknown field \"value\" [unknown-field]\n    did you mean \"values\"?\n"},
		"folder":          {web("manifests: web"), "", config + "spec.releases[0].manifests: unknown field \"manifests\" [unknown-field]\n"},
		"no chart":        {web("values: {}"), "", config + "spec.releases[0].chart: the value is missing [required]\n"},
		"empty ref":       {web("chart: {}"), "", config + "spec.releases[0].chart: want NAME[@VERSION], a path, or {configMap: NAME} [chart-source]\n"},
		"unknown chart":   {web("chart: helo"), "", config + "spec.releases[0].chart: no core has the chart \"helo\" [missing-chart]\n    did you mean \"hello\"?\n"},
		"unlike any":      {web("chart: postgresql"), "", config + "spec.releases[0].chart: no core has the chart \"postgresql\" [missing-chart]\n    give a chart as {configMap: NAME}, or a folder or archive as ./PATH\n"},
		"other version":   {web("chart: hello@9.9.9"), "", config + "spec.releases[0].chart: embedded:charts/hello is version 0.1.0 of the chart, not 9.9.9 [missing-chart]\n"},
		"no folder":       {web("chart: ./charts/wbe"), "", config + "spec.releases[0].chart: there is no chart at ./charts/wbe [missing-chart]\n"},
		"no ConfigMap":    {web("chart: {configMap: wep-chart}"), "- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-chart}}\n", config + "spec.releases[0].chart: the stream has no ConfigMap \"wep-chart\" [missing-item]\n    did you mean \"web-chart\"?\n"},
		"no Chart.yaml":   {stream, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-chart}, data: {values.yaml: 'a: 1'}}\n", config + "spec.releases[0].chart: the ConfigMap web-chart holds no chart: "},
		"path traversal":  {stream, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-chart}, data: {..__..__etc__x: a}}\n", `ConfigMap/web-chart: error: data["..__..__etc__x"]: the key stands for "../../etc/x", which is no path [config-map]`},
		"in an archive":   {stream, tgz("web/../../", "Chart.yaml", "name: web"), `web-chart/chart.tgz: error: load chart: "web/../../Chart.yaml" leads out of the chart [chart]`},
		"corrupt archive": {stream, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-chart}, binaryData: {chart.tgz: bm90IGEgY2hhcnQ=}}\n", `web-chart/chart.tgz: error: load chart: it is no gzip archive: it begins with "not a chart" [chart]`},
		"dependency":      {stream, tgz("web/", "Chart.yaml", "{apiVersion: v2, name: web, version: 1.0.0, dependencies: [{name: db, version: 1.x, repository: 'https://example.com'}]}"), config + "spec.releases[0].chart: chart web depends on db, which is not in its charts folder [missing-dependency]\n"},
		"no values path":  {web("chart: hello, valuesPath: apps.helo"), "", config + "spec.releases[0].valuesPath: the Values have nothing at apps.helo [values-path]\n    did you mean \"hello\"?\n"},
		"no map":          {web("chart: hello, valuesPath: apps.hello.replicas"), "", config + "spec.releases[0].valuesPath: the Values have an integer at apps.hello.replicas, and a chart's values are a map [values-path]\n"},
		"bad values path": {web("chart: hello, valuesPath: 'apps['"), "", config + "spec.releases[0].valuesPath: read path \"apps[\": "},
		"no Values":       {"{releases: [{name: web, namespace: x, chart: hello, valuesPath: apps}]}", "", config + "spec.releases[0].valuesPath: valuesPath is one of a Values item, and spec.values names none [values-path]\n"},
		"types":           {web("chart: hello, valuesPath: apps.hello, values: {replicas: {min: 1}}"), "", config + "replicas: "},
		"twice":           {"{releases: [{name: web, namespace: x, chart: hello}, {name: web, namespace: z, chart: hello}]}", "", config + "spec.releases[1].name: there are two releases called \"web\" [duplicate-release]\n"},
		"need":            {web("chart: hello, needs: [db]"), "", config + "spec.releases[0].needs: release \"web\" needs \"db\", which is no release [unknown-need]\n"},
		"bad namespace":   {"{releases: [{name: web, namespace: Bad_NS, chart: hello}]}", "", config + "spec.releases[0].namespace: \"Bad_NS\" cannot be the name of a namespace [release-namespace]\n"},
		"patch file":      {web("chart: hello, patches: [{path: p.yaml}]"), "", config + "spec.releases[0].patches: a patch is written here: a function reads no files [patch]\n    write it as patch: |\n"},
		"useless patch":   {web("chart: hello, patches: [{target: {kind: Pod}, patch: '[]'}]"), "", config},
		"kube version":    {"{kubeVersion: '1', releases: [{name: web, namespace: x, chart: hello, kubeVersion: '1.x'}]}", "", config + "spec.releases[0].kubeVersion: \"1.x\" is no version of Kubernetes: write it as 1.33 or 1.33.2 [kube-version]\n"},
		"mounted": {
			web("chart: ./charts/web, values: {broken: true}"), "",
			"charts/web/templates/broken.yaml:1:27: error: .Values.a",
		},
		"packed": {
			stream, tgz("web/", "Chart.yaml", "{apiVersion: v2, name: web, version: 1.0.0}", "templates/a.yaml", "{{ .Values.a.b }}"),
			"web-chart/chart.tgz/templates/a.yaml:1:4: error: .Values.a is not set, so it has no b [template]\n    1 | {{ .Values.a.b }}\n      |    ^\n",
		},
		"in the stream": {
			stream, chart("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n   labels: {}"),
			"web-chart/templates/a.yaml:5:10: error: a map cannot begin here [yaml-syntax]\n    5 |    labels: {}\n      |          ^\n",
		},
	} {
		code, out, stderr := render(t, "spec: {apps: {hello: {replicas: 2}}}", c.spec, c.items)
		if code != 1 || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %s\nwant 1, %s", name, code, stderr, c.want)
		}
		if strings.Contains(out, "otomi.io/rendered-by") {
			t.Errorf("%s: the function failed and wrote items", name)
		}
	}
}

// TestSecret: a chart that fails over a secret of the values does not tell it.
func TestSecret(t *testing.T) {
	spec := "{values: {name: merged}, releases: [{name: web, namespace: x, chart: {configMap: web-chart}, valuesPath: db}]}"
	for _, more := range []string{`sources: {}, secrets: [/db/password]`, `sources: {/db/password: "env/secrets.db.yaml:2:3"}`} {
		code, out, stderr := render(t, "spec: {db: {password: hunter22}}, status: {"+more+"}", spec, chart("a.yaml", "{{ fail (printf `weak: %s` .Values.password) }}"))
		_, results, _ := strings.Cut(out, "\nresults:\n")
		if code != 1 || !strings.Contains(stderr, "weak: <redacted>") || strings.Contains(stderr+results, "hunter22") {
			t.Errorf("%s: exit code %d, %s\n%s", more, code, stderr, results)
		}
	}
	// Neither does the line of the item that a finding points at.
	values := `metadata: {name: odd, annotations: {config.kubernetes.io/local-config: "true", config.kubernetes.io/path: odd.yaml}}, spec: {web: {replicas: hunter22}}, status: {secrets: [/web/replicas]}`
	item := "- {apiVersion: otomi.io/v1alpha1, kind: Values, " + values + "}\n"
	code, _, stderr := render(t, "spec: {}", "{values: {name: odd}, releases: [{name: web, namespace: x, chart: hello, valuesPath: web}]}", item)
	if code != 1 || !strings.Contains(stderr, "got string, want integer") || strings.Contains(stderr, "hunter22") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
