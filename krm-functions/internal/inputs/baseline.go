package inputs

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// BaselineRef names a file of known findings in the stream.
type BaselineRef struct {
	ConfigMap string `json:"configMap" schema:"required"`
	Key       string `json:"key" schema:"required" doc:"the key of the ConfigMap, or the path that it stands for"`
	Cluster   string `json:"cluster" doc:"whose findings count; without it, those that are listed for no cluster"`
	At        diag.Position
}

// DecodeNode reads the reference and remembers where it stands.
func (r *BaselineRef) DecodeNode(n *source.Node) diag.Findings {
	type fields BaselineRef
	r.At = n.At()
	findings := source.Decode(n, (*fields)(r))
	if (r.ConfigMap == "" || r.Key == "") && !findings.Failed() {
		findings = append(findings, diag.Errorf("required", r.At, "want configMap and key"))
	}
	return findings
}

// Baseline is what a stream knows of findings; the zero Baseline knows nothing.
type Baseline struct {
	file    *baseline.File
	cluster string
	text    string
}

// Text is all that the baseline says, and of which cluster it counts; "" where it knows nothing.
func (b Baseline) Text() string { return b.cluster + b.text }

// FindBaseline reads the baseline that a functionConfig names; nil for none.
func FindBaseline(l *krm.List, ref *BaselineRef) (Baseline, diag.Findings) {
	if ref == nil {
		return Baseline{}, nil
	}
	name, text, findings := textOf(l, ref.ConfigMap, ref.Key, ref.At)
	if findings.Failed() {
		return Baseline{}, findings
	}
	file, f := baseline.Parse(name, text)
	return Baseline{file, ref.Cluster, string(text)}, append(findings, f...)
}

// Sort makes information of findings that are known, and adds errors about those that are listed and no longer found. Rules are
// those that were asked; nil: all of the check's.
func (b Baseline) Sort(check baseline.Check, objects []object.Object, findings diag.Findings, rules []string) diag.Findings {
	failed := slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Rule == "policy-error" })
	others, known := b.file.Sort(baseline.Run{
		Check: check, Cluster: b.cluster, Findings: findings, Rules: rules, Objects: objects,
		Unsure: func(k baseline.Key) bool { return failed || rules != nil && !slices.Contains(rules, k.Rule) },
	})
	for _, f := range known {
		f.Severity = diag.Info
		others = append(others, f)
	}
	return others
}
