package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// inCluster among a cluster's contexts allows the configuration that a Pod has.
const inCluster = "in-cluster"

// session is a connection to the cluster that a set lives in.
type session struct {
	client      *cluster.Client
	identity    cluster.Identity
	ref         inventory.Ref
	declared    *repo.Cluster   // nil: there is no otomi.yaml
	kubeVersion string          // that manifests were checked by, where there is no otomi.yaml
	allowed     []plan.Approval // the approvals of otomi.yaml
	stranger    bool            // the set is not that of otomi.yaml, whose approvals do not count
	// inventory is as it was read last; nil: nothing was applied under the name.
	inventory *inventory.Inventory
}

// connect opens the session of a cluster of otomi.yaml: --context and --kubeconfig, else the first of its contexts that there
// is.
func (a *app) connect(ctx context.Context, c *repo.Cluster, ref inventory.Ref) (*session, error) {
	config, err := a.restConfig(c)
	if err != nil {
		return nil, err
	}
	s := &session{ref: ref, declared: c}
	s.client, err = cluster.Connect(ctx, config, cluster.Options{Now: time.Now, Warn: a.warn()})
	if err != nil {
		return nil, a.unreached(config, err)
	}
	if s.identity, err = s.client.Identify(ctx); err != nil {
		return nil, a.unreached(config, err)
	}
	return s, nil
}

// warn prints what an API server warns of.
func (a *app) warn() func(string) {
	var mu sync.Mutex
	return func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(a.ErrOut, "warning: the API server says: %s\n", diag.Printable(text))
	}
}

func (a *app) restConfig(c *repo.Cluster) (*rest.Config, error) {
	a.connecting.Lock()
	defer a.connecting.Unlock()
	if err := a.checkConnection(); err != nil {
		return nil, err
	}
	if *a.kube.Context == "" && c != nil && len(c.Contexts) > 0 {
		name, err := a.context(c)
		if err != nil {
			return nil, err
		}
		if name == inCluster {
			return rest.InClusterConfig()
		}
		*a.kube.Context = name
		defer func() { *a.kube.Context = "" }()
	}
	config, err := a.kube.ToRawKubeConfigLoader().ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err), err == nil && a.nowhere(config):
		return nil, a.noCluster()
	case err != nil:
		return nil, a.kubeconfigError(err)
	}
	if config.ExecProvider != nil {
		a.plugged.Store(true)
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return config, nil //nolint:nilerr // connecting says so, without the credentials that the address may hold
	}
	return config, a.unsound(config, server)
}

// nowhere reports whether nobody named a server. client-go takes one without TLS on this machine for it then.
func (a *app) nowhere(config *rest.Config) bool {
	raw, err := a.kube.ToRawKubeConfigLoader().RawConfig()
	current := *a.kube.Context != "" || raw.CurrentContext != ""
	return err == nil && !current && *a.kube.APIServer == "" && config.Host == "http://localhost:8080"
}

// context is the first of a cluster's contexts that the kubeconfig has.
func (a *app) context(c *repo.Cluster) (string, error) {
	raw, err := a.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", a.kubeconfigError(err)
	}
	for _, name := range c.Contexts {
		if raw.Contexts[name] != nil || name == inCluster && serviceAccount() {
			return name, nil
		}
	}
	known := make([]string, 0, len(raw.Contexts))
	for name := range raw.Contexts {
		known = append(known, name)
	}
	slices.Sort(known)
	have := "the kubeconfig has no context"
	if len(known) > 0 {
		have = "the kubeconfig has " + strings.Join(known, ", ")
	}
	return "", usagef("find cluster %s: none of its contexts (%s) exists; %s\nname one with --context", c.Name, strings.Join(c.Contexts, ", "), have)
}

// serviceAccount reports whether this process runs in a Pod that may talk to its API server.
func serviceAccount() bool {
	_, err := os.Stat("/var/run/secrets/kubernetes.io/serviceaccount/token")
	return os.Getenv("KUBERNETES_SERVICE_HOST") != "" && !errors.Is(err, fs.ErrNotExist)
}

// read reads the inventory, and refuses a cluster that is not the one meant before anything is written to it.
func (s *session) read(ctx context.Context) (err error) {
	if s.inventory, err = s.client.Load(ctx, s.ref); err != nil {
		return err
	}
	return plan.CheckCluster(s.ref, s.declaredCluster(), s.inventory, s.identity.UID)
}

// declaredCluster is the cluster as otomi.yaml has it, and where there is none, as the inventory has it.
func (s *session) declaredCluster() plan.Cluster {
	if s.declared == nil {
		known := plan.Cluster{KubeVersion: s.kubeVersion}
		if s.inventory != nil {
			known.Name = s.inventory.Cluster.Name
		}
		return known
	}
	return plan.Cluster{Name: s.declared.Name, UID: types.UID(s.declared.UID), KubeVersion: s.declared.KubeVersion}
}

// uid is the declared one, which may be empty.
func (s *session) uid() types.UID {
	if s.declared == nil {
		return ""
	}
	return types.UID(s.declared.UID)
}
