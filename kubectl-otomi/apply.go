package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// runFlags are how a plan is carried out.
type runFlags struct {
	yes         bool
	dryRun      string
	timeout     time.Duration
	lockTimeout time.Duration
	lockExpiry  time.Duration // of a lock that is not renewed; 0: as documented
	gate        string
	planFile    planFileFlags
	saved       *plan.Saved // that planFile names
	failFast    bool

	failSuperseded bool
}

func (f *runFlags) add(flags *pflag.FlagSet) {
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long all of it may take, waiting for another run included (default: no limit but that of each release)")
	flags.DurationVar(&f.lockTimeout, "lock-timeout", 10*time.Minute, "how long to wait for another run; 0: not at all")
	flags.DurationVar(&f.lockExpiry, "lock-expiry", 0, "how long a lock lasts that is not renewed; tests shorten it")
	_ = flags.MarkHidden("lock-expiry") // it is there
}

func (a *app) applyCmd() *cobra.Command {
	var from inputFlags
	var run runFlags
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make a cluster what the values repo says",
		Long: `Make a cluster what the values repo says: merge, check and render the values, plan the changes, try them out on the server,
then apply them runlevel by runlevel, wait until each is ready, and prune what is gone from the repo.

Nothing is written while anything is wrong. On a terminal it asks; elsewhere creates and updates go ahead, and deletions,
recreations, adoptions and the first apply to a cluster need --yes. A task's Job is recreated by design and needs none.

What charts' random functions return is made once and remembered in the cluster, certificates until 30 days before they end,
or a third of their life where that is less. A new password or certificate in the place of another needs --yes too.

With -f or -k it applies any manifests, as a set of their own that --inventory names: what was in them at the last run and is gone
is pruned. The cluster is that of the kubeconfig's current context, or of --context.`,
		Example: `  # Apply the cluster dev
  kubectl otomi apply --cluster dev

  # Only what belongs to one team; nothing else is touched or pruned
  kubectl otomi apply --cluster dev -l team=blue

  # Agree to a plan now, carry out this one and no other later
  kubectl otomi apply --cluster prod --plan-out plan.yaml
  kubectl otomi apply --cluster prod --plan plan.yaml

  # Take over what Helm installed, and when nothing of the release is left have Helm forget it
  kubectl otomi apply --cluster prod --adopt helm:web
  kubectl otomi apply --cluster prod --adopt-finish

  # In a pipeline
  kubectl otomi apply --cluster prod --yes --timeout 20m

  # Manifests from anywhere, without a values repo
  kustomize build overlays/prod | kubectl otomi apply -f - --inventory web/web`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.apply(cmd, from, run)
		},
	}
	from.add(cmd.Flags())
	run.add(cmd.Flags())
	run.planFile.add(cmd.Flags())
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&run.dryRun, "dry-run", "none", "stop after the plan: client, or server to try it out there")
	cmd.Flags().BoolVar(&run.failSuperseded, "fail-superseded", false, "exit with 3 where a newer run did not let this one wait until all is ready")
	cmd.Flags().StringVar(&run.gate, "gate", string(cluster.GateChanged), "what a runlevel waits for: changed, all or none")
	cmd.Flags().BoolVar(&run.failFast, "fail-fast", false, "send nothing more after the first failure; what is under way ends")
	return cmd
}

// apply carries the line on to the cluster, one cluster after the other.
func (a *app) apply(cmd *cobra.Command, from inputFlags, run runFlags) error {
	if err := a.checkApply(run); err != nil {
		return err
	}
	if err := a.checkParallel(run); err != nil {
		return err
	}
	saved, err := run.planFile.read(a, from, run)
	if err != nil {
		return err
	}
	run.saved = saved
	return a.eachCluster(cmd, from, func(ctx context.Context, a *app, p *planned, only selection, options plan.Options) error {
		if err := run.planFile.single(a); err != nil {
			return err
		}
		return a.bring(ctx, p, only, options, run)
	})
}

// checkParallel refuses to ask several questions at a time.
func (a *app) checkParallel(run runFlags) error {
	if person, leave := a.person(); person != nil {
		leave()
		if a.parallel > 1 && !run.yes && run.dryRun == "none" {
			return usagef("--parallel %d: nobody can answer several questions at a time; look at the plans with --dry-run=server, and add --yes", a.parallel)
		}
	}
	return nil
}

func (a *app) checkApply(run runFlags) error {
	if err := a.oneOf("text", "json", "jsonl"); err != nil {
		return err
	}
	if err := checkDryRun(run.dryRun); err != nil {
		return err
	}
	if err := checkTimeout(run.timeout); err != nil {
		return err
	}
	switch cluster.Gate(run.gate) {
	case cluster.GateChanged, cluster.GateAll, cluster.GateNone:
		return nil
	default:
		return usagef("--gate: want changed, all or none, not %q", run.gate)
	}
}

func checkDryRun(how string) error {
	switch how {
	case "none", "client", "server":
		return nil
	default:
		return usagef("--dry-run: want none, client or server, not %q", how)
	}
}

func checkTimeout(limit time.Duration) error {
	if limit < 0 {
		return usagef("--timeout %s: want a time that is not negative; 0 is no limit", limit)
	}
	return nil
}

