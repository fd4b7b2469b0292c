// Package manifest checks objects as the API server of a Kubernetes version would before it stores them: objects go in,
// findings at the lines that wrote their fields come out. It needs no cluster.
package manifest

import (
	"context"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Options say what the objects are checked against.
type Options struct {
	KubeVersion       string          // of the cluster: 1.36, v1.36.3; empty: the newest that is known
	AllowUnknownKinds []string        // kinds that nothing defines and that pass nevertheless: Foo.example.com
	CRDs              []object.Object // CustomResourceDefinitions that are not among the objects
}

// Check reports everything that is wrong with each object by itself.
func Check(ctx context.Context, objects []object.Object, _ Options) diag.Findings {
	var findings diag.Findings
	lists := &sync.Map{}
	for _, o := range objects {
		if ctx.Err() != nil {
			return findings
		}
		c := &checker{object: o, lists: lists}
		c.metadata()
		findings = append(findings, c.findings...)
	}
	return findings
}

// checker collects what is wrong with one object.
type checker struct {
	object   object.Object
	lists    *sync.Map
	locator  *object.Locator // made when the first finding needs it
	findings diag.Findings
}

// report adds an error at a field.
func (c *checker) report(rule, path, hint, format string, args ...any) {
	if c.locator == nil {
		c.locator = object.NewLocator(c.object, c.lists)
	}
	f := diag.Errorf(rule, c.locator.Place(path), format, args...).WithPath(path)
	f.Object, f.Hint = c.object.ID().String(), hint
	c.findings = append(c.findings, f)
}
