// Package component runs one component of a Kubernetes control plane inside this process: etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler, or kwok, which plays the nodes. In go the component's own flags and, for
// those that serve, a listener that is already bound; out comes an error when the component ends. Logs go to stderr.
package component

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
)

// Names lists the components in the order in which they are started.
func Names() []string {
	return []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}
}

// Run runs the component name until ctx is done or it fails. With a listener the Kubernetes components serve on it and
// ignore their port flags: a port that is bound before its server starts cannot be lost to another process.
func Run(ctx context.Context, name string, args []string, listener net.Listener) error {
	if !slices.Contains(Names(), name) {
		return fmt.Errorf("run component: unknown component %q", name)
	}
	if err := stampVersion(); err != nil {
		return fmt.Errorf("stamp version: %w", err)
	}
	var err error
	switch name {
	case "etcd":
		runEtcd(args)
	case "kube-apiserver":
		err = runAPIServer(ctx, args, listener)
	case "kube-controller-manager":
		err = runControllerManager(ctx, args, listener)
	case "kube-scheduler":
		err = runScheduler(ctx, args, listener)
	case "kwok":
		err = runKwok(ctx, args)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	return nil
}

// parseFlags parses args with the flags of a component and those that every Kubernetes component has.
func parseFlags(name string, sets *cliflag.NamedFlagSets, args []string) error {
	globalflag.AddGlobalFlags(sets.FlagSet("global"), name, logs.SkipLoggingConfigurationFlags())
	all := pflag.NewFlagSet(name, pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	return all.Parse(args)
}
