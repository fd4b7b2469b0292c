package main

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// deleteFlags are what a run may delete that is refused otherwise, and how much.
type deleteFlags struct {
	data, crds, namespaces bool
	maxPrune               string
}

func (f *deleteFlags) add(flags *pflag.FlagSet, usual string) {
	flags.StringVar(&f.maxPrune, "max-prune", "", "how many objects may be deleted, `N|N%` (default: "+usual+")")
	flags.BoolVar(&f.data, "prune-data", false, "delete PersistentVolumeClaims and PersistentVolumes too, with their data")
	flags.BoolVar(&f.crds, "prune-crds", false, "delete CustomResourceDefinitions too where resources of others would go with them")
	flags.BoolVar(&f.namespaces, "prune-namespaces", false, "delete namespaces too where objects of others would go with them")
}

// allow writes into a plan's options what the flags allow.
func (f *deleteFlags) allow(o *plan.Options) error {
	for _, flag := range []struct {
		given bool
		rule  string
	}{{f.data, plan.RulePruneData}, {f.crds, plan.RulePruneCRD}, {f.namespaces, plan.RulePruneNamespace}} {
		if flag.given {
			o.Allow = append(o.Allow, flag.rule)
		}
	}
	if f.maxPrune == "" {
		return nil
	}
	budget, err := plan.ParseBudget(f.maxPrune)
	if err != nil {
		return usagef("--max-prune: %v", err)
	}
	o.MaxPrune = &budget
	return nil
}

// recreated are the objects that --recreate names. To name one that is not in the set is a mistake, not a wish for nothing.
func recreated(names []string, objects []object.Object) ([]object.ID, error) {
	var ids []object.ID
	for _, name := range names {
		r, err := object.ParseReference(name)
		if err != nil {
			return nil, usagef("--recreate: %v", err)
		}
		o, finding := r.Find(objects)
		if finding != nil {
			why := strings.Replace(finding.Message, r.String(), name, 1)
			if finding.Hint != "" {
				why += "; " + finding.Hint
			}
			return nil, usagef("--recreate %s: %s", name, why)
		}
		ids = append(ids, o.ID())
	}
	return ids, nil
}
