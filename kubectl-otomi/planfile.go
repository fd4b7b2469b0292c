package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// planFileFlags are where a plan is saved, and which saved one is carried out.
type planFileFlags struct{ out, in string }

func (f *planFileFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.out, "plan-out", "", "save the plan in `FILE` and change nothing; a first one leaves an inventory in the cluster, for its key")
	flags.StringVar(&f.in, "plan", "", "carry out the plan of `FILE` without asking, unless the cluster or the input has changed since")
}

// read reads the plan that is to be carried out; nil where none is named. It names the cluster where nothing else does.
func (f *planFileFlags) read(a *app, from inputFlags, run runFlags) (*plan.Saved, error) {
	switch {
	case f.in != "" && f.out != "":
		return nil, usagef("--plan and --plan-out exclude each other")
	case (f.in != "" || f.out != "") && run.dryRun != "none":
		return nil, usagef("--dry-run goes with neither --plan nor --plan-out, which applies nothing either")
	case f.in == "":
		return nil, nil
	}
	text, err := os.ReadFile(f.in)
	if err != nil {
		return nil, fmt.Errorf("read plan %s: %w", f.in, cause(err))
	}
	saved := &plan.Saved{}
	if err := yaml.UnmarshalStrict(text, saved); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", f.in, err)
	}
	if saved.Kind != plan.SavedKind || saved.APIVersion != plan.SavedVersion {
		return nil, fmt.Errorf("read plan %s: want kind %s of %s, not %q of %q", f.in, plan.SavedKind, plan.SavedVersion, saved.Kind, saved.APIVersion)
	}
	if name := saved.Spec.Cluster.Name; name != "" && len(a.clusters) == 0 && !a.all && !from.given.any() {
		a.clusters = []string{name}
	}
	return saved, nil
}

// single refuses plans of several clusters: each has a file of its own.
func (f *planFileFlags) single(a *app) error {
	if a.attributed && (f.in != "" || f.out != "") {
		return usagef("--plan and --plan-out are for one cluster; name it with --cluster")
	}
	return nil
}

// saved is the plan as its file has it. Reasons may quote what others wrote into the cluster, so secrets are hidden in them.
func (a *app) saved(p *planned, force bool) (plan.Saved, error) {
	s := p.plan.Save(p.inventory, force)
	s.Spec.Created, s.Spec.Command = time.Now().UTC().Truncate(time.Second), a.what()
	s.Spec.Revision, s.Spec.Dirty = p.revision, p.dirty
	data, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("encode plan: %w", err)
	}
	var hidden plan.Saved
	if err := json.Unmarshal(a.hidden.now().JSON(data), &hidden); err != nil {
		return s, fmt.Errorf("encode plan: %w", err)
	}
	return hidden, nil
}

// agreed reports that the plan is still the one that was saved, which is agreed to by whoever passes it.
func (a *app) agreed(p *planned, force bool, saved *plan.Saved) error {
	if p.inventory == nil {
		return refusedError{fmt.Sprintf("the plan is of inventory %s, and nothing was applied as %s; make a new plan", saved.Spec.Inventory, p.ref)}
	}
	now, err := a.saved(p, force)
	if err != nil {
		return err
	}
	return saved.Check(now)
}

// savePlan writes the plan into its file. The inventory gets what the plan is held against later.
func (a *app) savePlan(ctx context.Context, p *planned, lock *cluster.Lock, force bool, file string) error {
	p.hidden(ctx) // so that nothing that depends on secrets is in the file
	first := p.inventory == nil
	inv, err := p.client.KeepPlan(ctx, lock, p.plan)
	if err != nil {
		return err
	}
	if p.inventory = inv; first {
		fmt.Fprintf(a.ErrOut, "inventory %s is in the cluster now, without objects: it holds the key of the plan's digests\n", p.ref)
	}
	saved, err := a.saved(p, force)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(saved)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	if err := replaceFile(file, text); err != nil {
		return fmt.Errorf("write plan %s: %w", file, cause(err))
	}
	fmt.Fprintf(a.ErrOut, "the plan is in %s; carry it out with the same flags and --plan %s in the place of --plan-out\n", file, diag.ShellWord(file))
	return nil
}

// replaceFile writes a file under another name first, so that none is ever half written. Only the user may read it.
func replaceFile(name string, text []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(name), ".plan-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // it has taken the file's place, or something is wrong already
	_, err = draft.Write(text)
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}
