package main

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// unreached says of an API server that gave no answer which proxy stands before it, and what to do.
func (a *app) unreached(config *rest.Config, err error) error {
	if errors.As(err, new(apierrors.APIStatus)) && !apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse) {
		return err // it has answered
	}
	server, _, malformed := rest.DefaultServerUrlFor(config)
	if malformed != nil {
		return fmt.Errorf("%w\ncorrect the server's address: --server, or that of the cluster in the kubeconfig", err)
	}
	ask, named, correct := config.Proxy, "the kubeconfig's proxy-url", "correct the cluster's proxy-url in the kubeconfig"
	if *a.kube.ProxyURL != "" {
		named, correct = "--proxy-url", "correct --proxy-url"
	}
	if ask == nil {
		ask, named = utilnet.NewProxierWithNoProxyCIDR(http.ProxyFromEnvironment), strings.ToUpper(server.Scheme)+"_PROXY"
		correct = fmt.Sprintf("correct %s, or add %s to NO_PROXY", named, server.Hostname())
	}
	by, invalid := ask(&http.Request{URL: server})
	switch {
	case by == nil || invalid != nil:
		return fmt.Errorf("%w\ncheck the server's address and your access with: kubectl cluster-info", err)
	case proxy.Answered(err):
		return fmt.Errorf("%w (the proxy %s of %s answered instead of the server)\n%s", err, proxy.Name(by), named, correct)
	}
	return fmt.Errorf("%w (asked by the proxy %s of %s)\n%s; or check the server's address with: kubectl cluster-info", err, proxy.Name(by), named, correct)
}

// anonymous is a text without the credentials of URLs.
func anonymous(text string) string {
	return regexp.MustCompile(`://[^/\s@]*@`).ReplaceAllString(text, "://…@")
}
