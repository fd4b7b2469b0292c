package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Version asks an API server for its version, and for nothing else.
func Version(ctx context.Context, config *rest.Config) (string, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = object.FieldManager
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	v, err := d.ServerVersionWithContext(ctx)
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // what was requested is said already
	}
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", config.Host, err)
	}
	return v.GitVersion, nil
}
