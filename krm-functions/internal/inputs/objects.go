package inputs

import (
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Objects are the items that go to a cluster, and what is in them.
func Objects(l *krm.List) ([]*krm.Item, []object.Object, diag.Findings) {
	var items []*krm.Item
	var objects []object.Object
	var findings diag.Findings
	for _, item := range l.Items {
		if item.Local() || tooling(item) {
			continue
		}
		found, f := item.Objects()
		findings = append(findings, f...)
		if item.Path() != "" {
			l.FileName(item)
		}
		items, objects = append(items, item), append(objects, found...)
	}
	return items, objects, findings
}

// tooling reports whether an item is for the tools that build packages, which never apply it.
func tooling(item *krm.Item) bool {
	group, _, _ := strings.Cut(item.APIVersion(), "/")
	return group == "kpt.dev" || group == "kustomize.config.k8s.io" || group == "config.kubernetes.io"
}
