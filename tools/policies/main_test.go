package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

const root = "../.."

// TestGenerated holds the committed files to what METADATA says.
func TestGenerated(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not what METADATA says; run make generate/policies (-want +got):\n%s", name, diff)
		}
	}
}

// What write puts into lines reads as what it was.
func TestWrite(t *testing.T) {
	long := strings.Repeat("words: and # more 'words' ", 12) + "end"
	for _, value := range []any{
		map[string]any{"type": "string", "description": "A name", "default": "4"},
		map[string]any{"description": long, "type": "array", "items": map[string]any{"enum": []any{"no", "yes", true, nil, 1}}},
		map[string]any{"properties": map[string]any{"b": map[string]any{}, "a": map[string]any{"description": long, "default": []any{}}}},
		map[string]any{"pattern": "^(a|b: #)$", "default": []any{"a, b", "{x}", long, "", "*"}, "minimum": 1.5},
		map[string]any{"default": map[string]any{"x/y": "true", long: []any{long, map[string]any{"key": long}}}},
	} {
		var b strings.Builder
		write(&b, value, 4)
		var got any
		if err := yaml.Unmarshal([]byte("root:\n"+b.String()), &got); err != nil {
			t.Errorf("write(%v): %v\n%s", value, err, b.String())
			continue
		}
		if diff := cmp.Diff(map[string]any{"root": value}, got); diff != "" {
			t.Errorf("write(%v) reads differently (-want +got):\n%s\n%s", value, diff, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "words") && !strings.Contains(line, `"`) && len(line) > width+40 {
				t.Errorf("write(%v) has a long line: %s", value, line)
			}
		}
	}
}

func TestSplice(t *testing.T) {
	for _, text := range []string{"", begin, begin + end, begin + end + begin, end + begin + begin + end} {
		if got, err := splice(text, nil); err == nil {
			t.Errorf("splice(%q) = %q, want an error", text, got)
		}
	}
	policies := []policy.Policy{{ID: "a", Title: "A", Description: "Text."}}
	got, err := splice("x:\n      "+begin+"old\n      "+end+"y:\n  "+begin+"  "+end, policies)
	want := "x:\n      " + begin + `      a: {$ref: "#/definitions/policy-a"}` + "\n      " + end + "y:\n  " + begin + `  policy-a:
    description: A. Text.
    type: object
    additionalProperties: false
    properties:
      action: {$ref: "#/definitions/policyAction"}
      enabled: {$ref: "#/definitions/policyEnabled"}
      excludedNamespaces: {$ref: "#/definitions/policyExcludedNamespaces"}
      exempt: {$ref: "#/definitions/policyExempt"}
  ` + end
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("splice: %v (-want +got):\n%s", err, diff)
	}
}
