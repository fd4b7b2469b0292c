package rego

import (
	"strings"
	"testing"
)

// What makes a verdict depend on anything but the object must not be there, whatever OPA adds.
func TestCapabilities(t *testing.T) {
	have := map[string]bool{}
	for _, b := range Capabilities().Builtins {
		have[b.Name] = true
		for _, part := range []string{"http.", "rand.", "opa."} {
			if strings.HasPrefix(b.Name, part) {
				t.Errorf("policies can call %s", b.Name)
			}
		}
	}
	for _, name := range []string{"time.now_ns", "uuid.rfc4122", "net.lookup_ip_addr", "json.match_schema", "json.verify_schema"} {
		if have[name] {
			t.Errorf("policies can call %s", name)
		}
		if !removed(name) {
			t.Errorf("removed(%s) = false: OPA has no such function", name)
		}
	}
	for _, name := range []string{"net.cidr_contains", "regex.match", "units.parse_bytes", "glob.match"} {
		if !have[name] {
			t.Errorf("policies cannot call %s", name)
		}
	}
}
