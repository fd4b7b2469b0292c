package inputs

import (
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Conceal keeps out of what the function says the secrets of all merged Values of the stream, whether or not it is told which
// of them the items were made of.
func Conceal(l *krm.List) {
	var secrets, public []string
	for _, item := range l.Items {
		if item.APIVersion() != krm.APIVersion || item.Kind() != Values {
			continue
		}
		root, findings := item.Parse(&source.File{Name: item.ID().String(), Data: item.Text()}) // no finding points into it
		if spec := root.Get("spec"); !findings.Failed() && spec != nil && spec.Kind == source.Map {
			s, p := tree(root).Secrets()
			secrets, public = append(secrets, s...), append(public, p...)
		}
	}
	l.Conceal(secrets, public)
}
