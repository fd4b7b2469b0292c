package main

import (
	"fmt"
	"maps"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

// The lines of platform/schema.yaml between which it writes: the names of the policies at their place, what each takes at the
// end, so that the rest keeps its lines.
const (
	begin = "# The following is made of the policies' METADATA by make generate/policies.\n"
	end   = "# Up to here.\n"
)

// splice puts the policies' settings in their places in the schema.
func splice(schema string, policies []policy.Policy) (string, error) {
	parts := strings.Split(schema, begin)
	if len(parts) != 3 {
		return "", fmt.Errorf("find the places of policies in %s: want 2 comments that begin one, have %d", settings, len(parts)-1)
	}
	for i, indent := range []int{6, 2} {
		_, rest, closed := strings.Cut(parts[i+1], end)
		if !closed {
			return "", fmt.Errorf("find the places of policies in %s: no comment ends one", settings)
		}
		var b strings.Builder
		for _, p := range policies {
			if name := "policy-" + p.ID; i == 0 {
				write(&b, map[string]any{p.ID: reference(name)}, indent)
			} else {
				write(&b, map[string]any{name: options(p)}, indent)
			}
		}
		parts[i+1] = b.String() + strings.Repeat(" ", indent) + end + rest
	}
	return strings.Join(parts, begin), nil
}

// options is the schema of policies.<id>.
func options(p policy.Policy) map[string]any {
	properties := map[string]any{
		"enabled":            reference("policyEnabled"),
		"action":             reference("policyAction"),
		"excludedNamespaces": reference("policyExcludedNamespaces"),
		"exempt":             reference("policyExempt"),
	}
	if p.ParametersSchema != nil {
		parameters := maps.Clone(p.ParametersSchema)
		parameters["description"] = "What the policy takes."
		if parameters["patternProperties"] == nil && parameters["additionalProperties"] == nil {
			parameters["additionalProperties"] = false // as the policy itself has it
		}
		properties["parameters"] = parameters
	}
	return map[string]any{
		"description": p.Title + ". " + p.Description, "type": "object", "additionalProperties": false, "properties": properties,
	}
}

func reference(definition string) map[string]any {
	return map[string]any{"$ref": "#/definitions/" + definition}
}
