package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/revision"
)

// planFlags are what users allow and forbid a plan to do.
type planFlags struct {
	prune          bool
	maxPrune       string
	adopt          []string
	force          bool
	allowDowngrade bool
	allowOlder     bool
	override       overrideFlags
}

func (f *planFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.prune, "prune", true, "delete what is no longer in the set")
	flags.StringVar(&f.maxPrune, "max-prune", "", "how many objects may be deleted, `N|N%` (default: the larger of 10 and half of the set)")
	flags.StringArrayVar(&f.adopt, "adopt", nil, "take over objects of `OWNER`: helm[:RELEASE,…], kapp:APP, kpt:INVENTORY, unowned or all")
	flags.BoolVar(&f.force, "force-conflicts", false, "take over fields that other managers own")
	flags.BoolVar(&f.allowDowngrade, "allow-downgrade", false, "apply with an older plugin or core than last time")
	f.override.add(flags)
	flags.BoolVar(&f.allowOlder, "allow-older", false, "apply a checkout that does not build on the one applied last")
}

func (f *planFlags) options(now time.Time) (plan.Options, error) {
	o := plan.Options{NoPrune: !f.prune, Force: f.force, AllowDowngrade: f.allowDowngrade, AllowOlder: f.allowOlder, Now: now}
	if f.maxPrune != "" {
		budget, err := plan.ParseBudget(f.maxPrune)
		if err != nil {
			return o, usagef("--max-prune: %v", err)
		}
		o.MaxPrune = &budget
	}
	var err error
	if o.Adopt, err = plan.ParseAdopt(f.adopt); err != nil {
		return o, usagef("--adopt: %v", err)
	}
	return o, nil
}

// planned is a plan and what it was made from.
type planned struct {
	*session
	built *built
	with  *inventory.Inventory // what built was rendered with
	plan  *plan.Plan
	run   inventory.Run
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
	return &planned{session: s, built: b, with: s.inventory, run: inventory.Run{Who: who(), What: a.what()}}, nil
}

// render goes down the line to the checked objects, with a cluster for charts to look at.
func (w *workspace) render(ctx context.Context, c *repo.Cluster, open func() (*session, error)) *built {
	now := time.Now()
	b := w.follow(ctx, &built{cluster: c, live: newLive(ctx, now, open)}, atPolicies, now)
	w.learn(b.live.secrets(), nil)
	return b
}

// renew renders again where charts saw an inventory that another run has changed since.
func (a *app) renew(ctx context.Context, w *workspace, p *planned) error {
	same := p.with == p.inventory || p.with != nil && p.inventory != nil && p.with.ResourceVersion == p.inventory.ResourceVersion
	if same || !p.built.live.asked() {
		return nil
	}
	b := w.render(ctx, p.built.cluster, func() (*session, error) { return p.session, nil })
	if b.findings.Failed() {
		return a.finish(b.findings)
	}
	p.built, p.with = b, p.inventory
	return nil
}

// makePlan observes the cluster and decides what to do.
func (a *app) makePlan(ctx context.Context, w *workspace, p *planned, only selection, options plan.Options) error {
	if err := a.renew(ctx, w, p); err != nil {
		return err
	}
	inv := p.inventory
	if err := only.check(p.built.releases, inv); err != nil {
		return err
	}
	observed, findings, err := p.client.Observe(ctx, cluster.Question{Ref: p.ref, Inventory: inv, Desired: p.built.objects, Identity: p.identity})
	if err != nil {
		return err
	}
	if err := a.finish(findings); err != nil {
		return err
	}
	if inv == nil {
		// Nobody has the lock yet. What was observed may be what another run has begun to make, and written down before.
		if err := p.read(ctx); err != nil {
			return err
		}
		if p.inventory != nil {
			return a.makePlan(ctx, w, p, only, options)
		}
	}
	if err := a.revision(p, inv, &options); err != nil {
		return err
	}
	digest, err := p.built.core.Digest()
	if err != nil {
		return err
	}
	options.Approvals, findings = approvals(w.repo)
	if err := a.finish(findings); err != nil {
		return err
	}
	in := plan.Input{
		Ref: p.ref, Inventory: inv, Desired: p.built.objects, Releases: p.built.planReleases(), Observed: observed,
		Cluster:  p.declaredCluster(),
		Versions: inventory.Versions{Plugin: version, Core: p.built.core.Version(), CoreDigest: digest},
		Options:  options,
		Lapsed:   p.built.lapsed, Overrides: p.built.overrides,
	}
	if !only.all() {
		in.Selected = only.forPlan(p.built.releases)
	}
	p.remember(&in)
	p.run.Versions, p.run.Overrides = in.Versions, in.Overrides
	p.plan, err = plan.Make(in)
	a.report(p.plan.Findings)
	if found := diag.Findings(nil); errors.As(err, &found) {
		return reported{found}
	}
	return err
}

