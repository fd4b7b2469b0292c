package policy

import (
	"testing"
	"testing/fstest"
)

func TestStrangers(t *testing.T) {
	const text = "# METADATA\n# custom:\n#   severity: warning\npackage policies.x\nimport rego.v1\nviolation contains {\"msg\": \"mine\"}\n"
	set, findings := LoadDir(fstest.MapFS{"no-web/policy.rego": {Data: []byte(text)}}, nil)
	if set != nil || len(findings) != 1 || findings[0].At.Line != 4 || findings[0].Hint != "write package no_web" {
		t.Errorf("LoadDir = %v, %v", set, findings)
	}
}
