package controlplane

import "net"

const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kwok              = "kwok"

	serviceRange = "10.96.0.0/16"
	serviceIP    = "10.96.0.1" // of the Service kubernetes: the first of the range
)

// Etcd listens on sockets in the cluster's folder instead of ports: nothing to collide with, and only the user can
// reach it. The paths are relative because a socket's path is short of a hundred bytes on every system.
func (p *Plane) Etcd() Component {
	// What it advertises must have a host and a port, and is for other members only, of which there are none.
	const client, peer, name = "unix://etcd.sock", "unix://etcd-peer.sock", "http://localhost:2380"
	return Component{Name: etcd, Args: []string{
		"--data-dir=etcd",
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + name,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + name,
		"--initial-cluster=default=" + name,
		"--unsafe-no-fsync", // the data need not outlive the machine
		"--quota-backend-bytes=8589934592",
		"--log-level=warn",
	}}
}

// APIServer is kube-apiserver with its default admission, RBAC and an aggregation layer.
func (p *Plane) APIServer() Component {
	args := []string{
		"--etcd-servers=unix://etcd.sock",
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		// Endpoints may not be loopback addresses, and there are no Pods that could use them.
		"--endpoint-reconciler-type=none",
		"--cert-dir=pki",
		"--tls-cert-file=" + serverCert,
		"--tls-private-key-file=" + serverKey,
		"--client-ca-file=" + caCert,
		"--authorization-mode=Node,RBAC",
		"--allow-privileged=true",
		"--service-cluster-ip-range=" + serviceRange,
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + signerPub,
		"--service-account-signing-key-file=" + signerKey,
		"--requestheader-client-ca-file=" + frontCert,
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + proxyCert,
		"--proxy-client-key-file=" + proxyKey,
		"--profiling=false",
	}
	if p.spec.Audit {
		args = append(args, "--audit-policy-file="+auditPolicy, "--audit-log-path="+auditLog)
	}
	return p.serving(Component{Name: apiServer, Args: args})
}

// Others are the components that need an API server.
func (p *Plane) Others() []Component {
	return []Component{
		p.serving(Component{Name: controllerManager, Args: append(p.clientArgs(controllerManager),
			"--use-service-account-credentials=true",
			"--service-account-private-key-file="+signerKey,
			"--root-ca-file="+caCert,
			"--cluster-signing-cert-file="+caCert,
			"--cluster-signing-key-file="+caKey,
			// Tests wait for what an autoscaler does; the default is 15 s.
			"--horizontal-pod-autoscaler-sync-period=2s",
			// A busy or suspended machine must not lose its nodes.
			"--node-monitor-grace-period=5m",
		)}),
		p.serving(Component{Name: scheduler, Args: p.clientArgs(scheduler)}),
		{Name: kwok, Args: []string{"--kubeconfig=" + p.configFile(kwok)}},
	}
}

// clientArgs are what the controller manager and the scheduler have in common.
func (p *Plane) clientArgs(component string) []string {
	config := p.configFile(component)
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--tls-cert-file=" + serverCert,
		"--tls-private-key-file=" + serverKey,
		"--leader-elect=false", // there is only one
		"--kube-api-qps=300",
		"--kube-api-burst=600",
		"--profiling=false",
	}
}

// serving adds the port. The flag only keeps the component's own checks content: it serves on the listener.
func (p *Plane) serving(c Component) Component {
	l := p.listeners[c.Name]
	c.Listener = l.file
	if _, port, err := net.SplitHostPort(l.address); err == nil {
		c.Args = append(c.Args, "--secure-port="+port)
	}
	return c
}
