package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestWithhold: whatever is rendered of values in which placeholders stand for secrets is marked, so that nothing applies it; and
// nothing else is.
func TestWithhold(t *testing.T) {
	const list = `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: otomi.io/v1alpha1
  kind: Values
  metadata: {name: merged, annotations: {config.kubernetes.io/local-config: "true"}}
  spec: {url: "https://user:%s@db", cluster: {kubeVersion: "1.36"}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: core, annotations: {config.kubernetes.io/local-config: "true"}}
  data:
    platform__runlevels__10-a.yaml: "releases: [{name: a, namespace: a, manifests: a}]"
    platform__a__a.yaml.gotmpl: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {url: {{ .Values.url | b64enc }}}}"
functionConfig:
  apiVersion: otomi.io/v1alpha1
  kind: %s
  metadata: {name: test}
  spec: {values: {name: merged}, %s}
`
	for name, config := range map[string][2]string{
		"render-platform":  {"RenderPlatform", "core: [{configMap: core}]"},
		"render-charts":    {"RenderCharts", "releases: [{name: web, namespace: a, chart: hello}]"},
		"render-templates": {"RenderTemplates", "templates: [{configMap: core, keys: [platform/a/*]}]"},
	} {
		for secret, marked := range map[string]bool{values.Placeholder: true, "hunter2": false} {
			code, out, stderr := run(t, functions()[name], fmt.Appendf(nil, list, secret, config[0], config[1]))
			rendered, marks := strings.Count(string(out), "otomi.io/rendered-by: test"), strings.Count(string(out), "otomi.io/secrets: placeholder")
			if want := map[bool]int{true: rendered}[marked]; code != 0 || rendered == 0 || marks != want {
				t.Errorf("%s with the secret %q: exit code %d, %d of %d objects are marked, want %d\n%s", name, secret, code, marks, rendered, want, stderr)
			}
		}
	}
}

// TestWithholdFurther: the mark goes from what is rendered of placeholders to what is rendered of that, in which nobody sees them
// any more.
func TestWithholdFurther(t *testing.T) {
	const list = `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: made, annotations: {config.kubernetes.io/local-config: "true"%s}}
  data:
    Chart.yaml: "{apiVersion: v2, name: web, version: 1.0.0}"
    values.yaml: "{}"
    templates__a.yaml: "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: b3RvbWktc2VjcmV0LXBsYWNlaG9sZGVy}}"
    platform__runlevels__10-a.yaml: "releases: [{name: a, namespace: a, manifests: a}]"
    platform__a__a.yaml.gotmpl: "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: b3RvbWktc2VjcmV0LXBsYWNlaG9sZGVy}}"
- apiVersion: otomi.io/v1alpha1
  kind: Values
  metadata: {name: merged, annotations: {config.kubernetes.io/local-config: "true"}}
  spec: {cluster: {kubeVersion: "1.36"}}
functionConfig:
  apiVersion: otomi.io/v1alpha1
  kind: %s
  metadata: {name: test}
  spec: {%s}
`
	for name, config := range map[string][2]string{
		"render-platform":  {"RenderPlatform", "values: {name: merged}, core: [{configMap: made}]"},
		"render-charts":    {"RenderCharts", "releases: [{name: web, namespace: a, chart: {configMap: made}}]"},
		"render-templates": {"RenderTemplates", "templates: [{configMap: made, keys: [templates/*]}]"},
		"merge-values":     {"MergeValues", "layers: [{configMap: made, keys: [values.yaml]}], output: {name: other}"},
	} {
		for mark, marked := range map[string]bool{", otomi.io/secrets: placeholder": true, "": false} {
			code, out, stderr := run(t, functions()[name], fmt.Appendf(nil, list, mark, config[0], config[1]))
			rendered, marks := strings.Count(string(out), "otomi.io/rendered-by: test"), strings.Count(string(out), "otomi.io/secrets: placeholder")
			if want := map[bool]int{true: rendered + 1}[marked]; code != 0 || rendered == 0 || marks != want { // the ConfigMap has one itself
				t.Errorf("%s of a ConfigMap marked %q: exit code %d, %d marks, want %d\n%s%s", name, mark, code, marks, want, stderr, out)
			}
		}
	}
}
