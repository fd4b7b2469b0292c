package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// unreached says of an API server that gave no answer which proxy stands before it, and what to do.
func (a *app) unreached(config *rest.Config, err error) error {
	if errors.As(err, new(apierrors.APIStatus)) && !apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse) {
		return err // it has answered
	}
	server, _, malformed := rest.DefaultServerUrlFor(config)
	if malformed != nil || proxy.Misread(server) {
		return fmt.Errorf("%w\ncorrect the server's address: --server, or that of the cluster in the kubeconfig", err)
	}
	ask, named, correct := a.proxyOf(config, server)
	by, invalid := ask(&http.Request{URL: server})
	switch {
	case by == nil || invalid != nil:
		return fmt.Errorf("%w\ncheck the server's address and your access with: kubectl cluster-info", err)
	case proxy.Answered(err):
		return fmt.Errorf("%w (the proxy %s of %s answered instead of the server)\n%s", err, proxy.Name(by), named, correct)
	}
	return fmt.Errorf("%w %s\n%s; or check the server's address with: kubectl cluster-info", err, proxy.Asked(by, named), correct)
}

// proxyOf is what knows the proxy before an API server, by which setting it does, and how to correct that.
func (a *app) proxyOf(config *rest.Config, server *url.URL) (ask func(*http.Request) (*url.URL, error), named, correct string) {
	switch {
	case *a.kube.ProxyURL != "":
		return config.Proxy, "--proxy-url", "correct --proxy-url"
	case config.Proxy != nil:
		return config.Proxy, "the kubeconfig's proxy-url", "correct the cluster's proxy-url in the kubeconfig"
	}
	named, correct = proxy.Variable(server)
	return utilnet.NewProxierWithNoProxyCIDR(http.ProxyFromEnvironment), named, correct
}

// unsound refuses a proxy without an address that can be asked. Whoever asked it would show the password in it when that fails.
func (a *app) unsound(config *rest.Config, server *url.URL) error {
	ask, named, correct := a.proxyOf(config, server)
	if _, err := proxy.Sound(ask(&http.Request{URL: server})); err != nil {
		return fmt.Errorf("read %s: %w\n%s", named, err, correct)
	}
	return nil
}

// proxyError is what is wrong with the proxy that --proxy-url or a context of the kubeconfig names, nil where that is nothing.
func (a *app) proxyError(raw api.Config) error {
	address := *a.kube.ProxyURL
	if context := raw.Contexts[cmp.Or(*a.kube.Context, raw.CurrentContext)]; address == "" && context != nil && raw.Clusters[context.Cluster] != nil {
		address = raw.Clusters[context.Cluster].ProxyURL
	}
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	return a.unsound(&rest.Config{Proxy: func(*http.Request) (*url.URL, error) { return u, err }}, &url.URL{})
}