// revision notes where the values repo is, and whether it builds on what was applied last.
func (a *app) revision(p *planned, inv *inventory.Inventory, options *plan.Options) error {
	r, err := revision.Of(a.dir)
	if err != nil {
		return err
	}
	p.run.Revision, p.run.Dirty = r.Commit, r.Dirty
	if inv == nil {
		return nil
	}
	last, ok := inv.LastRun()
	if !ok || last.Revision == "" {
		return nil
	}
	relation, err := r.Builds(last.Revision)
	if err != nil {
		return err
	}
	switch relation {
	case revision.Lacks:
		options.Stale = fmt.Sprintf("this checkout (%s) does not build on the revision applied last (%s)", short(r.Commit), short(last.Revision))
	case revision.Unknown:
		a.report(diag.Findings{diag.Warningf("unknown-revision", diag.Position{}, "the revision applied last (%s) is not in this checkout's history", short(last.Revision)).
			WithHint("fetch all history: git fetch --unshallow")})
	}
	return nil
}

func short(commit string) string { return commit[:min(len(commit), 12)] }

// inventoryRef is what otomi.yaml calls the set.
func inventoryRef(r *repo.Repo) (inventory.Ref, diag.Findings) {
	ref, err := inventory.ParseRef(r.InventoryRef())
	if err != nil {
		return ref, diag.Findings{diag.Errorf("inventory-name", r.InventoryAt, "%q is no [NAMESPACE/]NAME: want lower-case letters, digits and '-'", r.InventoryRef()).WithPath("spec.inventory")}
	}
	return ref, nil
}

// approvals are those of otomi.yaml.
func approvals(r *repo.Repo) ([]plan.Approval, diag.Findings) {
	var out []plan.Approval
	var findings diag.Findings
	for _, a := range r.Approvals {
		approval := plan.Approval{Rule: a.Rule, Objects: a.Objects, Reason: a.Reason}
		if a.Until != "" {
			until, err := time.Parse(time.DateOnly, a.Until)
			if err != nil {
				findings = append(findings, diag.Errorf("approval-date", a.At, "until: %q is no date; write YYYY-MM-DD", a.Until))
			}
			approval.Until = until
		}
		out = append(out, approval)
	}
	return out, findings
}

// who is the user and the host, for those who wait for the lock and read the history.
func who() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

// what is the command as it was typed, without values that may be secret.
func (a *app) what() string {
	words := []string{"kubectl otomi"}
	secret := []string{"--set", "--token"}
	for i, arg := range a.args {
		name, _, assigned := strings.Cut(arg, "=")
		switch {
		case slices.Contains(secret, name) && assigned:
			arg = name + "=…"
		case i > 0 && slices.Contains(secret, a.args[i-1]):
			arg = "…"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// planReleases is what the plan needs to know of the releases.
func (b *built) planReleases() map[string]plan.Release {
	out := map[string]plan.Release{}
	for _, r := range b.releases {
		out[r.Name] = plan.Release{Needs: r.Needs, Timeout: r.Timeout}
	}
	return out
}

// forPlan is the selection as a plan asks: by release and runlevel. A release that is gone from the repo has no labels, so only
// its name or runlevel selects it.
func (s selection) forPlan(releases []render.Release) func(release, runlevel string) bool {
	labels := map[string]map[string]string{}
	for _, r := range releases {
		labels[r.Name] = r.Labels
	}
	return func(release, runlevel string) bool { return s.has(release, runlevel, labels[release]) }
}
