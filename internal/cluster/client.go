// Package cluster is the only one that talks to an API server. A Client observes what a plan needs, tries the plan out,
// carries it out (server-side apply in order, waiting for readiness, pruning, the inventory) and reports the status of a set.
// Plans, inventories and objects go in; observations, findings, events and results come out. It prints nothing: what happens
// during an apply is told as Events to a function that the caller passes.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/proxy"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// DefaultWorkers is how many requests are under way at a time unless told otherwise. API Priority and Fairness gives a user
// more seats than that on any real control plane, and fewer leave its time unused.
const DefaultWorkers = 32

// pageSize bounds how much of a list the server builds and we hold at a time.
const pageSize = 500

// Options are what a Client needs besides the connection.
type Options struct {
	Now     func() time.Time // required
	Workers int              // 0: DefaultWorkers
	// Warn is told what the API server warns of, such as deprecated versions, each text once. It may be nil; it is called from
	// several goroutines.
	Warn func(text string)
}

// Client is a connection to one API server.
type Client struct {
	host     string
	config   *rest.Config // for connections of a lock's own
	now      func() time.Time
	workers  int
	dynamic  dynamic.Interface
	metadata metadata.Interface
	core     core.CoreV1Interface
	leases   coordination.CoordinationV1Interface
	kinds    *kinds
	judges   ready.Judge
}

// Connect makes a Client and asks the server one question. Client-side throttling is switched off where the server answers
// with API Priority and Fairness, which is the better judge. The configuration is not changed.
func Connect(ctx context.Context, config *rest.Config, options Options) (*Client, error) {
	config, err := bare(config)
	if err != nil {
		return nil, err
	}
	config.WarningHandler = nil
	config.WarningHandlerWithContext = &warnings{tell: options.Warn, told: map[string]bool{}}
	if config.UserAgent == "" {
		config.UserAgent = object.FieldManager
	}
	if options.Workers <= 0 {
		options.Workers = DefaultWorkers
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return unpaged{next} })
	own := rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return newPacer(fence{next}, options.Workers, options.Now)
	})
	h, err := httpClient(config)
	if err != nil {
		return nil, fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	if err := throttle(ctx, config, h); err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", config.Host, proxy.Cause(err))
	}
	c := &Client{host: config.Host, config: own, now: options.Now, workers: options.Workers}
	if err := c.build(config, h); err != nil {
		return nil, fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	return c, nil
}

func (c *Client) build(config *rest.Config, h *http.Client) error {
	var errs [5]error
	var d *discovery.DiscoveryClient
	c.dynamic, errs[0] = dynamic.NewForConfigAndClient(config, h)
	c.metadata, errs[1] = metadata.NewForConfigAndClient(config, h)
	c.core, errs[2] = core.NewForConfigAndClient(config, h)
	c.leases, errs[3] = coordination.NewForConfigAndClient(config, h)
	d, errs[4] = discovery.NewDiscoveryClientForConfigAndClient(config, h)
	c.kinds = &kinds{discovery: d}
	return errors.Join(errs[:]...)
}

// throttle finds out whether the server protects itself and sets the client's limits accordingly.
func throttle(ctx context.Context, config *rest.Config, h *http.Client) error {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, base.JoinPath("livez", "ping").String(), nil)
	if err != nil {
		return err
	}
	answer, err := h.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it has none
	if answer.StatusCode == http.StatusUnauthorized {
		return errors.New("the server does not accept the credentials")
	}
	if isPage(answer) {
		return errPage
	}
	const header = "X-Kubernetes-Pf-Flowschema-Uid"
	config.QPS = -1
	if answer.Header.Get(header) == "" {
		// One limiter for all clients of this connection.
		config.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(50, 100)
	}
	return nil
}

// Identity is which cluster a Client talks to.
type Identity struct {
	Server  string
	UID     types.UID // of the namespace kube-system: it lives as long as the cluster
	Version string    // of the API server, as it gives it
}

// Identify asks the server who it is.
func (c *Client) Identify(ctx context.Context) (Identity, error) {
	ns, err := c.core.Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if apierrors.IsForbidden(err) {
		// Who may only work in one namespace cannot ask; the declared uid cannot be checked then.
		ns = nil
	} else if err != nil {
		return Identity{}, fmt.Errorf("identify cluster %s: %w", c.host, proxy.Cause(err))
	}
	v, err := c.kinds.discovery.ServerVersionWithContext(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("identify cluster %s: %w", c.host, proxy.Cause(err))
	}
	id := Identity{Server: c.host, Version: v.GitVersion}
	if ns != nil {
		id.UID = ns.UID
	}
	return id, nil
}

// warnings passes on each warning of the server once.
type warnings struct {
	tell func(string)
	lock sync.Mutex
	told map[string]bool
}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (w *warnings) HandleWarningHeaderWithContext(_ context.Context, code int, _, text string) {
	const miscellaneous = 299 // the only code that Kubernetes sends
	if w.tell == nil || code != miscellaneous || text == "" {
		return
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	if !w.told[text] {
		w.told[text] = true
		w.tell(text)
	}
}
