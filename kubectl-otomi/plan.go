package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
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
	delete         deleteFlags
	adopt          []string
	adoptFinish    bool
	force          bool
	allowDowngrade bool
	allowOlder     bool
	recreate       []string
	override       overrideFlags
}

// usualBudget is what may be deleted without a flag.
const usualBudget = "the larger of 10 and half of the set"

func (f *planFlags) add(flags *pflag.FlagSet) {
	f.going(flags)
	flags.StringArrayVar(&f.adopt, "adopt", nil, "take over objects of `OWNER`: helm[:RELEASE,…], kapp:APP, kpt:INVENTORY, unowned or all")
	flags.BoolVar(&f.adoptFinish, "adopt-finish", false, "delete what Helm, kapp and kpt keep about what was adopted, if nothing else of theirs is left")
	flags.BoolVar(&f.allowDowngrade, "allow-downgrade", false, "apply with an older plugin or core than last time")
	f.override.add(flags)
	flags.BoolVar(&f.allowOlder, "allow-older", false, "apply a checkout that does not build on the one applied last")
}

// going adds those that a rollback has too.
func (f *planFlags) going(flags *pflag.FlagSet) {
	flags.BoolVar(&f.prune, "prune", true, "delete what is not in the set")
	f.delete.add(flags, usualBudget)
	flags.BoolVar(&f.force, "force-conflicts", false, "take over fields that other managers own")
	flags.StringArrayVar(&f.recreate, "recreate", nil, "delete and make anew `KIND/[NS/]NAME` where a field of it cannot be changed (repeatable)")
}

func (f *planFlags) options(now time.Time) (plan.Options, error) {
	o := plan.Options{NoPrune: !f.prune, Force: f.force, AdoptFinish: f.adoptFinish, AllowDowngrade: f.allowDowngrade, AllowOlder: f.allowOlder, Now: now}
	err := f.delete.allow(&o)
	if err != nil {
		return o, err
	}
	if o.Adopt, err = plan.ParseAdopt(f.adopt); err != nil {
		return o, usagef("--adopt: %v", err)
	}
	return o, nil
}

// planned is a plan and what it was made from.
type planned struct {
	*session
	*desired
	with *inventory.Inventory // what desired was made with
	plan *plan.Plan
	run  inventory.Run

	recreate []string // what may be made anew where a field cannot be changed: KIND/[NS/]NAME
}

// planOf is about to plan what makes the cluster of a session hold what is desired.
func (a *app) planOf(s *session, d *desired) *planned {
	return &planned{session: s, desired: d, with: s.inventory, run: a.runOf(d)}
}

// runOf is what the history will say of a run.
func (a *app) runOf(d *desired) inventory.Run {
	var made time.Time
	if d.checkout != nil {
		made = d.checkout.Time.UTC()
	}
	return inventory.Run{Who: who(), What: a.what(), Revision: d.revision, RevisionTime: made, Dirty: d.dirty, Versions: d.versions, Overrides: d.overrides, Restored: d.restores}
}

// refresh makes the desired objects again where another run has changed the inventory that they depend on.
func (a *app) refresh(ctx context.Context, p *planned) error {
	same := p.with == p.inventory || p.with != nil && p.inventory != nil && p.with.ResourceVersion == p.inventory.ResourceVersion
	if same || p.renew == nil {
		return nil
	}
	d, err := p.renew(ctx, p.session)
	if err != nil {
		return err
	}
	p.desired, p.with, p.run = d, p.inventory, a.runOf(d)
	return nil
}

// makePlan observes the cluster and decides what to do.
func (a *app) makePlan(ctx context.Context, p *planned, only selection, options plan.Options) error {
	if err := a.refresh(ctx, p); err != nil {
		return err
	}
	inv := p.inventory
	a.hideHooks(inv)
	if err := only.check(slices.Concat(p.releases, releasesIn(inv, nil))); err != nil {
		return err
	}
	var err error
	if options.Recreate, err = recreated(p.recreate, p.objects); err != nil {
		return err
	}
	observed, findings, err := p.client.Observe(ctx, cluster.Question{Ref: p.ref, Inventory: inv, Desired: p.objects, Finish: options.AdoptFinish, Identity: p.identity})
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
			return a.makePlan(ctx, p, only, options)
		}
	}
	if options.Stale, err = a.stale(p.checkout, inv); err != nil {
		return err
	}
	options.Approvals, options.Repoless = p.approvals, p.declared == nil || p.stranger
	in := plan.Input{
		Ref: p.ref, Inventory: inv, Desired: p.objects, Releases: planReleases(p.releases), Observed: observed,
		Cluster:  p.declaredCluster(),
		Versions: p.versions,
		Options:  options,
		Lapsed:   p.lapsed, Overrides: p.overrides, Restores: p.restores,
	}
	if !only.all() {
		in.Selected = only.forPlan(p.releases)
	}
	p.remember(&in)
	p.plan, err = plan.Make(in)
	a.report(p.plan.Findings)
	if found := diag.Findings(nil); errors.As(err, &found) {
		return reported{found}
	}
	return err
}

// stale says why a checkout is older than what was applied last; "" where it is not, or where there is none.
func (a *app) stale(checkout *revision.Revision, inv *inventory.Inventory) (string, error) {
	last, ok := inv.LastRun()
	if !ok || checkout == nil || last.Revision == "" {
		return "", nil
	}
	relation, err := checkout.Builds(last.Revision, last.RevisionTime)
	if err != nil {
		return "", err
	}
	is, was := short(checkout.Commit), short(last.Revision)
	warn := diag.Warningf("unknown-revision", diag.Position{}, "the revision applied last (%s) is not in this checkout's history", was)
	switch relation {
	case revision.Lacks:
		return fmt.Sprintf("this checkout (%s) does not build on the revision applied last (%s)", is, was), nil
	case revision.Older:
		a.report(diag.Findings{warn.WithHint("fetch all history: git fetch --unshallow")})
		return fmt.Sprintf("this checkout (%s) is older than the revision applied last (%s), and has too little history to tell whether it builds on it", is, was), nil
	case revision.TooShort:
		a.report(diag.Findings{warn.WithHint("fetch all history: git fetch --unshallow")})
	case revision.Gone:
		a.report(diag.Findings{warn.WithHint("it was never pushed, or history was rewritten; look at the plan before you agree")})
	}
	return "", nil
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
		words = append(words, shellWord(arg))
	}
	return strings.Join(words, " ")
}

// shellWord is an argument as it is typed in a shell.
func shellWord(arg string) string {
	if arg != "" && !strings.ContainsAny(arg, " \t\n!\"#$&'()*;<>?[\\]^`{|}~") {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// planReleases is what the plan needs to know of the releases.
func planReleases(releases []render.Release) map[string]plan.Release {
	out := map[string]plan.Release{}
	for _, r := range releases {
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
