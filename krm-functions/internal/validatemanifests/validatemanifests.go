// Package validatemanifests is the function validate-manifests: items go in, and what the API server would refuse of them, or
// what they name and nothing is, comes out as findings. The items stay as they are.
package validatemanifests

import (
	"context"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/relation"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kind = "ValidateManifests" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "validate-manifests", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	KubeVersion       inputs.KubeVersion  `json:"kubeVersion" doc:"the Kubernetes whose API counts, as 1.36; without it, the newest that is known"`
	AllowUnknownKinds []string            `json:"allowUnknownKinds" doc:"kinds that pass although nothing defines them: KIND.GROUP"`
	Baseline          *inputs.BaselineRef `json:"baseline" doc:"a file of known findings, which pass"`
}

// run checks the items of the list, and hides secrets in what it says of them.
func run(ctx context.Context, l *krm.List) diag.Findings {
	findings := check(ctx, l)
	if len(findings) > 0 {
		inputs.Conceal(l)
	}
	return findings
}

// check checks the items of the list. Without a functionConfig it holds them against the newest Kubernetes that is known.
func check(ctx context.Context, l *krm.List) diag.Findings {
	var config spec
	var findings diag.Findings
	if l.Configured() {
		config, findings = krm.Configure[spec](l, kind)
	}
	_, objects, f := inputs.Objects(l)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	options := manifest.Options{AllowUnknownKinds: config.AllowUnknownKinds}
	if config.KubeVersion.Node != nil {
		options.KubeVersion = config.KubeVersion.Node.Text
	}
	known, f := inputs.FindBaseline(l, config.Baseline)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	found := append(manifest.Check(ctx, objects, options), relation.Check(objects)...)
	return append(findings, known.Sort(baseline.Manifests, objects, found, nil)...)
}
