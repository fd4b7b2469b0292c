package gotemplate

import (
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// TestNoAddresses: what fmt prints as an address is printed as what is there.
func TestNoAddresses(t *testing.T) {
	metadata := struct {
		chart.Metadata
		IsRoot bool
	}{chart.Metadata{
		Name: "web", Version: "1.0.0", APIVersion: "v2",
		Maintainers: []*chart.Maintainer{{Name: "ann"}, nil}, Dependencies: []*chart.Dependency{{Name: "db"}},
	}, true}
	const whole = "{{web  [] 1.0.0  [] [&{ann  } <nil>]  v2    false map[]  [&{db    [] false [] }] } true}"
	capabilities := &chartutil.Capabilities{KubeVersion: chartutil.KubeVersion{Version: "v1.33.0"}, APIVersions: []string{"v1"}}
	data := map[string]any{"Chart": metadata, "Capabilities": capabilities, "Values": map[string]any{"n": 2e6}}
	for call, want := range map[string]string{
		`{{ .Chart }}`:                             whole,
		`{{ .Chart | toString }}`:                  whole,
		`{{ print .Chart }} {{ quote .Chart }}`:    whole + ` "` + whole + `"`,
		`{{ printf "%v %s" .Chart .Values.n }}`:    whole + " %!s(float64=2e+06)",
		`{{ .Chart.Maintainers }}`:                 "[&{ann  } <nil>]",
		`{{ list .Chart.Dependencies .Values.n }}`: "[[&{db    [] false [] }] 2000000]",
		`{{ .Capabilities }}`:                      "{{v1.33.0  } [v1] {   }}",
		`{{ dict "c" .Capabilities }}`:             "map[c:&{{v1.33.0  } [v1] {   }}]",
		`{{ join "," (list .Capabilities 1) }}`:    "&{{v1.33.0  } [v1] {   }},1",
		`{{ printf "%%p %5d" 3 }}`:                 "%p     3",
	} {
		f := chartFile(call)
		got, findings := chartRun(t, Env{}, f).Execute(f.Name, data)
		if string(got.Text) != want || findings.Failed() {
			t.Errorf("%s = %q %v, want %q", call, got.Text, findings, want)
		}
	}
	f := chartFile(`{{ printf "%[1]p" .Values }}`)
	_, findings := chartRun(t, Env{}, f).Execute(f.Name, data)
	if want := "charts/c/templates/a.yaml:1:4: printf: %p prints an address, which is another in every run"; findings.Error() != want {
		t.Errorf("Execute found %v, want %s", findings, want)
	}
}
