package policy

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// Result is what a check has to say.
type Result struct {
	Findings   diag.Findings
	Exempted   diag.Findings // violations that an exemption lets pass, each with a note that names it
	Exemptions []Grant       // from policies that are on, used or not
}

// Check judges objects by the policies that are on. Of an object's namespace its kind decides first; one that names none is
// judged as in the namespace default. Today decides which exemptions have expired; when it is zero their
// dates are only reported. When the context ends first, the check has failed.
func (s *Set) Check(ctx context.Context, objects []object.Object, settings Settings, today time.Time) Result {
	if s == nil {
		return Result{Findings: diag.Findings{diag.Errorf("policy-error", diag.Position{}, "the policies could not be loaded, so nothing was checked")}}
	}
	c, err := s.prepare(ctx, objects, settings)
	if err != nil {
		return Result{Findings: diag.Findings{diag.Errorf("policy-error", diag.Position{}, "prepare policies: %v", err)}}
	}
	defer c.run.Close()
	r := Result{Findings: s.gatekeeper.Missing()}
	for _, part := range c.all(ctx) {
		r.Findings, r.Exempted = append(r.Findings, part.Findings...), append(r.Exempted, part.Exempted...)
		r.Exemptions = append(r.Exemptions, part.Exemptions...)
	}
	if slices.ContainsFunc(c.objects, isSecret) {
		c.withhold(ctx, settings, &r)
	}
	r.Findings = append(r.Findings, c.slow()...)
	if ctx.Err() != nil {
		r.Findings = append(r.Findings, diag.Errorf("policy-error", diag.Position{}, "check policies: %v before every object was judged", context.Cause(ctx)))
	} else {
		r.Findings = append(r.Findings, c.exemptions.report(today, c.objects)...)
	}
	r.Exemptions = append(r.Exemptions, c.exemptions.grants(today)...)
	sortGrants(r.Exemptions)
	r.Findings.Sort()
	r.Exempted.Sort()
	return r
}

// check is one run over a list of objects. What objects share is made once, before the workers start.
type check struct {
	set         *Set
	objects     []object.Object // as a cluster would have them
	named       []object.Object // as they were given, which is how findings name them
	rules       []rule
	parameters  *ast.Term // of those that are asked together, by package
	plans       sync.Map  // what judges objects of a kind in a namespace
	constraints []constraint
	loose       []loose
	exemptions  *exemptions
	namespaces  map[string]*gatekeeper.Object // of the objects, for input.review.namespaceObject
	values      []gatekeeper.Object           // of all objects, when a policy reads data.inventory; else nil
	run         *rego.Run
	lists       sync.Map // parsed texts that hold several objects, by their first byte
}

func (s *Set) prepare(ctx context.Context, objects []object.Object, settings Settings) (*check, error) {
	settled := object.Settle(objects, metav1.NamespaceDefault)
	c := &check{set: s, objects: settled, named: objects, namespaces: map[string]*gatekeeper.Object{}, exemptions: newExemptions(s, settings)}
	for _, p := range s.policies {
		if !settings.on(p.Policy) {
			continue
		}
		r, err := newRule(p, settings.Policies[p.ID])
		if err != nil {
			return nil, err
		}
		c.rules = append(c.rules, r)
	}
	c.parameters = sideBySide(c.rules)
	for _, one := range s.gatekeeper.Constraints() {
		c.constraints = append(c.constraints, constraint{Constraint: one, guard: newGuard(one.ID(), one.Object.Source.Position())})
	}
	for _, o := range settled {
		if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Namespace" {
			v, err := gatekeeper.NewObject(o.Unstructured)
			if err != nil {
				return nil, err
			}
			c.namespaces[o.GetName()] = &v
		}
	}
	c.run = rego.NewRun(ctx, settings.Timeout)
	if err := c.inventory(); err != nil {
		return nil, err
	}
	return c, c.prepareLoose(settings)
}

// inventory makes data.inventory of all objects, when a policy reads it: what is never read costs nothing.
func (c *check) inventory() error {
	reads := c.set.gatekeeper.ReadsInventory() || slices.ContainsFunc(c.rules, func(r rule) bool { return r.inventory })
	if !reads {
		return nil
	}
	values := make([]gatekeeper.Object, len(c.objects))
	failed := make([]error, len(c.objects))
	each(len(c.objects), func(_, i int) bool {
		values[i], failed[i] = gatekeeper.NewObject(c.objects[i].Unstructured)
		return true
	})
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	c.values = values
	c.run = c.run.With(ast.NewObject(rego.Field("inventory", ast.NewTerm(gatekeeper.Inventory(values)))))
	return nil
}

// all shares the objects out to as many workers as there are processors. An object is turned into Rego's form by the
// one worker that takes it, and serves all policies.
func (c *check) all(ctx context.Context) []Result {
	results := make([]Result, workers(len(c.objects)))
	each(len(c.objects), func(worker, i int) bool {
		c.object(ctx, i, &results[worker])
		return !c.run.Ended()
	})
	return results
}

func workers(items int) int { return min(runtime.GOMAXPROCS(0), items) }

// each calls a function with every index, from several workers at once, until one call says that it is enough.
func each(items int, do func(worker, i int) bool) {
	var next atomic.Int64
	var group sync.WaitGroup
	for w := range workers(items) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < items && do(w, i); {
				i = int(next.Add(1)) - 1
			}
		})
	}
	group.Wait()
}

// subject is an object that is being judged, by one worker.
type subject struct {
	object.Object
	name    string // in findings
	index   int
	locator *object.Locator
	exempt  []ignore
	review  *gatekeeper.Review
	out     *Result
}

func (s *subject) report(f ...diag.Finding) { s.out.Findings = append(s.out.Findings, f...) }

// object judges one object by all policies that are meant for it.
func (c *check) object(ctx context.Context, index int, out *Result) {
	s := &subject{Object: c.objects[index], name: c.named[index].ID().String(), index: index, out: out}
	s.locator = object.NewLocator(s.Object, &c.lists)
	var findings diag.Findings
	s.exempt, findings = c.exemptions.annotated(c.set, s.Object, s.locator)
	for i := range findings {
		findings[i].Object = s.name
	}
	s.report(findings...)
	for _, judge := range []func(context.Context, *subject) error{c.byOurs, c.byConstraints, c.byLoose} {
		if err := judge(ctx, s); err != nil {
			f := diag.Errorf("policy-error", s.Source.Position(), "%v", err)
			f.Object = s.name
			s.report(f)
			return
		}
	}
	c.settle(s)
}

// reviewed is the object as policies see it.
func (c *check) reviewed(s *subject) (*gatekeeper.Review, error) {
	if s.review != nil {
		return s.review, nil
	}
	var value gatekeeper.Object
	var err error
	if c.values != nil {
		value = c.values[s.index]
	} else if value, err = gatekeeper.NewObject(s.Unstructured); err != nil {
		return nil, fmt.Errorf("judge object: %w", err)
	}
	s.review = &gatekeeper.Review{Object: value, Namespace: c.namespaces[cmp.Or(s.GetNamespace(), " ")]}
	return s.review, nil
}