// bring makes a cluster hold what is desired: under the lock it plans, gets the plan agreed to and carries it out.
func (a *app) bring(ctx context.Context, p *planned, only selection, options plan.Options, run runFlags) (err error) {
	var lock *cluster.Lock
	// Of a set that was never applied nothing is in the cluster; until somebody has agreed, that goes for its lock too.
	first := p.inventory == nil
	if !first && run.dryRun == "none" {
		if lock, err = a.lock(ctx, p.session, &run); err != nil {
			return err
		}
		defer release(ctx, lock)
	}
	if err := a.agree(ctx, p, only, options, run); err != nil || run.dryRun != "none" {
		return err
	}
	if first {
		if lock, err = a.lock(ctx, p.session, &run); err != nil {
			return err
		}
		defer release(ctx, lock)
		if p.inventory != nil { // another run was quicker: what was agreed to is not what is left to do
			if err := a.agree(ctx, p, only, options, run); err != nil {
				return err
			}
		}
	}
	if run.planFile.out != "" {
		return a.savePlan(ctx, p, lock, options.Force, run.planFile.out)
	}
	return a.carryOut(ctx, p, lock, options.Force, run)
}

// agree makes the plan, has the server try it out, and gets it confirmed. Of a dry run the plan is all there is.
func (a *app) agree(ctx context.Context, p *planned, only selection, options plan.Options, run runFlags) error {
	refused := a.makePlan(ctx, p, only, options)
	if refused != nil && (!plan.Triable(refused) || run.dryRun == "client") {
		return refused
	}
	if run.dryRun != "client" {
		// A refused plan is tried out too, so that all there is against it is said at once.
		findings, err := p.client.Preflight(ctx, p.plan, options.Force)
		if len(findings) > 0 || err != nil {
			p.hidden(ctx).Conceal(err)
		}
		if err := a.finish(findings); err != nil {
			return cmp.Or(refused, err)
		}
		if err := plan.Join(refused, err); err != nil {
			return err
		}
	}
	a.stream.plan(p.plan)
	switch {
	case run.saved != nil:
		return a.agreed(p, options.Force, run.saved)
	case run.dryRun == "none" && run.planFile.out == "":
		return a.confirm(ctx, p, run.yes)
	case a.stream != nil:
		return nil
	default:
		return a.printPlan(a.Out, p.plan)
	}
}

// release gives the lock back, also after an interruption.
func release(ctx context.Context, lock *cluster.Lock) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = lock.Release(ctx) // it expires by itself
}

// confirm asks on a terminal; elsewhere what is risky needs --yes.
func (a *app) confirm(ctx context.Context, p *planned, yes bool) error {
	changes, risky := p.plan.Changes(), p.plan.Risky()
	if len(changes) == 0 || yes {
		return nil
	}
	unpinned := p.plan.Unpinned(p.uid())
	if unpinned {
		fmt.Fprintf(a.ErrOut, "this is the first apply to the cluster at %s, uid %s\n", p.identity.Server, p.identity.UID)
		if p.declared != nil {
			fmt.Fprintf(a.ErrOut, "declare it in otomi.yaml (clusters: [{name: %s, uid: %s}]) and no run can hit another cluster\n", p.plan.Cluster.Name, p.identity.UID)
		}
	}
	if person, leave := a.person(); person != nil {
		defer leave()
		text := *a
		text.output = "text"
		if err := text.printPlan(a.ErrOut, p.plan); err != nil {
			return err
		}
		return a.ask(ctx, person, p.question(len(changes)))
	}
	if len(risky) == 0 && len(p.plan.Replaced) == 0 && !unpinned {
		return nil
	}
	if len(risky) > 0 {
		if err := a.printActions(a.ErrOut, risky); err != nil {
			return err
		}
	}
	return errNobodyAgrees
}

// question asks for what is about to happen.
func (p *planned) question(changes int) string {
	if p.plan.Destroy {
		return fmt.Sprintf("destroy %s: delete %s at %s?", p.ref, count(p.plan.Counts()[plan.Prune], "object"), p.identity.Server)
	}
	return fmt.Sprintf("apply %s to %s?", count(changes, "change"), p.identity.Server)
}

// errNobodyAgrees is what ends a run that somebody should agree to where nobody is there to ask.
var errNobodyAgrees = refusedError{"this needs agreement and there is no terminal to ask on; add --yes"}

// refusedError ends with the exit code of a safety rule.
type refusedError struct{ text string }

func (e refusedError) Error() string        { return e.text }
func (e refusedError) Is(target error) bool { return target == plan.ErrRefused }

// person is where somebody answers questions: standard input, or where that holds manifests, the terminal itself. It is nil where
// nobody does.
func (a *app) person() (in io.Reader, leave func()) {
	switch {
	case !terminal(a.ErrOut):
		return nil, nil
	case !a.piping:
		if !terminal(a.In) {
			return nil, nil
		}
		return a.In, func() {}
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return nil, nil
	}
	return tty, func() { _ = tty.Close() }
}

func (a *app) ask(ctx context.Context, person io.Reader, question string) error {
	fmt.Fprintf(a.ErrOut, "%s [y/N] ", question)
	answers := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(person).ReadString('\n') // no answer is a no
		answers <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.ErrOut, "")
		return ctx.Err()
	case answer := <-answers:
		if answer == "y" || answer == "yes" {
			return nil
		}
		return refusedError{"not confirmed; nothing was changed"}
	}
}
