package bench

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/openapi"
)

// jsonSchemas writes the schemas of the kinds of manifests as kubeconform reads them with -strict, from the very data that ours
// checks by: no field but those that are known, and types, formats, values and required fields as Kubernetes has them.
func jsonSchemas(tb testing.TB) (location string) {
	tb.Helper()
	dir := tb.TempDir()
	known, err := openapi.Load(0)
	if err != nil {
		tb.Fatal(err)
	}
	for _, gvk := range []openapi.GVK{{Group: "apps", Version: "v1", Kind: "Deployment"}, {Version: "v1", Kind: "Service"}, {Version: "v1", Kind: "ConfigMap"}} {
		kind := known.Kind(gvk)
		if kind == nil {
			tb.Fatalf("no schema of %v", gvk)
		}
		schema := jsonSchema(kind.Schema)
		data, err := json.Marshal(schema)
		if err != nil {
			tb.Fatal(err)
		}
		put(tb, dir, strings.ToLower(gvk.Kind)+"-strict.json", string(data))
	}
	return dir + "/{{ .ResourceKind }}{{ .StrictSuffix }}.json"
}

// jsonSchema is a schema with all that it refers to in place, as the schemas are that people give to kubeconform.
func jsonSchema(s *openapi.Schema) map[string]any {
	out := map[string]any{}
	names := map[openapi.Type]string{
		openapi.Object: "object", openapi.Map: "object", openapi.List: "array", openapi.String: "string",
		openapi.Integer: "integer", openapi.Number: "number", openapi.Boolean: "boolean",
	}
	if name, known := names[s.Type]; known {
		out["type"] = []string{name, "null"}
	}
	switch {
	case s.Format == openapi.IntOrString:
		out["type"] = []string{"string", "integer", "null"}
	case s.Format == openapi.Quantity:
		out["type"] = []string{"string", "number", "null"}
	case strings.HasPrefix(s.Format, "int"):
		out["format"] = s.Format
	}
	if len(s.Enum) > 0 {
		out["enum"] = s.Enum
	}
	if len(s.Required) > 0 {
		out["required"] = s.Required
	}
	if s.Type == openapi.Object {
		fields := map[string]any{}
		for name, field := range s.Fields {
			fields[name] = jsonSchema(field)
		}
		out["properties"], out["additionalProperties"] = fields, len(s.Fields) == 0
	}
	if s.Items != nil {
		out[map[openapi.Type]string{openapi.Map: "additionalProperties", openapi.List: "items"}[s.Type]] = jsonSchema(s.Items)
	}
	return out
}
