// Package outputs puts what functions render into a stream: objects go in, and become the items that the List holds of the
// function.
package outputs

import (
	"path"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Own makes the objects the function's items; see krm.List.Own. A new one gets the path RUNLEVEL/RELEASE/KIND_NAMESPACE_NAME.yaml,
// without what it has not; one of no release lies in a folder called after the functionConfig.
func Own(l *krm.List, objects []object.Object) diag.Findings {
	var items []*krm.Item
	var findings diag.Findings
	paths := map[*krm.Item]string{}
	for _, o := range objects {
		item, f := wrap(o)
		if f != nil {
			findings = append(findings, *f)
			continue
		}
		items = append(items, item)
		paths[item] = path.Join(o.Runlevel, o.Release, o.FileName())
		if o.Release == "" {
			paths[item] = path.Join(l.Owner(), o.FileName())
		}
	}
	if findings.Failed() {
		return findings
	}
	return append(findings, l.Own(items, func(i *krm.Item) string { return paths[i] }, isObject)...)
}

// isObject tells apart what functions render from what others with a functionConfig of the same name make.
func isObject(i *krm.Item) bool { return i.APIVersion() != krm.APIVersion }

func wrap(o object.Object) (*krm.Item, *diag.Finding) {
	if o.GetAPIVersion() == krm.APIVersion {
		f := diag.Errorf("function-item", o.Source.Position(), "%s %s is for functions, and objects for a cluster are rendered here", krm.APIVersion, o.GetKind())
		f.Object = o.ID().String()
		return nil, &f
	}
	item, err := krm.Of(o)
	if err != nil {
		f := diag.Errorf("write-object", o.Source.Position(), "write object: %v", err)
		f.Object = o.ID().String()
		return nil, &f
	}
	return item, nil
}
