package main

import (
	"errors"
	"maps"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

// The lines of platform/schema.yaml between which the policies' settings stand.
const (
	begin = "# The following is made of the policies' METADATA by make generate/policies."
	end   = "# Up to here."
)

// splice puts the policies' settings in their place in the schema.
func splice(schema string, policies []policy.Policy) (string, error) {
	head, rest, found := strings.Cut(schema, begin+"\n")
	_, tail, closed := strings.Cut(rest, end+"\n")
	if !found || !closed {
		return "", errors.New("find the place of policies in " + settings + ": its two comments are not there")
	}
	const indent = 6
	var b strings.Builder
	for _, p := range policies {
		write(&b, map[string]any{p.ID: options(p)}, indent)
	}
	margin := strings.Repeat(" ", indent)
	return head + begin + "\n" + b.String() + margin + end + "\n" + tail, nil
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
