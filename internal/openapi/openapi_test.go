package openapi_test

import (
	"slices"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

func load(t testing.TB, minor int) *openapi.Set {
	t.Helper()
	s, err := openapi.Load(minor)
	if err != nil {
		t.Fatalf("Load(%d): %v", minor, err)
	}
	return s
}

func TestLoadPicksTheNearestLowerMinor(t *testing.T) {
	newest := load(t, 0).Minor
	for minor, want := range map[int]int{newest: newest, newest + 5: newest, newest - 1: newest - 1, 1: load(t, 1).Minor} {
		if got := load(t, minor).Minor; got != want {
			t.Errorf("Load(%d).Minor = %d, want %d", minor, got, want)
		}
	}
	if lowest := load(t, 1).Minor; newest-lowest < 3 {
		t.Errorf("embedded are 1.%d to 1.%d, want four minor versions at least", lowest, newest)
	}
}

// TestEverythingCompiles follows every definition of every kind of every minor version.
func TestEverythingCompiles(t *testing.T) {
	for minor := load(t, 1).Minor; minor <= load(t, 0).Minor; minor++ {
		s := load(t, minor)
		if s.Minor != minor {
			t.Errorf("1.%d is not embedded", minor)
		}
		if n := len(s.Kinds()); n < 60 {
			t.Errorf("1.%d has %d kinds", minor, n)
		}
		seen := map[*openapi.Schema]bool{}
		for _, gvk := range s.Kinds() {
			k := s.Kind(gvk)
			for _, field := range []string{"apiVersion", "kind", "metadata"} {
				if k.Schema.Fields[field] == nil {
					t.Errorf("1.%d: %v has no %s", minor, gvk, field)
				}
			}
			if m := k.Schema.Fields["metadata"]; m != nil && !m.Metadata {
				t.Errorf("1.%d: metadata of %v is not ObjectMeta", minor, gvk)
			}
			whole(t, gvk, k.Schema, seen)
		}
	}
}

func whole(t *testing.T, gvk openapi.GVK, s *openapi.Schema, seen map[*openapi.Schema]bool) {
	t.Helper()
	if seen[s] {
		return
	}
	seen[s] = true
	if s.Ref != "" {
		t.Errorf("%v: %s is not resolved", gvk, s.Ref)
	}
	if (s.Type == openapi.List || s.Type == openapi.Map) != (s.Items != nil) {
		t.Errorf("%v: type %q and items do not fit", gvk, s.Type)
	}
	for i, r := range s.Required {
		if s.Fields[r] == nil {
			t.Errorf("%v: field %s is required and unknown", gvk, r)
		}
		if slices.Contains(s.Required[:i], r) {
			t.Errorf("%v: field %s is required twice, and would be reported twice", gvk, r)
		}
	}
	for _, k := range s.Keys {
		if s.Items.Fields[k] == nil {
			t.Errorf("%v: list map key %s is unknown", gvk, k)
		}
	}
	for _, f := range s.Fields {
		whole(t, gvk, f, seen)
	}
	if s.Items != nil {
		whole(t, gvk, s.Items, seen)
	}
}

func TestKind(t *testing.T) {
	s := load(t, 36)
	deployment := s.Kind(openapi.GVK{Group: "apps", Version: "v1", Kind: "Deployment"})
	container := deployment.Schema.Fields["spec"].Fields["template"].Fields["spec"].Fields["containers"].Items
	if !deployment.Namespaced || container.Fields["resources"].Fields["limits"].Items.Format != openapi.Quantity {
		t.Errorf("Deployment: namespaced %v, limits are %+v", deployment.Namespaced, container.Fields["resources"].Fields["limits"])
	}
	if e := container.Fields["imagePullPolicy"].Enum; !slices.Contains(e, "IfNotPresent") {
		t.Errorf("imagePullPolicy may be %v", e)
	}
	ports := container.Fields["ports"]
	if !slices.Equal(ports.Keys, []string{"containerPort", "protocol"}) || ports.Items.Fields["protocol"].Default != "TCP" {
		t.Errorf("ports have keys %v, protocol's default is %v", ports.Keys, ports.Items.Fields["protocol"].Default)
	}
	if k := s.Kind(openapi.GVK{Version: "v1", Kind: "Namespace"}); k.Namespaced {
		t.Error("Namespace is namespaced")
	}
	if k := s.Kind(openapi.GVK{Group: "policy", Version: "v1beta1", Kind: "PodDisruptionBudget"}); k != nil {
		t.Errorf("policy/v1beta1 PodDisruptionBudget = %+v in 1.36", k)
	}
}

func TestLifecycle(t *testing.T) {
	want := openapi.Lifecycle{Introduced: 5, Deprecated: 21, Removed: 25, Replacement: openapi.GVK{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}}
	if got := load(t, 0).Lifecycle(openapi.GVK{Group: "policy", Version: "v1beta1", Kind: "PodDisruptionBudget"}); got != want {
		t.Errorf("Lifecycle(PodDisruptionBudget) = %+v, want %+v", got, want)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, 0)
	}
}

func BenchmarkDeployment(b *testing.B) {
	for b.Loop() {
		load(b, 0).Kind(openapi.GVK{Group: "apps", Version: "v1", Kind: "Deployment"})
	}
}
