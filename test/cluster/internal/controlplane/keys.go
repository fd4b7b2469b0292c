package controlplane

import (
	"fmt"
	"os"
	"time"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/pki"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// keySet is what kubeconfigs are made of.
type keySet struct {
	ca      []byte
	clients map[string]pki.Pair // by file name of the kubeconfig
}

// Files below the cluster's folder, which is also the working directory of every component.
const (
	caCert, caKey         = "pki/ca.crt", "pki/ca.key"
	frontCert             = "pki/front-proxy-ca.crt"
	proxyCert, proxyKey   = "pki/front-proxy.crt", "pki/front-proxy.key"
	serverCert, serverKey = "pki/server.crt", "pki/server.key"
	signerPub, signerKey  = "pki/service-accounts.pub", "pki/service-accounts.key"
)

func writeKeys(dir state.Dir, now time.Time) (keySet, error) {
	ca, err := pki.NewAuthority("devcluster", now)
	if err != nil {
		return keySet{}, err
	}
	front, err := pki.NewAuthority("devcluster-front-proxy", now)
	if err != nil {
		return keySet{}, err
	}
	signer, err := pki.NewSigner()
	if err != nil {
		return keySet{}, err
	}
	proxy, err := front.Client("front-proxy")
	if err != nil {
		return keySet{}, err
	}
	server, err := ca.Server("kube-apiserver", "localhost", "127.0.0.1", "::1", serviceIP,
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
	if err != nil {
		return keySet{}, err
	}
	files := map[string][]byte{
		caCert: ca.Cert, caKey: ca.Key, frontCert: front.Cert, proxyCert: proxy.Cert, proxyKey: proxy.Key,
		serverCert: server.Cert, serverKey: server.Key, signerPub: signer.Cert, signerKey: signer.Key,
	}
	if err := os.MkdirAll(dir.File("pki"), 0o700); err != nil {
		return keySet{}, fmt.Errorf("write keys: %w", err)
	}
	for name, data := range files {
		if err := os.WriteFile(dir.File(name), data, 0o600); err != nil {
			return keySet{}, fmt.Errorf("write keys: %w", err)
		}
	}
	clients, err := newClients(ca)
	return keySet{ca: ca.Cert, clients: clients}, err
}

func newClients(ca *pki.Authority) (map[string]pki.Pair, error) {
	users := []struct{ file, user, group string }{
		{adminConfig, "admin", "system:masters"},
		{controllerManager, "system:kube-controller-manager", ""},
		{scheduler, "system:kube-scheduler", ""},
		{kwok, "devcluster:kwok", "system:masters"},
	}
	clients := map[string]pki.Pair{}
	for _, u := range users {
		var groups []string
		if u.group != "" {
			groups = []string{u.group}
		}
		pair, err := ca.Client(u.user, groups...)
		if err != nil {
			return nil, err
		}
		clients[u.file] = pair
	}
	return clients, nil
}
