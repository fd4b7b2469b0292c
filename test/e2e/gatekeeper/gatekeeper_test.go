// Package gatekeeper tests that policies on a cluster judge as kubectl otomi validate does: the real Gatekeeper, run against a
// real API server, with what `policy export` writes.
package gatekeeper

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// manager is a running Gatekeeper.
type manager struct {
	url   string       // of its webhooks
	ca    []byte       // that the webhooks' certificate is checked with, in PEM
	http  *http.Client // that trusts it
	stdin io.Closer    // closed, it ends
	done  chan error
	log   string // the file that it logs to
}

// startManager runs Gatekeeper's manager. The shell around it waits for the end of its input, which comes with the end of the
// test, also of one that is killed, and takes the manager along.
func startManager(dir, kubeconfig string) (*manager, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	m := &manager{url: fmt.Sprintf("https://127.0.0.1:%d", ports[0]), done: make(chan error, 1), log: filepath.Join(dir, "gatekeeper.log")}
	cache := filepath.Join(dir, "audit")
	if err := errors.Join(m.certificate(dir), os.Mkdir(cache, 0o700)); err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", `"$@" & pid=$!; read -r _; kill -9 $pid`, "gatekeeper", rig.Bin("gatekeeper"),
		"--operation=webhook", "--operation=status", "--operation=generate", "--operation=audit", "--audit-interval=1",
		"--host=127.0.0.1", fmt.Sprintf("--port=%d", ports[0]), fmt.Sprintf("--health-addr=127.0.0.1:%d", ports[1]),
		fmt.Sprintf("--prometheus-port=%d", ports[2]), "--cert-dir="+dir, "--disable-cert-rotation", "--exempt-namespace="+namespace,
		"--api-cache-dir="+cache, "--disable-opa-builtin={http.send}")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "POD_NAME="+podName, "POD_NAMESPACE="+namespace, "NAMESPACE="+namespace, "CONTAINER_NAME=manager")
	output, err := os.Create(m.log)
	if err != nil {
		return nil, err
	}
	defer output.Close() //nolint:errcheck // the child has its own
	cmd.Stdout, cmd.Stderr = output, output
	if m.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { m.done <- cmd.Wait() }()
	return m, m.untilUp(fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[1]))
}

// untilUp waits until the manager has read what it needs and serves its webhooks.
func (m *manager) untilUp(health string) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-m.done:
			return errors.Join(fmt.Errorf("gatekeeper ended: %w", err), m.lastWords())
		default:
		}
		if _, err := get(http.DefaultClient, health); err != nil {
			continue
		}
		if code, err := get(m.http, m.url+"/v1/admit"); err == nil || code != 0 {
			return nil
		}
	}
	return errors.Join(errors.New("gatekeeper is not ready within a minute"), m.lastWords())
}

func get(client *http.Client, url string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close() //nolint:errcheck // nothing of it is read
	if answer.StatusCode != http.StatusOK {
		return answer.StatusCode, errors.New(answer.Status)
	}
	return answer.StatusCode, nil
}

// lastWords is the end of the log.
func (m *manager) lastWords() error {
	text, err := os.ReadFile(m.log)
	return errors.Join(err, fmt.Errorf("its log ends with\n%s", text[max(0, len(text)-3000):]))
}

func (m *manager) stop() {
	_ = m.stdin.Close() // the shell sees the end either way
	<-m.done            //nolint:errcheck // it was killed
}

// certificate writes a certificate for 127.0.0.1, which is its own authority.
func (m *manager) certificate(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gatekeeper"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	m.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(m.ca)
	m.http = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "tls.crt"), m.ca, 0o600),
		os.WriteFile(filepath.Join(dir, "ca.crt"), m.ca, 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600),
	)
}

// freePorts are ports that nobody has at the moment.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // all are held until each has its own
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
