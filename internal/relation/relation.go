// Package relation checks what objects say of each other: selectors against labels, ports against ports, and references
// against what is there by that name. Objects go in, findings come out. What no manifest makes may be in the cluster, so that
// is a warning; what the API server refuses whatever the cluster holds is an error.
package relation

import (
	"slices"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Check holds the objects against each other. Its time grows with their number, not with its square.
func Check(objects []object.Object) diag.Findings {
	c := &check{
		objects: objects, index: newIndex(objects), inPods: ofPods(), inKinds: ofKinds(),
		locators: map[int]*object.Locator{}, comparisons: mostComparisons,
	}
	c.identities()
	c.namespaces()
	for _, w := range c.pods {
		c.ownSelector(w)
		c.podReferences(w)
		c.mounts(w)
	}
	for i := range objects {
		c.references(i)
	}
	for _, i := range c.kinds[object.ID{Kind: "Service"}] {
		c.service(i)
	}
	c.budgets()
	c.scalers()
	c.findings.Sort()
	return c.findings
}

// check is one run over a list of objects.
type check struct {
	index
	objects     []object.Object
	inPods      []reference
	inKinds     map[[2]string][]reference
	locators    map[int]*object.Locator // by object
	lists       sync.Map                // parsed texts that hold several objects, by their first byte
	comparisons int                     // of names that may still be made to suggest one
	findings    diag.Findings
}

// place is where a field of an object was written.
func (c *check) place(i int, path ...string) diag.Position {
	l := c.locators[i]
	if l == nil {
		l = object.NewLocator(c.objects[i], &c.lists)
		c.locators[i] = l
	}
	return l.Place(source.Path(path))
}

// add notes a finding about a field of an object.
func (c *check) add(i int, path []string, f diag.Finding) {
	f.Object, f.Path, f.At = c.objects[i].ID().String(), source.Path(path), c.place(i, path...)
	f.Quiet = c.id[i].Kind == "Secret" // its values may stand on the same line
	c.findings = append(c.findings, f)
}

// note adds the place of another object's field, where it has one.
func (c *check) note(f diag.Finding, i int, path []string, format string, args ...any) diag.Finding {
	at := c.place(i, path...)
	if at.IsZero() {
		return f
	}
	return f.WithNote(at, format, args...)
}

// join is a path with more parts, which shares no memory with it.
func join(path []string, parts ...string) []string { return append(slices.Clip(path), parts...) }

// mapOf is a field that holds a map, or nil.
func mapOf(content map[string]any, path ...string) map[string]any {
	for _, part := range path {
		content, _ = content[part].(map[string]any)
	}
	return content
}

// text is a field that holds a string, or "".
func text(content map[string]any, field string) string {
	s, _ := content[field].(string)
	return s
}
