package manifest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/openapi"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// checker checks one object after the other. What is right costs no memory: where the check is in an object becomes text
// only for a finding.
type checker struct {
	lists    *sync.Map
	meta     *openapi.Schema // of metadata
	object   object.Object
	locator  *object.Locator // made when the first finding needs it
	at       []step
	lax      bool // below status, which the API server takes from its controllers only
	findings diag.Findings
}

// step is a field's name, a map's key or, where name is empty, a list's index.
type step struct {
	name  string
	index int
	key   bool // the name may be anything
}

func (c *checker) check(ctx context.Context, o object.Object, k *kind) diag.Findings {
	c.object, c.locator, c.at, c.lax, c.findings = o, nil, c.at[:0], false, nil
	c.served(k)
	switch {
	case k.builtin != nil:
		c.value(o.Object, k.builtin)
		c.words()
	case k.custom != nil:
		c.customResource(ctx, k.custom)
	default:
		c.below("metadata", o.Object["metadata"], c.meta)
	}
	c.name(k)
	c.size()
	if k.found && !k.namespaced && o.GetNamespace() != "" {
		c.warn("cluster-scoped", "metadata.namespace", "take it out", "a %s has no namespace", o.GetKind())
	}
	slices.SortStableFunc(c.findings, func(a, b diag.Finding) int { return a.At.Line - b.At.Line })
	return c.findings
}

// below goes one field down and comes back.
func (c *checker) below(name string, v any, s *openapi.Schema) {
	c.at = append(c.at, step{name: name})
	c.value(v, s)
	c.at = c.at[:len(c.at)-1]
}

// path is where the check is, with more fields below.
func (c *checker) path(more ...string) string {
	parts := make([]string, 0, len(c.at)+len(more))
	for _, s := range c.at {
		if s.name == "" && !s.key {
			s.name = strconv.Itoa(s.index)
		}
		parts = append(parts, s.name)
	}
	return source.Path(append(parts, more...))
}

// report adds an error at a field.
func (c *checker) report(rule, path, hint, format string, args ...any) {
	c.add(diag.Errorf(rule, c.place(path), format, args...), path, hint)
}

// warn adds a warning at a field.
func (c *checker) warn(rule, path, hint, format string, args ...any) {
	c.add(diag.Warningf(rule, c.place(path), format, args...), path, hint)
}

func (c *checker) add(f diag.Finding, path, hint string) {
	id := c.object.ID()
	id.Kind = c.object.GetKind() // also where the apiVersion is none
	f.Object, f.Path, f.Hint = id.String(), path, hint
	f.Quiet = c.secret() // its line may hold a value
	c.findings = append(c.findings, f)
}

func (c *checker) place(path string) diag.Position {
	if c.locator == nil {
		c.locator = object.NewLocator(c.object, c.lists)
	}
	return c.locator.Place(path)
}

// secret tells objects whose values appear in no finding.
func (c *checker) secret() bool {
	return c.object.GetKind() == "Secret" && c.object.GetAPIVersion() == "v1"
}
