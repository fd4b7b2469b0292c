package checkpolicies_test

import (
	"strings"
	"testing"
)

// listed is a ConfigMap with a baseline of one object.
const listed = `- apiVersion: v1
  kind: ConfigMap
  metadata: {name: files, annotations: {config.kubernetes.io/local-config: "true"}}
  data:
    env__baseline.yaml: |
      apiVersion: otomi.io/v1alpha1
      kind: Baseline
      spec:
        manifests:
          - {rule: unknown-field, object: ConfigMap/x/bad, path: metadata.x, message: "sha256:abcdef012345"}
        policies:
          - {rule: no-name, object: ConfigMap/x/bad, path: metadata.name, message: "sha256:2c87017e1a35", clusters: [CLUSTER]}
          - {rule: of-a-policy-that-was-not-asked, object: ConfigMap/x/bad, message: "sha256:abcdef012345", clusters: [CLUSTER]}
    broken.yaml: "kind: Deployment"
`

func TestBaseline(t *testing.T) {
	const known = "info: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n    env/baseline.yaml:7:7: known: the baseline lists it\n"
	with := func(baseline string) string { return "{policies: [{configMap: mine}], baseline: " + baseline + "}" }
	dev := with("{configMap: files, key: env/baseline.yaml, cluster: dev}")
	for name, c := range map[string]struct {
		items, spec string
		code        int
		want        string
	}{
		"known":           {configMap("bad", ""), dev, 0, known},
		"key as it is":    {configMap("bad", ""), with("{configMap: files, key: env__baseline.yaml, cluster: dev}"), 0, known},
		"another cluster": {configMap("bad", ""), with("{configMap: files, key: env/baseline.yaml, cluster: prod}"), 1, "error: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"no cluster":      {configMap("bad", ""), with("{configMap: files, key: env/baseline.yaml}"), 1, "error: ConfigMap/x/bad: metadata.name: nothing is called bad [no-name]\n"},
		"a new one":       {configMap("bad", "") + strings.Replace(configMap("bad", ""), "namespace: x", "namespace: z", 1), dev, 1, known + "error: ConfigMap/z/bad: metadata.name: nothing is called bad [no-name]\n"},
		"fixed":           {configMap("good", ""), dev, 1, "env/baseline.yaml:7:7: error: ConfigMap/x/bad: metadata.name: no-name is no longer found but still listed [baseline-fixed]\n"},
		"no key":          {"", with("{configMap: files, key: a.yaml}"), 1, "CheckPolicies.otomi.io/test: error: the ConfigMap files has no key a.yaml [missing-item]\n"},
		"no ConfigMap":    {"", with("{configMap: file, key: a.yaml}"), 1, "CheckPolicies.otomi.io/test: error: the stream has no ConfigMap \"file\" [missing-item]\n"},
		"no baseline":     {"", with("{configMap: files, key: broken.yaml}"), 1, "broken.yaml:1:1: error: this is no baseline"},
		"half a name":     {"", with("{configMap: files}"), 1, "CheckPolicies.otomi.io/test: error: spec.baseline: want configMap and key [required]\n"},
		"values alone": {
			configMap("good", "") + "- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: merged, annotations: {config.kubernetes.io/local-config: 'true'}}, spec: {policyBaseline: env/baseline.yaml}}\n",
			"{policies: [{configMap: mine}], values: {name: merged}}", 0, "Values.otomi.io/merged: warning: policyBaseline: the values name a baseline, and a function reads no files [baseline-unread]\n",
		},
	} {
		code, _, stderr := check(t, c.items+policies+strings.ReplaceAll(listed, "CLUSTER", "dev"), c.spec)
		if code != c.code || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %s\nwant %d, %s", name, code, stderr, c.code, c.want)
		}
	}
}
