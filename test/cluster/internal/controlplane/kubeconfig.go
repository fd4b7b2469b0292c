package controlplane

import (
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/pki"
)

const adminConfig = "admin"

// configFile is where the kubeconfig of a client lies.
func (p *Plane) configFile(client string) string {
	if client == adminConfig {
		return p.spec.Dir.Kubeconfig()
	}
	return p.spec.Dir.File("pki", client+".kubeconfig")
}

func (p *Plane) writeKubeconfigs(keys keySet) error {
	for client, pair := range keys.clients {
		file := p.configFile(client)
		if err := clientcmd.WriteToFile(p.kubeconfig(keys.ca, pair), file); err != nil {
			return fmt.Errorf("write kubeconfig of %s: %w", client, err)
		}
	}
	return nil
}

func (p *Plane) kubeconfig(ca []byte, pair pki.Pair) api.Config {
	name := p.spec.Context
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: p.Server, CertificateAuthorityData: ca}
	config.AuthInfos[name] = &api.AuthInfo{ClientCertificateData: pair.Cert, ClientKeyData: pair.Key}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return *config
}

func (p *Plane) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", p.configFile(adminConfig))
	if err != nil {
		return fmt.Errorf("read kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 200, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	p.admin, p.client = config, client
	return nil
}
