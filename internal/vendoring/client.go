package vendoring

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"
)

// client fetches from one repository. Its credentials go to no other host, unless Helm was told so for the URLs of an index.
type client struct {
	Options
	known knownRepository
	base  *url.URL
	own   *http.Transport // for the repository's host: with its client certificate
	other *http.Transport // for other hosts
}

func newClient(o Options, known knownRepository, base *url.URL) (*client, error) {
	settings := &tls.Config{InsecureSkipVerify: known.Insecure}
	if known.CAFile != "" {
		pem, err := os.ReadFile(known.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read caFile of repository %s: %w", known.Name, err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read caFile of repository %s: %s holds no certificate", known.Name, known.CAFile)
		}
	}
	c := &client{Options: o, known: known, base: base, other: o.transport(settings)}
	if known.CertFile != "" && known.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(known.CertFile, known.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read certFile and keyFile of repository %s: %w", known.Name, err)
		}
		settings = settings.Clone()
		settings.Certificates = []tls.Certificate{pair}
	}
	c.own = o.transport(settings)
	return c, nil
}

// transport makes connections. It never unpacks: an archive is to arrive as it is.
func (o Options) transport(settings *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy: o.proxy, TLSClientConfig: settings, DisableCompression: true, ForceAttemptHTTP2: true,
		DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second,
	}
}

// RoundTrip sends a request by the transport for its host.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	if sameHost(r.URL, c.base) {
		return c.own.RoundTrip(r)
	}
	return c.other.RoundTrip(r)
}

func sameHost(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }

// redirect lets a request go on. Go's own rule would pass credentials to other ports and to hosts below the first.
func redirect(r *http.Request, via []*http.Request) error {
	switch first := via[0].URL; {
	case len(via) >= 10:
		return errors.New("it redirects more than 10 times")
	case first.Scheme == "https" && r.URL.Scheme != "https":
		return errors.New("it redirects from https to " + r.URL.Scheme)
	case !sameHost(r.URL, first):
		r.Header.Del("Authorization")
	}
	return nil
}

// get fetches a URL, again where it fails for now.
func (c *client) get(ctx context.Context, u *url.URL, limit int64) ([]byte, error) {
	for n, wait := 1, c.Wait; ; n, wait = n+1, wait*3 {
		data, passing, err := c.once(ctx, u, limit)
		if err == nil || !passing || n == attempts || ctx.Err() != nil {
			return data, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
}

// once fetches a URL; passing says that the failure may pass.
func (c *client) once(ctx context.Context, u *url.URL, limit int64) (data []byte, passing bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, false, fmt.Errorf("get %s: no valid URL", show(u))
	}
	request.URL.User = nil // an index has no business naming credentials
	request.Header.Set("User-Agent", c.UserAgent)
	if p := c.known.credentials; p != nil && (sameHost(u, c.base) || c.known.Everywhere) {
		password, _ := p.Password()
		request.SetBasicAuth(p.Username(), password)
	}
	web := http.Client{Transport: c, CheckRedirect: redirect}
	response, err := web.Do(request)
	if err != nil {
		return nil, passes(err), c.failed(u, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests, status(u, response.StatusCode)
	}
	data, err = io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, passes(err), c.failed(u, err)
	case int64(len(data)) > limit:
		return nil, false, fmt.Errorf("get %s: it is larger than %d MiB", show(u), limit>>20)
	}
	return data, false, nil
}

// passes reports whether a connection that broke is worth another try.
func passes(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

func status(u *url.URL, code int) error {
	hint := ""
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "give Helm the credentials: helm repo add NAME " + u.Scheme + "://" + u.Host + "… --username NAME --password-stdin"
	case http.StatusNotFound:
		hint = "the URL of a repository is that of the folder of its index.yaml"
	}
	return failf("chart-repository", hint, "get %s: %d %s", show(u), code, http.StatusText(code))
}

// show is a URL without what may be a credential in it.
func show(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// failed says why there was no answer. The texts of net/http show URLs with their queries, which may hold credentials.
func (c *client) failed(u *url.URL, err error) error { return c.unanswered(show(u), u, err) }
