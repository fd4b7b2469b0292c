package main

import (
	"encoding/pem"
	"fmt"
	"net"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
)

// checkConnection refuses flags of the connection that nothing can be done with, before the kubeconfig or the server is blamed.
func (a *app) checkConnection() error {
	timeout, host := *a.kube.Timeout, *a.kube.TLSServerName
	if _, bad := clientcmd.ParseTimeout(timeout); timeout != "" && bad != nil {
		return usagef("--request-timeout: want a time such as 30s or 2m, not %q", timeout)
	}
	if strings.ContainsAny(host, "/: ") && net.ParseIP(host) == nil {
		return usagef("--tls-server-name: want the name of a host alone, such as api.example.com, not %q", host)
	}
	if *a.kube.Insecure && *a.kube.CAFile != "" {
		return usagef("--insecure-skip-tls-verify and --certificate-authority exclude each other")
	}
	for _, f := range [][2]string{{"certificate-authority", *a.kube.CAFile}, {"client-certificate", *a.kube.CertFile}, {"client-key", *a.kube.KeyFile}} {
		if err := checkPEM(f[0], f[1]); err != nil {
			return err
		}
	}
	return nil
}

// checkPEM refuses a file that holds neither a certificate nor a key. What can be read only once is left alone.
func checkPEM(flag, name string) error {
	if name == "" || stream(name) {
		return nil
	}
	text, err := readLimited(name)
	if err != nil {
		return fmt.Errorf("read --%s %s: %w", flag, name, cause(err))
	}
	if block, _ := pem.Decode(text); block == nil {
		return usagef("--%s: %s is no certificate or key in PEM, which begins with -----BEGIN", flag, name)
	}
	return nil
}

// credentialFlags are those given of the flags that the kubeconfig's credentials have to go together with.
func (a *app) credentialFlags() []string {
	var given []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"--client-certificate", *a.kube.CertFile != ""},
		{"--client-key", *a.kube.KeyFile != ""},
		{"--token", *a.kube.BearerToken != ""},
		{"--as-uid", *a.kube.ImpersonateUID != ""},
		{"--as-group", len(*a.kube.ImpersonateGroup) > 0},
		{"--as-user-extra", len(*a.kube.ImpersonateUserExtra) > 0},
	} {
		if f.set {
			given = append(given, f.name)
		}
	}
	return given
}
