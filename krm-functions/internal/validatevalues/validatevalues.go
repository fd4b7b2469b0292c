// Package validatevalues is the function validate-values: a merged Values item and a JSON Schema go in; what the schema does
// not accept comes out as findings, at the places that status.sources tells. The items stay as they are.
package validatevalues

import (
	"context"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kind = "ValidateValues" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "validate-values", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	Values *inputs.ValuesRef `json:"values" schema:"required" doc:"the Values item that is checked"`
	Schema *inputs.SchemaRef `json:"schema" schema:"required" doc:"the JSON Schema, in YAML or JSON, draft 7 or 2020-12"`
}

// run checks the Values that the functionConfig names.
func run(_ context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, kind)
	if findings.Failed() {
		return findings
	}
	united, f := inputs.Unite(l, nil, config.Schema)
	findings = append(findings, f...)
	tree, f := inputs.Tree(l, *config.Values)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	l.Conceal(values.Secrets([]values.Layer{{Root: tree.Root}}, united.Rules()))
	return append(findings, united.Check(tree)...)
}
