package validatemanifests_test

import "testing"

// TestOptions needs what only the functionConfig's options tell: a kind that nothing defines passes by its name alone, and an
// API that has gone from Kubernetes is wrong for its version alone.
func TestOptions(t *testing.T) {
	const widget = "- {apiVersion: acme.io/v1, kind: Widget, metadata: {name: a, namespace: x}}\n"
	const flow = "- {apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: {name: a}, spec: {}}\n"
	for name, c := range map[string]struct {
		items, spec string
		fails       bool
	}{
		"unknown kind":    {widget, "{}", true},
		"allowed kind":    {widget, "{allowUnknownKinds: [Widget.acme.io]}", false},
		"unknown version": {widget, "{allowUnknownKinds: [Widget.acme.io], kubeVersion: one}", true},
		"not yet there":   {flow, "{kubeVersion: '1.33'}", true},
	} {
		if code, _, stderr := validate(t, c.items, c.spec); (code == 1) != c.fails {
			t.Errorf("%s: exit code %d, want a failure: %v\n%s", name, code, c.fails, stderr)
		}
	}
}
