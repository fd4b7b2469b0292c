package component

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	"sigs.k8s.io/kwok/pkg/utils/client"
)

// runKwok plays the kubelet of every node. It takes only --kubeconfig: kwok's own command would also read a
// configuration file from the home folder, and one machine's clusters must not differ from another's.
func runKwok(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("kwok", pflag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server")
	if err := flags.Parse(args); err != nil {
		return err
	}
	lives, err := loadStages()
	if err != nil {
		return fmt.Errorf("load stages: %w", err)
	}
	config, err := kwokClients(*kubeconfig)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	config.Clock = clock.RealClock{}
	config.LocalStages = lives
	config.ManageAllNodes = true
	config.ID = "devcluster"
	config.CIDR = "10.244.0.1/16"
	config.NodeIP = "127.0.0.1"
	config.NodeLeaseDurationSeconds = 40
	config.NodeLeaseParallelism = 4
	config.NodePlayStageParallelism = 4
	config.PodPlayStageParallelism = 16
	config.PodsOnNodeSyncParallelism = 4
	controller, err := controllers.NewController(config)
	if err != nil {
		return err
	}
	if err := controller.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func kwokClients(kubeconfig string) (controllers.Config, error) {
	var config controllers.Config
	clients, err := client.NewClientset("", kubeconfig)
	if err != nil {
		return config, err
	}
	connection, err := clients.ToRESTConfig()
	if err != nil {
		return config, err
	}
	if config.DynamicClient, err = clients.ToDynamicClient(); err != nil {
		return config, err
	}
	if config.RESTMapper, err = clients.ToRESTMapper(); err != nil {
		return config, err
	}
	if config.RESTClient, err = rest.RESTClientFor(connection); err != nil {
		return config, err
	}
	if config.TypedClient, err = kubernetes.NewForConfig(connection); err != nil {
		return config, err
	}
	config.ImpersonatingDynamicClient = clients.ToImpersonatingDynamicClient()
	config.ImpersonatingTypedClient = clients.ToImpersonatingTypedClient()
	return config, nil
}
