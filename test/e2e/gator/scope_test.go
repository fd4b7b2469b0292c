package gator

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScope is about what gator and an API server see differently. gator goes by what an object says of a namespace. An API
// server goes by the kind: it puts a namespaced object that names none into the current namespace, and knows no namespace of
// a cluster-scoped one. Admission sees what it makes of them, and so do we. Nor does gator count what is for admission only, which would deny later what passes here.
func TestScope(t *testing.T) {
	const name = "testdata/scope/scope.yaml"
	lines := func(all []string) []string {
		return slices.DeleteFunc(all, func(line string) bool {
			return strings.Contains(line, "CustomResourceDefinition") || strings.Contains(line, ".gatekeeper.sh/")
		})
	}
	want := []string{
		`error Always/admission Planet.acme.io/kube-system/mars: in ""`,
		`error Always/cluster ClusterRole/kube-system/reader: in ""`,
		`error Always/cluster Planet.acme.io/kube-system/mars: in ""`,
		`error Always/excluded ClusterRole/kube-system/reader: in ""`,
		`error Always/excluded Planet.acme.io/kube-system/mars: in ""`,
		`error Always/namespaced ConfigMap/nowhere: in "default"`,
	}
	if diff := cmp.Diff(want, lines(byUs(t, parse(t, name)))); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	gator := lines(byGator(t, name))
	if slices.ContainsFunc(gator, func(line string) bool { return strings.Contains(line, "Always/admission") }) {
		t.Errorf("gator no longer differs: it counts what is for admission only: %q", gator)
	}
	for _, line := range []string{
		`error Always/namespaced ClusterRole/kube-system/reader: in "kube-system"`,
		`error Always/namespaced Planet.acme.io/kube-system/mars: in "kube-system"`,
	} {
		if !slices.Contains(gator, line) {
			t.Errorf("gator no longer differs: it does not say %s, but %q", line, gator)
		}
	}
}
