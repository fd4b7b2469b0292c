package component

import (
	"context"
	"net"

	"k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/rest"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

func runControllerManager(ctx context.Context, args []string, listener net.Listener) error {
	opts, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return err
	}
	known, off, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	sets := opts.Flags(known, off, aliases)
	opts.ParsedFlags = &sets
	if err := parseFlags("kube-controller-manager", &sets, args); err != nil {
		return err
	}
	if err := opts.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	// It watches deprecated versions on purpose.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	if err := logsapi.ValidateAndApply(opts.Logs, feature.DefaultFeatureGate); err != nil {
		return err
	}
	opts.SecureServing.Listener = listener
	config, err := opts.Config(ctx, known, off, aliases)
	if err != nil {
		return err
	}
	return app.Run(ctx, config.Complete())
}
