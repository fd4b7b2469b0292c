package values

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Reserved finds where layers set what does not come from layers: a key of the root and, as hints, where it does come from.
func Reserved(layers []Layer, hints map[string]string) diag.Findings {
	var findings diag.Findings
	for _, l := range layers {
		if l.Root == nil || l.Root.Kind != source.Map {
			continue
		}
		for _, k := range l.Root.Keys {
			if hint, ok := hints[k.Name]; ok {
				findings = append(findings, diag.Errorf("reserved", k.At(), "no layer can set this").WithPath(k.Name).WithHint("%s", hint))
			}
		}
	}
	return findings
}

// The hints for what no layer sets, in a values repo and wherever a cluster and a core are given.
const (
	ClusterHint = "the cluster's entry in otomi.yaml makes it; facts of your own go into labels there, or under another key"
	DerivedHint = "only the template derived.gotmpl of a core makes it"
)
