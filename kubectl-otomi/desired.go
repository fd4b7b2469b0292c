package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/memory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/revision"
)

// desired is what a plan is made of besides the cluster, wherever it comes from: a values repo, manifests that -f or -k names, a
// run that the inventory keeps. From here on all of them go the same way: makePlan, agree, carryOut.
type desired struct {
	objects   []object.Object  // all of the set, checked
	releases  []render.Release // that they are of: name, runlevel, labels, needs and timeout
	versions  inventory.Versions
	revision  string // of the checkout, as the inventory records it
	dirty     bool
	checkout  *revision.Revision // is compared with what was applied last; nil: there is none to compare
	approvals []plan.Approval
	lapsed    diag.Findings        // what is wrong because exemptions have expired, for the plan to weigh
	overrides []inventory.Override // policies that the run does not obey
	memory    *memory.Memory       // of charts' random and clock functions; nil: what the inventory remembers stays as it is
	recalled  inventory.Memory     // what the objects of a run that is rolled back to were made with
	restores  int64                // that run; 0: it is no rollback
	history   *int                 // how many runs can be rolled back to afterwards; nil: as many as before

	// hidden says what a diff must not show, and keeps it out of all that is said from then on. It may take as long as rendering
	// does, and is asked for where objects are shown or talked about.
	hidden func(ctx context.Context) cluster.Hidden
	// renew makes it again for a session whose inventory has changed since; nil: it does not depend on the inventory.
	renew func(ctx context.Context, s *session) (*desired, error)
}

// prepare goes down the line to the checked objects and connects.
func (a *app) prepare(ctx context.Context, w *workspace, c *repo.Cluster) (*planned, error) {
	ref, findings := inventoryRef(w.repo)
	if err := findings.Err(); err != nil {
		return nil, err
	}
	open := sync.OnceValues(func() (*session, error) {
		s, err := a.connect(ctx, c, ref)
		if err != nil {
			return nil, err
		}
		return s, s.read(ctx)
	})
	b := w.render(ctx, c, open)
	if b.live.err != nil {
		return nil, b.live.err
	}
	if err := b.unknown(w.overrides); err != nil {
		return nil, err
	}
	if n := len(b.listed); n > 0 {
		b.findings = append(b.findings, diag.Infof("baseline", diag.Position{File: b.baselineFile}, "%s let pass", count(n, "known finding")))
	}
	if err := a.finish(b.findings); err != nil {
		return nil, err
	}
	if b.withheld() {
		return nil, usagef("--secrets placeholder: objects that hold placeholders are never applied")
	}
	s, err := open()
	if err != nil {
		return nil, err
	}
	unsuited := append(b.core.Suits(s.identity.Version), render.Suits(b.input(), b.releases, s.identity.Version)...)
	if err := a.finish(unsuited); err != nil {
		return nil, err
	}
	d, err := a.desired(w, b, s)
	if err != nil {
		return nil, err
	}
	return a.planOf(s, d), nil
}

// render goes down the line to the checked objects, with a cluster for charts to look at.
func (w *workspace) render(ctx context.Context, c *repo.Cluster, open func() (*session, error)) *built {
	now := time.Now()
	b := w.follow(ctx, &built{cluster: c, live: newLive(ctx, now, open)}, atPolicies, now)
	w.learn(b.live.secrets(), nil)
	return b
}

// desired is what the line has made of a values repo.
func (a *app) desired(w *workspace, b *built, s *session) (*desired, error) {
	digest, err := b.core.Digest()
	if err != nil {
		return nil, err
	}
	checkout, err := revision.Of(a.dir)
	if err != nil {
		return nil, err
	}
	approvals, findings := approvals(w.repo)
	if err := a.finish(findings); err != nil {
		return nil, err
	}
	d := &desired{
		objects: b.objects, releases: b.releases,
		versions: inventory.Versions{Plugin: version, Core: b.core.Version(), CoreDigest: digest},
		revision: checkout.Commit, dirty: checkout.Dirty, checkout: &checkout,
		approvals: approvals, lapsed: b.lapsed, overrides: b.overrides,
		memory: b.live.memory, history: w.repo.History,
	}
	if d.memory == nil { // nothing was asked for
		d.memory = memory.New(s.remembered(), time.Now())
	}
	d.hidden = func(ctx context.Context) cluster.Hidden {
		return cluster.Hidden{Texts: slices.Concat(b.secrets(), secretTexts(b.objects)), Taint: w.taint(ctx, b)}
	}
	d.renew = func(ctx context.Context, s *session) (*desired, error) {
		again := b
		if b.live.asked() {
			again = w.render(ctx, b.cluster, func() (*session, error) { return s, nil })
			if again.findings.Failed() {
				return nil, a.finish(again.findings)
			}
		}
		return a.desired(w, again, s)
	}
	return d, nil
}
