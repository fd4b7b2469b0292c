// Package controlplane says what a cluster consists of: keys and kubeconfigs in its folder, the components with their
// arguments, its nodes, and when all of that is ready. In go a folder and a few choices. It starts no process: whoever
// does starts Etcd and APIServer, waits with AwaitAPI, starts the Others, and calls Complete.
package controlplane

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// Spec is what may differ between clusters.
type Spec struct {
	Dir     state.Dir
	Context string    // name of the kubeconfig's context, cluster and user
	Nodes   int       // how many nodes
	Version string    // what the nodes say their kubelet is
	Audit   bool      // log every request
	Now     time.Time // when its certificates become valid
}

// Component is one process.
type Component struct {
	Name     string
	Args     []string
	Listener *os.File // what it serves on; nil for those that serve nothing
}

// Plane is a control plane that is ready to be started.
type Plane struct {
	// Server is the URL of the API server.
	Server string

	spec      Spec
	listeners map[string]listener
	admin     *rest.Config
	client    *kubernetes.Clientset
}

// listener is a bound port: the process that is to serve on it inherits the file.
type listener struct {
	file    *os.File
	address string
}

// Prepare makes keys and kubeconfigs, and binds the ports: from here on nobody can take them.
func Prepare(spec Spec) (*Plane, error) {
	p := &Plane{spec: spec, listeners: map[string]listener{}}
	for _, name := range []string{apiServer, controllerManager, scheduler} {
		l, err := listen()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bind port of %s: %w", name, err), p.Close())
		}
		p.listeners[name] = l
	}
	p.Server = "https://" + p.listeners[apiServer].address
	keys, err := writeKeys(spec.Dir, spec.Now)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if err := p.writeKubeconfigs(keys); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if err := p.writeAuditPolicy(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if err := p.connect(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close gives up this process' hold on the ports; the components keep theirs.
func (p *Plane) Close() error {
	var errs []error
	for _, l := range p.listeners {
		errs = append(errs, l.file.Close())
	}
	return errors.Join(errs...)
}

func listen() (listener, error) {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return listener{}, err
	}
	// File is a second handle of the same socket: closing the first does not close the port.
	file, err := tcp.File()
	if err != nil {
		return listener{}, errors.Join(err, tcp.Close())
	}
	return listener{file: file, address: tcp.Addr().String()}, tcp.Close()
}
