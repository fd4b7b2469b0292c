package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/ignore"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
)

// loadedChart is a chart as it stands in charts/, read once per run. It is never changed: releases work on copies.
type loadedChart struct {
	place
	chart  *chart.Chart
	shown  string                          // how messages name it
	files  map[*byte]string                // how messages name a file, by the first byte of its content, which copies share
	values map[*chart.Chart]map[string]any // defaults of the chart and its subcharts, integers exact
	sha256 string                          // of the archive; "" for a folder
}

// resolve finds a chart NAME[@VERSION]: the folder of that name, or an archive NAME-VERSION.tgz.
func (r *renderer) resolve(release *Release) (string, *diag.Finding) {
	name, version, _ := strings.Cut(release.Chart, "@")
	names := entries(r.Core, core.Charts)
	if file := archive.File(name, version); version != "" && slices.Contains(names, file) {
		return path.Join(core.Charts, file), nil
	}
	if slices.Contains(names, name) {
		dir := path.Join(core.Charts, name)
		switch _, err := fs.Stat(r.Core, path.Join(dir, "Chart.yaml")); {
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist):
			f := diag.Errorf("missing-chart", release.at("chart"), "read %s: %v", r.Core.Display(dir), err)
			return "", &f
		}
	}
	var archives []string
	for _, n := range names {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(n, archive.Ext), name+"-"); ok && strings.HasSuffix(n, archive.Ext) && isVersion(rest) {
			archives = append(archives, n)
		}
	}
	if version == "" && len(archives) == 1 {
		return path.Join(core.Charts, archives[0]), nil
	}
	f := r.missingChart(release, names, archives)
	return "", &f
}

// missingChart says what there is instead of a release's chart, and how to get it.
func (r *renderer) missingChart(release *Release, names, archives []string) diag.Finding {
	name, version, _ := strings.Cut(release.Chart, "@")
	fail := func(format string, args ...any) diag.Finding {
		return diag.Errorf("missing-chart", release.at("chart"), format, args...)
	}
	const vendor = "name it in charts/Chart.yaml and run `kubectl otomi core vendor`"
	switch {
	case version == "" && len(archives) > 1:
		return fail("charts/ has several versions of %s: %s; name one: %s@VERSION", name, strings.Join(archives, ", "), name)
	case len(archives) > 0:
		return fail("charts/ has %s, not version %s", strings.Join(archives, ", "), version).WithHint(vendor)
	}
	f := fail("no core has the chart %q", release.Chart)
	if f.Hint = diag.DidYouMean(name, names); f.Hint == "" || version != "" {
		f.Hint = vendor
	}
	return f
}

func isVersion(s string) bool {
	s = strings.TrimPrefix(s, "v")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

// load reads a chart, once however many releases use it. With an error it returns what it knows of the archive.
func (r *renderer) load(at place) (*loadedChart, error) {
	type key struct {
		outside *Chart
		path    string
	}
	once, _ := r.charts.LoadOrStore(key{at.outside, at.path}, sync.OnceValues(func() (*loadedChart, error) { return loadChart(at) }))
	load, _ := once.(func() (*loadedChart, error))
	return load()
}

func loadChart(at place) (*loadedChart, error) {
	c := &loadedChart{place: at, shown: at.display(at.path), files: map[*byte]string{}, values: map[*chart.Chart]map[string]any{}}
	files, err := c.read()
	if err != nil {
		return c, err
	}
	for _, f := range files {
		if len(f.Data) > 0 {
			c.files[&f.Data[0]] = c.where(f)
		}
	}
	if c.chart, err = archive.Chart(files); err != nil {
		if findings := c.unreadable(files); findings.Failed() {
			return c, findings
		}
		return c, err
	}
	return c, c.readValues(c.chart)
}

// where is the name of a file as users find it: what is in an archive is below the archive.
func (c *loadedChart) where(f archive.Member) string {
	packed, inside, ok := strings.Cut(path.Join(c.path, f.Found), archive.Ext+"/")
	if !ok {
		return c.display(packed)
	}
	return c.display(packed+archive.Ext) + "/" + inside
}

// read returns the chart's files, those of packed subcharts too.
func (c *loadedChart) read() ([]archive.Member, error) {
	if !strings.HasSuffix(c.path, archive.Ext) {
		files, err := chartFiles(c.fsys, c.path)
		if err != nil {
			return nil, err
		}
		return archive.Expand(files)
	}
	data, err := fs.ReadFile(c.fsys, c.path)
	if err != nil {
		return nil, err
	}
	c.sha256 = archive.Digest(data)
	return archive.Files(data)
}

// chartFiles reads a chart's folder as Helm does: without what .helmignore names.
func chartFiles(in fs.FS, dir string) ([]archive.Member, error) {
	fsys, err := fs.Sub(in, dir)
	if err != nil {
		return nil, err
	}
	rules := ignore.Empty()
	if data, err := fs.ReadFile(fsys, ignore.HelmIgnore); err == nil {
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	rules.AddDefaults()
	var files []archive.Member
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch ignored := rules.Ignore(name, info); {
		case ignored && d.IsDir():
			return fs.SkipDir
		case ignored || d.IsDir():
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, archive.NewMember(name, data))
		return nil
	})
	return files, err
}

// readValues reads the defaults of a chart and its subcharts again: Helm's loader has made their integers floats.
func (c *loadedChart) readValues(of *chart.Chart) error {
	for _, f := range of.Raw {
		if f.Name != "values.yaml" {
			continue
		}
		var m map[string]any
		err := yaml.Unmarshal(f.Data, &m, func(d *json.Decoder) *json.Decoder { d.UseNumber(); return d })
		if err != nil {
			return fmt.Errorf("%s/values.yaml: %w", of.ChartFullPath(), err)
		}
		gotemplate.Numbers(m)
		c.values[of] = m
	}
	for _, sub := range of.Dependencies() {
		if err := c.readValues(sub); err != nil {
			return err
		}
	}
	return nil
}

// copy is the chart for one release: Helm's way to values changes metadata, dependencies and defaults.
func (c *loadedChart) copy(of *chart.Chart) *chart.Chart {
	out := &chart.Chart{Lock: of.Lock, Templates: of.Templates, Schema: of.Schema, Files: of.Files}
	metadata := *of.Metadata
	metadata.Dependencies = make([]*chart.Dependency, len(of.Metadata.Dependencies))
	for i, d := range of.Metadata.Dependencies {
		if d != nil {
			dependency := *d
			dependency.ImportValues = slices.Clone(d.ImportValues)
			metadata.Dependencies[i] = &dependency
		}
	}
	if of.Metadata.Dependencies == nil {
		metadata.Dependencies = nil // Helm tells none from an empty list
	}
	out.Metadata = &metadata
	out.Values, _ = clone(c.values[of]).(map[string]any)
	subs := make([]*chart.Chart, 0, len(of.Dependencies()))
	for _, sub := range of.Dependencies() {
		subs = append(subs, c.copy(sub))
	}
	out.SetDependencies(subs...)
	return out
}

// clone copies maps and lists at every depth.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, item := range v {
			m[k] = clone(item)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, item := range v {
			l[i] = clone(item)
		}
		return l
	}
	return v
}

// displayOf names a chart's file as users find it. of is its path in Helm's eyes, which begins with the chart's name.
func (c *loadedChart) displayOf(of string, data []byte) string {
	if len(data) > 0 {
		if name, ok := c.files[&data[0]]; ok {
			return name
		}
	}
	_, rest, _ := strings.Cut(of, "/")
	return c.shown + "/" + rest
}
