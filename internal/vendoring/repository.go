package vendoring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Options are the surroundings: what Helm and docker know of repositories and registries, and how to reach them.
type Options struct {
	Repositories string   // path of Helm's repositories.yaml; it need not exist
	Registries   []string // paths of docker's and Helm's config.json, the first that knows a registry counts; they need not exist
	Proxy        func(*http.Request) (*url.URL, error)
	PlainHTTP    bool          // registries may be asked without TLS
	Timeout      time.Duration // of one request
	Wait         time.Duration // before the first repetition of a request that failed for now; each further one waits thrice as long
	UserAgent    string
}

// attempts is how often a request is made that fails for now.
const attempts = 3

// repository is where charts are fetched from: a Helm repository or a registry.
type repository interface {
	versions(ctx context.Context, name string) ([]string, error)
	fetch(ctx context.Context, name, version string) ([]byte, error)
	tagged() bool // a version can be fetched without asking for the list
}

// repositories are those of one run: an index is read once.
type repositories struct {
	Options
	known  func() ([]knownRepository, error)
	opened sync.Map // as Chart.yaml writes it → what opens it once
}

// knownRepository is an entry of Helm's repositories.yaml.
type knownRepository struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Username    string `json:"username"`
	Password    string `json:"password"`
	CertFile    string `json:"certFile"`
	KeyFile     string `json:"keyFile"`
	CAFile      string `json:"caFile"`
	Insecure    bool   `json:"insecure_skip_tls_verify"`
	Everywhere  bool   `json:"pass_credentials_all"`
	credentials *url.Userinfo
}

func newRepositories(o Options) *repositories {
	r := &repositories{Options: o}
	r.known = sync.OnceValues(r.readKnown)
	return r
}

func (r *repositories) readKnown() ([]knownRepository, error) {
	data, err := os.ReadFile(r.Repositories)
	if errors.Is(err, fs.ErrNotExist) || r.Repositories == "" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Helm's repositories: %w", err)
	}
	var file struct {
		Repositories []knownRepository `json:"repositories"`
	}
	if yaml.Unmarshal(data, &file) != nil { // its error may show a password
		return nil, fmt.Errorf("read Helm's repositories: %s is no repositories.yaml", r.Repositories)
	}
	return file.Repositories, nil
}

// of opens a repository.
func (r *repositories) of(text string) (repository, error) {
	once, _ := r.opened.LoadOrStore(text, sync.OnceValues(func() (repository, error) { return r.open(text) }))
	open, _ := once.(func() (repository, error))
	return open()
}

func (r *repositories) open(text string) (repository, error) {
	known, err := r.entry(text)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(known.URL)
	if err != nil || u.Host == "" {
		return nil, failf("chart-repository", "", "Helm's repositories.yaml has no usable URL for %s", text)
	}
	switch u.Scheme {
	case "oci":
		return registry{repositories: r, path: u.Host + u.Path}, nil
	case "http", "https":
		if u.User != nil { // `helm repo add` takes them so, too
			known.credentials, u.User = u.User, nil
		} else if known.Username != "" && known.Password != "" {
			known.credentials = url.UserPassword(known.Username, known.Password)
		}
		return newHelmRepository(r.Options, known, u)
	}
	return nil, failf("chart-repository", "", "Helm's repositories.yaml has a URL for %s that begins with %s://, not with https://", text, u.Scheme)
}

// entry is what Helm knows of a repository, by its name or URL.
func (r *repositories) entry(text string) (knownRepository, error) {
	known, err := r.known()
	if err != nil {
		return knownRepository{}, err
	}
	name := alias(text)
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.Name
		if name != "" && k.Name == name || name == "" && strings.TrimSuffix(k.URL, "/") == strings.TrimSuffix(text, "/") {
			return k, nil
		}
	}
	if name == "" {
		return knownRepository{URL: text}, nil
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "add it: helm repo add " + name + " URL"
	}
	return knownRepository{}, failf("chart-repository", hint, "Helm knows no repository %q", name)
}
