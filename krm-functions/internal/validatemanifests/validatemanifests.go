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

// Kind is that of the functionConfig.
const Kind = "ValidateManifests"

// spec is the functionConfig's.
type spec struct {
	KubeVersion       inputs.KubeVersion  `json:"kubeVersion"`
	AllowUnknownKinds []string            `json:"allowUnknownKinds"`
	Baseline          *inputs.BaselineRef `json:"baseline" doc:"a file of known findings, which pass"`
}

// Run checks the items of the list. Without a functionConfig it holds them against the newest Kubernetes that is known.
func Run(ctx context.Context, l *krm.List) diag.Findings {
	var config spec
	var findings diag.Findings
	if l.Config != nil {
		config, findings = krm.Configure[spec](l, Kind)
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
