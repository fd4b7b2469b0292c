package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
)

// workload is a Deployment that no policy objects to and that has every field that one of them looks at.
func workload() map[string]any {
	context := func(more map[string]any) map[string]any {
		shared := map[string]any{
			"windowsOptions": map[string]any{"hostProcess": false}, "runAsNonRoot": true, "runAsUser": int64(1000), "runAsGroup": int64(1000),
			"seccompProfile":  map[string]any{"type": "Localhost", "localhostProfile": "x"},
			"appArmorProfile": map[string]any{"type": "Localhost", "localhostProfile": "x"},
			"seLinuxOptions":  map[string]any{"type": "container_t", "user": "", "role": ""},
		}
		maps.Copy(shared, more)
		return shared
	}
	request := map[string]any{"httpGet": map[string]any{"host": ""}, "tcpSocket": map[string]any{"host": ""}}
	container := map[string]any{
		"name": "a", "image": "docker.io/library/nginx:1.29.4",
		"resources": map[string]any{"limits": map[string]any{"cpu": "1", "memory": "1Gi"}},
		"ports":     []any{map[string]any{"containerPort": int64(80), "hostPort": int64(0)}},
		"securityContext": context(map[string]any{
			"privileged": false, "allowPrivilegeEscalation": false, "procMount": "Default",
			"capabilities": map[string]any{"add": []any{"NET_BIND_SERVICE"}, "drop": []any{"ALL"}},
		}),
		"livenessProbe": request, "readinessProbe": request, "lifecycle": map[string]any{"preStop": request},
	}
	spec := map[string]any{
		"hostNetwork": false, "hostPID": false, "hostIPC": false, "hostAliases": []any{}, "automountServiceAccountToken": false,
		"securityContext": context(map[string]any{
			"fsGroup": int64(1000), "supplementalGroups": []any{int64(1000)},
			"sysctls": []any{map[string]any{"name": "kernel.shm_rmid_forced"}},
		}),
		"resources":      map[string]any{"limits": map[string]any{"cpu": "1"}},
		"volumes":        []any{map[string]any{"emptyDir": map[string]any{}}},
		"initContainers": []any{}, "ephemeralContainers": []any{}, "containers": []any{container},
	}
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web", "namespace": "team"},
		"spec": map[string]any{"template": map[string]any{"spec": spec}},
	}
}

// each calls f with every value below a value, its path and a way to replace it.
func each(value any, path string, f func(path string, value any, replace func(any))) {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			at := path + "." + key
			f(at, v[key], func(by any) { v[key] = by })
			each(v[key], at, f)
		}
	case []any:
		for i := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			f(at, v[i], func(by any) { v[i] = by })
			each(v[i], at, f)
		}
	}
}

// TestCoreWrongTypes puts a value of every wrong type in every field that the default core's policies look at: none of them
// may fail over it, and one of them has to say which field it is.
func TestCoreWrongTypes(t *testing.T) {
	set, findings := policy.Load(otomi.Core, nil)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	ids := map[string]any{"ranges": []any{map[string]any{"min": int64(1000), "max": int64(1000)}}}
	settings := policy.Settings{Preset: policy.Restricted, Policies: map[string]policy.Setting{
		"allowed-repos": {Parameters: map[string]any{"repos": []any{"docker.io"}}},
		"allowed-users": {Named: true, Parameters: map[string]any{"runAsUser": ids, "runAsGroup": ids, "fsGroup": ids, "supplementalGroups": ids}},
		"host-aliases":  {Named: true},
	}}
	check := func(o map[string]any) diag.Findings {
		return set.Check(t.Context(), []object.Object{{Unstructured: &unstructured.Unstructured{Object: o}}}, settings, time.Time{}).Findings
	}
	if found := check(workload()); len(found) > 0 {
		t.Fatalf("Check of a good Deployment = %v", found)
	}
	const prefix = ".spec.template.spec"
	tried := 0
	each(workload()["spec"], ".spec", func(path string, value any, _ func(any)) {
		free := slices.Contains([]string{".containers[0].name", ".containers[0].ports[0].containerPort", ".volumes[0].emptyDir"},
			strings.TrimPrefix(path, prefix)) // no policy reads their values
		for _, wrong := range []any{nil, true, int64(5), "x y", []any{int64(5)}, map[string]any{"x y": int64(5)}} {
			o := workload()
			each(o["spec"], ".spec", func(at string, _ any, replace func(any)) {
				if at == path {
					replace(wrong)
				}
			})
			found := check(o)
			named := false
			for _, f := range found {
				if f.Rule == "policy-error" {
					t.Errorf("%s: %v: %v", path, wrong, f)
				}
				named = named || "."+f.Path == path
			}
			quantity := strings.Contains(path, ".limits.") && wrong == int64(5) // may be a number, too
			if same := fmt.Sprintf("%T", wrong) == fmt.Sprintf("%T", value) || quantity; !named && !same && wrong != nil && !free {
				t.Errorf("%s: %v: Check = %v, want a finding that names the field", path, wrong, found)
			}
			tried++
		}
	})
	if tried < 100 {
		t.Errorf("%d values were tried; the Deployment has lost its fields", tried)
	}
}
