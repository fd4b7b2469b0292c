package vendoring

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// The media types that Helm gives the layer of a chart.
const (
	chartLayer       = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	legacyChartLayer = "application/tar+gzip"
)

// registry holds charts as OCI artifacts: PATH/NAME:VERSION.
type registry struct {
	*repositories
	path string // host and folder
}

func (r registry) tagged() bool { return true }

func (r registry) versions(ctx context.Context, chart string) ([]string, error) {
	repo, err := r.repo(chart)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	tags, err := remote.List(repo, r.remote(ctx)...)
	if err != nil {
		return nil, r.failed(repo.Name(), err)
	}
	for i := range tags {
		tags[i] = strings.ReplaceAll(tags[i], "_", "+") // a tag cannot hold the + of a version
	}
	return tags, nil
}

func (r registry) fetch(ctx context.Context, chart, version string) ([]byte, error) {
	repo, err := r.repo(chart)
	if err != nil {
		return nil, err
	}
	ref := repo.Tag(strings.ReplaceAll(version, "+", "_"))
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	image, err := remote.Image(ref, r.remote(ctx)...)
	if err != nil {
		return nil, r.failed(ref.Name(), err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		return nil, r.failed(ref.Name(), err)
	}
	for _, l := range manifest.Layers {
		if l.MediaType == chartLayer || l.MediaType == legacyChartLayer {
			return r.layer(image, l, ref)
		}
	}
	return nil, failf("chart-archive", "", "%s is no chart: its config is %s", ref.Name(), manifest.Config.MediaType)
}

// layer reads a layer, whose digest is checked as it is read.
func (r registry) layer(image v1.Image, l v1.Descriptor, ref name.Reference) ([]byte, error) {
	if l.Size > archive.MaxPacked {
		return nil, fmt.Errorf("get %s: it is larger than %d MiB", ref.Name(), archive.MaxPacked>>20)
	}
	content, err := image.LayerByDigest(l.Digest)
	if err != nil {
		return nil, r.failed(ref.Name(), err)
	}
	reader, err := content.Compressed()
	if err != nil {
		return nil, r.failed(ref.Name(), err)
	}
	defer reader.Close()
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, r.failed(ref.Name(), err)
	}
	return data, nil
}

func (r registry) repo(chart string) (name.Repository, error) {
	options := []name.Option{name.StrictValidation}
	if r.PlainHTTP {
		options = append(options, name.Insecure)
	}
	repo, err := name.NewRepository(strings.TrimSuffix(r.path, "/")+"/"+chart, options...)
	if err != nil {
		return repo, failf("chart-repository", "", "oci://%s is no place in a registry: %v", r.path, err)
	}
	return repo, nil
}

func (r registry) remote(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain(r.Registries)), remote.WithUserAgent(r.UserAgent),
		remote.WithTransport(encrypted{r.transport(&tls.Config{}), r.PlainHTTP}),
		remote.WithRetryBackoff(remote.Backoff{Duration: r.Wait, Factor: 3, Steps: attempts}),
	}
}

// encrypted refuses to talk to a registry without TLS, unless it is on this machine: the library would, to private addresses.
type encrypted struct {
	*http.Transport
	plain bool
}

var errPlain = errors.New("it does not speak https")

// RoundTrip implements http.RoundTripper.
func (t encrypted) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	if ip := net.ParseIP(host); r.URL.Scheme == "https" || t.plain || host == "localhost" || ip != nil && ip.IsLoopback() {
		return t.Transport.RoundTrip(r)
	}
	return nil, errPlain
}

func (r registry) failed(what string, err error) error {
	what = strings.TrimPrefix(what, "oci://")
	var answer *transport.Error
	var header tls.RecordHeaderError
	host, path, _ := strings.Cut(what, "/")
	at := &url.URL{Scheme: "https", Host: host, Path: "/" + path}
	switch by, _ := r.proxyOf(at); {
	case errors.As(err, &answer) && (by == nil || !proxy.Answered(err)):
		return refused(what, answer)
	case errors.Is(err, errPlain), errors.As(err, &header) && by == nil:
		return failf("chart-repository", "--plain-http allows it, on a network that is trusted", "get oci://%s: the registry does not speak https", what)
	}
	return r.unanswered("oci://"+what, at, err)
}

// refused says what a registry answered.
func refused(what string, e *transport.Error) error {
	hint, text := "", fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode))
	for _, d := range e.Errors {
		text += ", " + string(d.Code)
	}
	host, _, _ := strings.Cut(what, "/")
	switch e.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "give the credentials: helm registry login " + host
	case http.StatusNotFound:
		return failf("chart-version", "", "the registry has no %s", what)
	}
	return failf("chart-repository", hint, "get oci://%s: %s", what, text)
}
