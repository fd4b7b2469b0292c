package helm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/test/module"
)

// modules are Go modules whose zip holds charts that people install, and those charts' folders.
func modules() map[string][]string {
	return map[string][]string{
		"github.com/open-policy-agent/gatekeeper/v3@v3.23.1":                   {"charts/gatekeeper", "cmd/build/helmify/static"},
		"sigs.k8s.io/kwok@v0.8.0":                                              {"charts/kwok", "charts/stage-fast", "charts/metrics-usage"},
		"github.com/fluxcd/flagger@v1.36.1":                                    {"charts/flagger", "charts/loadtester", "charts/grafana", "charts/podinfo"},
		"github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e": {"charts/podinfo"},
		"sigs.k8s.io/metrics-server@v0.9.0":                                    {"charts/metrics-server"},
		"sigs.k8s.io/external-dns@v0.18.0":                                     {"charts/external-dns"},
		"sigs.k8s.io/descheduler@v0.36.0":                                      {"charts/descheduler"},
		"k8s.io/ingress-nginx@v0.0.0-20240708192948-52c50467d67d":              {"charts/ingress-nginx"},
		"github.com/cert-manager/cert-manager@v1.21.2":                         {"deploy/charts/cert-manager"},
		"github.com/kyverno/kyverno@v1.19.1":                                   {"charts/kyverno", "charts/kyverno-policies"},
		"github.com/external-secrets/external-secrets@v1.3.2":                  {"deploy/charts/external-secrets"},
		"github.com/envoyproxy/gateway@v1.9.1":                                 {"charts/gateway-crds-helm", "charts/gateway-addons-helm"},
		"github.com/grafana/loki/v3@v3.7.8":                                    {"production/helm/loki"},
		"istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad": {
			"manifests/charts/base", "manifests/charts/default", "manifests/charts/gateway", "manifests/charts/gateways/istio-egress",
			"manifests/charts/gateways/istio-ingress", "manifests/charts/istio-cni", "manifests/charts/istio-control/istio-discovery",
			"manifests/charts/ztunnel",
		},
	}
}

// TestModules compares charts of others: with their defaults, with every switch among the values on and off, and with
// the values that their authors test them with. OTOMI_PARITY=all turns every switch by itself too, which takes long.
func TestModules(t *testing.T) {
	need(t)
	for path, charts := range modules() {
		for _, chart := range charts {
			t.Run(filepath.Base(chart), func(t *testing.T) {
				dir := inside(t, filepath.Join(module.Dir(t, path), chart))
				did := map[bool]int{}
				for name, values := range variations(t, dir) {
					t.Run(name, func(t *testing.T) { did[compare(t, input{chart: dir, values: values}).rendered]++ })
				}
				if did[true] == 0 {
					t.Errorf("helm renders the chart with none of %d values: nothing was compared", did[false])
				}
			})
		}
	}
}

// inside is a copy of a chart that depends only on what is in its own folder: helm renders no other.
func inside(t *testing.T, dir string) string {
	t.Helper()
	copied := copyOf(t, dir)
	file := filepath.Join(copied, "Chart.yaml")
	chart := unmarshal(t, file)
	dependencies, _ := chart["dependencies"].([]any)
	kept := slices.DeleteFunc(slices.Clone(dependencies), func(d any) bool {
		name, _ := d.(map[string]any)["name"].(string)
		found, _ := filepath.Glob(filepath.Join(copied, "charts", name+"*"))
		return len(found) == 0
	})
	if len(kept) == len(dependencies) {
		return copied
	}
	chart["dependencies"] = kept
	data, err := yaml.Marshal(chart)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

func unmarshal(t *testing.T, file string) map[string]any {
	t.Helper()
	m := map[string]any{}
	data, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(data, &m)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return m
}

// variations are values to render a chart with, by name.
func variations(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{"defaults": "{}"}
	for _, pattern := range []string{"ci/*.yaml", "*-values.yaml"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			all[filepath.Base(file)] = written(t, unmarshal(t, file)) // how values may be written is tested elsewhere
		}
	}
	defaults := unmarshal(t, filepath.Join(dir, "values.yaml"))
	switches := booleans(defaults, nil)
	for name, want := range map[string]func(bool) bool{
		"all on":  func(bool) bool { return true },
		"all off": func(bool) bool { return false },
	} {
		values := map[string]any{}
		for _, s := range switches {
			set(values, s.path, want(s.on))
		}
		all[name] = written(t, values)
	}
	if os.Getenv("OTOMI_PARITY") == "all" {
		for _, s := range switches {
			values := map[string]any{}
			set(values, s.path, !s.on)
			all[fmt.Sprintf("%s=%t", strings.Join(s.path, "."), !s.on)] = written(t, values)
		}
	}
	return all
}

// lever is a boolean among a chart's values.
type lever struct {
	path []string
	on   bool
}

func booleans(values map[string]any, at []string) []lever {
	var found []lever
	for k, v := range values {
		path := append(slices.Clone(at), k)
		switch v := v.(type) {
		case bool:
			found = append(found, lever{path, v})
		case map[string]any:
			found = append(found, booleans(v, path)...)
		}
	}
	return found
}

func set(values map[string]any, path []string, v bool) {
	for _, k := range path[:len(path)-1] {
		next, _ := values[k].(map[string]any)
		if next == nil {
			next = map[string]any{}
			values[k] = next
		}
		values = next
	}
	values[path[len(path)-1]] = v
}

func written(t *testing.T, values map[string]any) string {
	t.Helper()
	data, err := yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
