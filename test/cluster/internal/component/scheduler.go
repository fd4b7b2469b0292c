package component

import (
	"context"
	"net"

	basecompatibility "k8s.io/component-base/compatibility"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

func runScheduler(ctx context.Context, args []string, listener net.Listener) error {
	opts := options.NewOptions()
	if err := parseFlags("kube-scheduler", opts.Flags, args); err != nil {
		return err
	}
	registry := opts.ComponentGlobalsRegistry
	if err := registry.Set(); err != nil {
		return err
	}
	if err := logsapi.ValidateAndApply(opts.Logs, registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)); err != nil {
		return err
	}
	opts.SecureServing.Listener = listener
	config, scheduler, err := app.Setup(ctx, opts)
	if err != nil {
		return err
	}
	return app.Run(ctx, config, scheduler)
}
