package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

func (a *app) contextWords(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, name := range slices.Sorted(maps.Keys(a.kubeconfig().Contexts)) {
		found = append(found, cobra.CompletionWithDesc(name, a.kubeconfig().Contexts[name].Cluster))
	}
	return found, noFiles
}

func (a *app) userWords(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return slices.Sorted(maps.Keys(a.kubeconfig().AuthInfos)), noFiles
}

func (a *app) kubeconfig() api.Config {
	raw, err := a.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return api.Config{}
	}
	return raw
}

func (a *app) namespaceWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.inquire(cmd, func(ctx context.Context, client *cluster.Client, _ *workspace) []cobra.Completion {
		names, _ := client.Namespaces(ctx)
		return names
	})
}

func (a *app) inventoryWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.inquire(cmd, func(ctx context.Context, client *cluster.Client, _ *workspace) []cobra.Completion {
		sets, _ := client.Inventories(ctx, *a.kube.Namespace, inventory.DefaultNamespace)
		var found []cobra.Completion
		for _, s := range sets {
			found = append(found, cobra.CompletionWithDesc(s.Ref.String(), summarize(s).State))
		}
		return found
	})
}

// runWords are the runs that can be rolled back to, newest first.
func (a *app) runWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, how := a.inquireInventory(cmd, func(inv *inventory.Inventory) (found []cobra.Completion) {
		for _, r := range slices.Backward(inv.Runs) {
			if possible, _ := inv.Restorable(r); possible {
				found = append(found, cobra.CompletionWithDesc(strconv.FormatInt(r.Number, 10), string(r.State)+" "+r.Started.UTC().Format(time.DateTime)+"Z"))
			}
		}
		return found
	})
	return found, how | cobra.ShellCompDirectiveKeepOrder
}

// objectWords are the objects of the set.
func (a *app) objectWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.inquireInventory(cmd, func(inv *inventory.Inventory) (found []cobra.Completion) {
		for _, e := range inv.Entries {
			found = append(found, e.String())
		}
		slices.Sort(found)
		return found
	})
}

// inquireInventory looks into the inventory of the set that the command line is about.
func (a *app) inquireInventory(cmd *cobra.Command, look func(*inventory.Inventory) []cobra.Completion) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.inquire(cmd, func(ctx context.Context, client *cluster.Client, w *workspace) []cobra.Completion {
		var name string
		if f := cmd.Flag("inventory"); f != nil {
			name = f.Value.String()
		}
		if name == "" && w != nil {
			name = w.repo.InventoryRef()
		}
		ref, err := inventory.ParseRef(name)
		if err != nil {
			return nil
		}
		inv, err := client.Load(ctx, ref)
		if err != nil || inv == nil {
			return nil
		}
		return look(inv)
	})
}

// inquire looks into the cluster that the command line is about, for a second at most, whatever a credential plugin or the server
// does: a shell that hangs is worse than one that suggests nothing.
func (a *app) inquire(cmd *cobra.Command, look func(context.Context, *cluster.Client, *workspace) []cobra.Completion) ([]cobra.Completion, cobra.ShellCompDirective) {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(cmd.Context(), patience)
	defer cancel()
	answer := make(chan []cobra.Completion, 1)
	go func() {
		w, c := a.meant()
		answer <- a.inquireAt(ctx, w, c, look)
	}()
	select {
	case found := <-answer:
		return found, noFiles
	case <-ctx.Done():
		return nil, noFiles
	}
}

func (a *app) inquireAt(ctx context.Context, w *workspace, c *repo.Cluster, look func(context.Context, *cluster.Client, *workspace) []cobra.Completion) []cobra.Completion {
	config, err := a.restConfig(c)
	if err != nil {
		return nil
	}
	if config.ExecProvider != nil {
		config.ExecProvider.StdinUnavailable = true // the keys that are pressed are for the shell
	}
	client, err := cluster.Connect(ctx, config, cluster.Options{Now: time.Now})
	if err != nil {
		return nil
	}
	return look(ctx, client, w)
}
