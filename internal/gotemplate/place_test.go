package gotemplate

import "testing"

// TestTplPlace: what a text given to tpl asks for is found at the call, also where the text comes from elsewhere and has loops.
func TestTplPlace(t *testing.T) {
	for template, want := range map[string]string{
		"a\nb: {{ tpl \"{{ now }}\" . }}": "charts/c/templates/a.yaml:2:7",
		"{{ range 2 }}{{ end }}\n{{ if tpl \"{{ range 2 }}{{ end }}{{ now }}\" . }}{{ end }}": "charts/c/templates/a.yaml:2:7",
		"{{ define \"x\" }}\n\n {{- $y := tpl .t . }}{{ end }}\n{{ include \"x\" . }}":        "charts/c/templates/a.yaml:3:12",
	} {
		f := chartFile(template)
		_, findings := chartRun(t, Env{}, f).Execute(f.Name, map[string]any{"t": "{{ now }}"})
		if len(findings) != 1 || findings[0].Rule != "random-value" || findings[0].At.String() != want {
			t.Errorf("Execute(%s) found %+v, want one at %s", template, findings, want)
		}
	}
}
