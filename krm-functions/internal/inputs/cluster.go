package inputs

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Cluster is what templates see of a cluster, and where it takes its images from, as functionConfigs write it.
type Cluster struct {
	KubeVersion KubeVersion `json:"kubeVersion" doc:"what templates see as the cluster's, as 1.36"`
	APIVersions []string    `json:"apiVersions" doc:"of the cluster, beside Kubernetes' own"`
	Images      repo.Images `json:"images" doc:"where the cluster takes its images from"`
}

// KubeVersion is a version of Kubernetes and its place; a nil Node: nobody says.
type KubeVersion struct{ Node *source.Node }

// DecodeNode reads a string.
func (k *KubeVersion) DecodeNode(n *source.Node) diag.Findings {
	var text string
	k.Node = n
	return source.Decode(n, &text)
}

// Schema says that it is a string.
func (k *KubeVersion) Schema() *krm.Schema { return &krm.Schema{Type: "string"} }

// OptionalTree is Tree, and an empty tree where no Values are named. Its secrets are kept out of what the function says.
func OptionalTree(l *krm.List, r *ValuesRef) (*values.Tree, diag.Findings) {
	if r == nil {
		return &values.Tree{Root: &source.Node{Kind: source.Map}}, nil
	}
	tree, findings := Tree(l, *r)
	if tree != nil {
		l.Conceal(tree.Secrets())
	}
	return tree, findings
}
