package cluster

import (
	"context"
	"fmt"
	"net/http"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// Version asks an API server for its version, and for nothing else.
func Version(ctx context.Context, config *rest.Config) (string, error) {
	config, err := bare(config)
	if err != nil {
		return "", err
	}
	config.UserAgent = object.FieldManager
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return unpaged{next} })
	h, err := httpClient(config)
	if err != nil {
		return "", fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	d, err := discovery.NewDiscoveryClientForConfigAndClient(config, h)
	if err != nil {
		return "", fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	v, err := d.ServerVersionWithContext(ctx)
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", config.Host, proxy.Cause(err))
	}
	return v.GitVersion, nil
}
