package vendoring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
)

// maxIndex bounds an index.yaml; the largest public ones have 25 MB.
const maxIndex = 64 << 20

// helmRepository is an index.yaml and the archives that it names.
type helmRepository struct {
	options Options
	base    *url.URL
	client  *client
	index   func(context.Context) (map[string][]indexed, error) // read once
}

// indexed is a version of a chart in an index.yaml.
type indexed struct {
	Version string   `yaml:"version" json:"version"`
	URLs    []string `yaml:"urls" json:"urls"`
	Digest  string   `yaml:"digest" json:"digest"`
}

func newHelmRepository(o Options, known knownRepository, base *url.URL) (*helmRepository, error) {
	c, err := newClient(o, known, base)
	if err != nil {
		return nil, err
	}
	base.Path = strings.TrimSuffix(base.Path, "/") + "/"
	r := &helmRepository{options: o, base: base, client: c}
	var once sync.Once
	var entries map[string][]indexed
	r.index = func(ctx context.Context) (map[string][]indexed, error) {
		once.Do(func() { entries, err = r.readIndex(ctx) })
		return entries, err
	}
	return r, nil
}

func (r *helmRepository) tagged() bool { return false }

// resolve is a URL of the index: most are relative. The query of the repository's goes with it, as in Helm.
func (r *helmRepository) resolve(ref string) (*url.URL, error) {
	u, err := r.base.Parse(ref)
	if err != nil {
		return nil, fmt.Errorf("index.yaml of %s has a URL that is none", show(r.base))
	}
	if relative, err := url.Parse(ref); err == nil && !relative.IsAbs() {
		u.RawQuery = r.base.RawQuery
	}
	return u, nil
}

func (r *helmRepository) readIndex(ctx context.Context) (map[string][]indexed, error) {
	u, err := r.resolve("index.yaml")
	if err != nil {
		return nil, err
	}
	data, err := r.client.get(ctx, u, maxIndex)
	if err != nil {
		return nil, err
	}
	var index struct {
		APIVersion string               `yaml:"apiVersion" json:"apiVersion"`
		Entries    map[string][]indexed `yaml:"entries" json:"entries"`
	}
	read := yaml.Unmarshal
	if json.Valid(data) {
		read = json.Unmarshal
	}
	if err := read(data, &index); err != nil || index.APIVersion == "" {
		text := strings.TrimSpace(string(data))
		return nil, failf("chart-repository", "the URL of a repository is that of the folder of its index.yaml",
			"%s is no index of charts: it begins with %q", show(u), text[:min(len(text), 20)])
	}
	return index.Entries, nil
}

func (r *helmRepository) versions(ctx context.Context, name string) ([]string, error) {
	index, err := r.index(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := index[name]; !ok {
		names := make([]string, 0, len(index))
		for n := range index {
			names = append(names, n)
		}
		return nil, failf("chart-version", diag.DidYouMean(name, names), "%s has no chart %q", show(r.base), name)
	}
	var versions []string
	for _, v := range index[name] {
		if len(v.URLs) > 0 {
			versions = append(versions, v.Version)
		}
	}
	return versions, nil
}

func (r *helmRepository) fetch(ctx context.Context, name, version string) ([]byte, error) {
	index, err := r.index(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range index[name] {
		if !sameVersion(v.Version, version) || len(v.URLs) == 0 {
			continue
		}
		data, err := r.download(ctx, v.URLs[0], name)
		if err != nil {
			return nil, err
		}
		promised, sum := strings.TrimPrefix(strings.ToLower(v.Digest), "sha256:"), archive.Digest(data)
		if promised != "" && promised != sum {
			return nil, failf("chart-archive", "", "%s has sha256 %s, index.yaml of %s says %s", archive.File(name, version), sum, show(r.base), promised)
		}
		return data, nil
	}
	return nil, failf("chart-version", "", "%s no longer has version %s of %s", show(r.base), version, name)
}

// download fetches what an index names, which may be in a registry.
func (r *helmRepository) download(ctx context.Context, ref, name string) ([]byte, error) {
	u, err := r.resolve(ref)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "http", "https":
		return r.client.get(ctx, u, archive.MaxPacked)
	case "oci":
		dir, tag, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":")
		path, last := u.Host, dir
		if i := strings.LastIndex(dir, "/"); i >= 0 {
			path, last = u.Host+"/"+dir[:i], dir[i+1:]
		}
		if ok {
			return registry{repositories: newRepositories(r.options), path: path}.fetch(ctx, last, tag)
		}
	}
	return nil, errors.New("index.yaml of " + show(r.base) + " has a URL for " + name + " that nothing can be fetched from")
}
