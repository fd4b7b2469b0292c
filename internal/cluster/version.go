package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/version"
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
	// Who asks in passing does not wait for the many tries that client-go makes, and hears why there is no answer.
	body, err := d.RESTClient().Get().AbsPath("/version").MaxRetries(1).Do(ctx).Raw()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", config.Host, proxy.Cause(err))
	}
	var v version.Info
	if err := json.Unmarshal(body, &v); err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", config.Host, err)
	}
	return v.GitVersion, nil
}
