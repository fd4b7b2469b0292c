package apply

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// wire stands between the plugin and the API server, and can hold requests back.
type wire struct {
	kubeconfig string
	version    string // that the API server seems to have; empty: its own

	lock sync.Mutex
	hold func(*http.Request) bool
	held chan struct{} // is closed when the first request is held
	free chan struct{} // is closed when they go on
}

// wire begins to listen. What goes through it is sent with the rights of the cluster's kubeconfig.
func (e *env) wire() *wire {
	e.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", e.cluster.kubeconfig)
	if err != nil {
		e.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		e.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		e.Fatal(err)
	}
	w := &wire{kubeconfig: filepath.Join(e.TempDir(), "kubeconfig")}
	proxy := &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // as long as there is some, nobody notices that the client has gone
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if free := w.holds(r); free != nil {
			select {
			case <-free:
			case <-r.Context().Done():
				return
			}
		}
		if w.version != "" && r.URL.Path == "/version" {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(rw, `{"gitVersion": %q}`, w.version)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	e.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	text := strings.ReplaceAll(`
apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "SERVER"}}]
contexts: [{name: e2e, context: {cluster: e2e, user: e2e}}]
users: [{name: e2e, user: {}}]
current-context: e2e
`, "SERVER", server.URL)
	if err := os.WriteFile(w.kubeconfig, []byte(text), 0o600); err != nil {
		e.Fatal(err)
	}
	return w
}

// holding holds back every request of a kind from now on.
func (w *wire) holding(hold func(*http.Request) bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.hold, w.held, w.free = hold, make(chan struct{}), make(chan struct{})
}

func (w *wire) release() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.hold = nil
	close(w.free)
}

// holds tells what a request that is held back waits for; nil: it goes on at once.
func (w *wire) holds(r *http.Request) <-chan struct{} {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.hold == nil || !w.hold(r) {
		return nil
	}
	select {
	case <-w.held:
	default:
		close(w.held)
	}
	return w.free
}
