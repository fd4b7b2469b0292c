package policy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/source"
)

const samples = "../../test/policies"

// alone are settings under which one policy is on, with the parameters that its samples are made for.
func alone(t *testing.T, id string) policy.Settings {
	t.Helper()
	setting := policy.Setting{Named: true}
	name := filepath.Join(samples, id, "parameters.yaml")
	if data, err := os.ReadFile(name); err == nil {
		root, findings := source.Parse(name, data)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		setting.Parameters, _ = root.Value().(map[string]any)
	}
	return policy.Settings{Preset: policy.Privileged, Policies: map[string]policy.Setting{id: setting}}
}

// TestSamples judges every sample by its policy.
func TestSamples(t *testing.T) {
	set, findings := policy.Load(otomi.Core, nil)
	if findings.Failed() {
		t.Fatal(findings)
	}
	for _, id := range set.IDs() {
		for _, verdict := range []string{"allowed", "denied"} {
			files, err := filepath.Glob(filepath.Join(samples, id, verdict, "*.yaml"))
			if err != nil || len(files) == 0 {
				t.Errorf("policy %s has no samples in %s/%s/%s (%v)", id, samples, id, verdict, err)
			}
			for _, file := range files {
				t.Run(fmt.Sprintf("%s/%s/%s", id, verdict, filepath.Base(file)), func(t *testing.T) {
					objects := read(t, file)
					found := set.Check(t.Context(), objects, alone(t, id), time.Time{}).Findings
					var first diag.Findings
					for _, f := range found {
						if f.Object == objects[0].ID().String() {
							first = append(first, f)
						}
						if f.Rule != id {
							t.Errorf("Check = %v", f)
						}
					}
					if verdict == "allowed" && len(found) > 0 || verdict == "denied" && len(first) == 0 {
						t.Errorf("Check = %v, want the first object %s", found, verdict)
					}
					wrongTypes(t, set, id, objects)
				})
			}
		}
	}
}

// wrongTypes puts other types into every field of the first object, beside the others: the policy may say what it likes,
// but it has to say something sensible.
func wrongTypes(t *testing.T, set *policy.Set, id string, objects []object.Object) {
	t.Helper()
	mutants := objects[1:]
	var places []string
	each(objects[0].Object, "", func(path string, _ any, _ func(any)) {
		switch path {
		case ".apiVersion", ".kind", ".metadata", ".metadata.name", ".metadata.namespace": // what an object is
			return
		}
		for _, wrong := range []any{nil, int64(5), "x y", []any{int64(5), map[string]any{}}, map[string]any{"x y": int64(5)}} {
			content := objects[0].DeepCopy().Object
			each(content, "", func(at string, _ any, replace func(any)) {
				if at == path {
					replace(wrong)
				}
			})
			content["metadata"].(map[string]any)["name"] = fmt.Sprintf("mutant-%d", len(places))
			places = append(places, fmt.Sprintf("%s: %v", path, wrong))
			mutants = append(mutants, object.Object{Unstructured: &unstructured.Unstructured{Object: content}})
		}
	})
	for _, f := range set.Check(t.Context(), mutants, alone(t, id), time.Time{}).Findings {
		if f.Rule == "policy-error" {
			n, _ := strconv.Atoi(f.Object[strings.LastIndexByte(f.Object, '-')+1:])
			t.Errorf("%s: %v", places[n], f)
		}
	}
}

func read(t *testing.T, file string) []object.Object {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	objects, findings := object.ParseGiven(file, data)
	if len(findings) > 0 || len(objects) == 0 {
		t.Fatalf("Parse(%s) = %d objects, %v", file, len(objects), findings)
	}
	return objects
}
