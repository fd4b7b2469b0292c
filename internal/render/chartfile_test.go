package render

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestUnreadableCharts: what Helm cannot read of a chart is found in its file, at its line.
func TestUnreadableCharts(t *testing.T) {
	const good = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
	for _, tc := range []struct{ name, file, text, want string }{
		{"syntax", "Chart.yaml", "apiVersion: v2\nname: [web\nversion: 1.0.0\n", "charts/web/Chart.yaml:3:8: the list in brackets is not closed"},
		{"type", "Chart.yaml", good + "keywords: x\n", "charts/web/Chart.yaml:4:11: keywords: want a list, have a string"},
		{"type in a list", "Chart.yaml", good + "dependencies:\n  - name: a\n  - name: [b]\n", "charts/web/Chart.yaml:6:11: dependencies.name: want a string, have a list"},
		{"version", "Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.x.0.a\n", `charts/web/Chart.yaml:3:10: the chart's version "1.x.0.a" is invalid`},
		{"alias", "Chart.yaml", good + "dependencies:\n  - {name: a, alias: a}\n  - {name: db, alias: d/b}\n", `charts/web/Chart.yaml:6:23: dependency "db" has disallowed characters in the alias`},
		{"null dependency", "Chart.yaml", good + "dependencies:\n  - {name: a}\n  -\n", "charts/web/Chart.yaml:6:4: dependencies must not contain empty or null nodes"},
		{"null maintainer", "Chart.yaml", good + "maintainers:\n  - null\n", "charts/web/Chart.yaml:5:5: maintainers must not contain empty or null nodes"},
		{"no name", "Chart.yaml", "apiVersion: v2\nversion: 1.0.0\n", "charts/web/Chart.yaml:1:1: the chart's name is required"},
		{"list", "Chart.yaml", "- a\n", "charts/web/Chart.yaml:1:1: Chart.yaml is a map, not a list"},
		{"values", "values.yaml", "a: 1\nb: [\nc: 2\n", "charts/web/values.yaml:2:4: the list in brackets is not closed"},
		{"no map", "values.yaml", "# values\n- 1\n", "charts/web/values.yaml:2:1: values.yaml is a map, not a list"},
		{"subchart", "charts/db/values.yaml", "- 1\n", "charts/web/charts/db/values.yaml:1:1: values.yaml is a map, not a list"},
		{"subchart's name", "charts/db/Chart.yaml", "apiVersion: v2\nname: a/b\nversion: 1.0.0\n", `charts/web/charts/db/Chart.yaml:2:7: the chart's name "a/b" is invalid`},
	} {
		files := map[string]string{"Chart.yaml": good, "charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n", tc.file: tc.text}
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys["charts/web/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		c, err := loadChart(place{fsys, "charts/web", func(s string) string { return s }, nil})
		if err == nil {
			t.Errorf("%s: loadChart succeeds", tc.name)
			continue
		}
		got := c.failed(err)
		if len(got) != 1 || !strings.HasPrefix(got[0].String(), tc.want) {
			t.Errorf("%s: loadChart found\n%v\nwant\n%s", tc.name, got, tc.want)
		}
	}
}
