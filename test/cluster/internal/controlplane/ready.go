package controlplane

import (
	"context"
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// pollInterval is short because a start has several waits in a row.
const pollInterval = 50 * time.Millisecond

// AwaitAPI returns when the API server is ready, and tells its version.
func (p *Plane) AwaitAPI(ctx context.Context) (version string, err error) {
	err = poll(ctx, "API server", func(ctx context.Context) error {
		return p.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
	if err != nil {
		return "", err
	}
	info, err := p.client.Discovery().ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask for version: %w", err)
	}
	return info.GitVersion, nil
}

// Complete makes the nodes and returns when the cluster does all that its users expect of one.
func (p *Plane) Complete(ctx context.Context) error {
	if err := p.createNodes(ctx); err != nil {
		return err
	}
	for _, component := range []string{controllerManager, scheduler} {
		path := map[string]string{controllerManager: "/healthz", scheduler: "/readyz"}[component]
		if err := p.awaitHealth(ctx, component, path); err != nil {
			return err
		}
	}
	// A Pod is refused as long as its service account is missing.
	err := poll(ctx, "default service account", func(ctx context.Context) error {
		_, err := p.client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return err
	}
	return poll(ctx, "nodes", p.nodesReady)
}

// awaitHealth asks a component itself, on the port that it serves on.
func (p *Plane) awaitHealth(ctx context.Context, component, path string) error {
	client, err := rest.HTTPClientFor(rest.AnonymousClientConfig(p.admin))
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	url := "https://" + p.listeners[component].address + path
	return poll(ctx, component, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", path, response.Status)
		}
		return nil
	})
}

func (p *Plane) nodesReady(ctx context.Context) error {
	nodes, err := p.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	ready := 0
	for _, node := range nodes.Items {
		// The taint of a new node is removed only after it is Ready; until then no Pod fits.
		if isReady(node) && len(node.Spec.Taints) == 0 {
			ready++
		}
	}
	if ready < p.spec.Nodes {
		return fmt.Errorf("%d of %d ready", ready, p.spec.Nodes)
	}
	return nil
}

func isReady(node corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// poll tries until check succeeds; when ctx ends first it tells what was missing last.
func poll(ctx context.Context, what string, check func(context.Context) error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (%w)", what, context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}
