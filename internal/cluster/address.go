package cluster

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// bare is a copy of a configuration whose address holds no credentials. They are sent as net/http would send them, but no error,
// question or event that names the server can show them.
func bare(config *rest.Config) (*rest.Config, error) {
	config = rest.CopyConfig(config)
	server, _, err := rest.DefaultServerUrlFor(config)
	switch {
	case !strings.Contains(config.Host, "@") && err != nil:
		return nil, fmt.Errorf("connect to cluster %s: %w", config.Host, err)
	case err != nil, server.Host == "", strings.Contains(config.Host, "@") && proxy.Misread(server):
		return nil, errors.New("connect to cluster: the server has no valid address: want https://HOST:PORT, " + proxy.Encoded)
	case server.User == nil:
		return config, nil
	}
	config.Username = server.User.Username()
	config.Password, _ = server.User.Password()
	config.BearerToken, config.BearerTokenFile = "", "" // the address wins, as with kubectl
	server.User = nil
	config.Host = server.String()
	return config, nil
}
