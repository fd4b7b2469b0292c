package render

import (
	"context"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// chart follows the templates of a chart and its subcharts.
func (u *unread) chart(ctx context.Context, release *Release, reads *gotemplate.Reads) bool {
	at, missing := u.place(release)
	if missing != nil {
		return false
	}
	if placeholders(u.known) {
		return false // a secret may be a template that the chart runs
	}
	loaded, err := u.load(at)
	if err != nil {
		return false
	}
	u.defaults = loaded.values[loaded.chart]
	texts := templates(u.known.Value(), nil)
	for _, defaults := range loaded.values {
		texts = templates(defaults, texts)
	}
	var files []scoped
	chartScope(loaded.chart, loaded.chart.Name(), loaded.chart.Name(), &gotemplate.Scope{Values: reads}, &files)
	all := make([]gotemplate.File, len(files))
	for i, f := range files {
		all[i] = f.file
	}
	set, findings := u.templates.Set(gotemplate.Chart, all)
	if findings.Failed() {
		return false
	}
	reader := set.Reader(texts)
	for _, f := range files {
		if !strings.HasPrefix(path.Base(f.file.Name), "_") {
			if reader.Read(ctx, f.file.Name, f.scope) != nil {
				return false
			}
		}
	}
	return true
}

// scoped is a chart's template and what it sees.
type scoped struct {
	file  gotemplate.File
	scope *gotemplate.Scope
}

// chartScope collects the templates of a chart, by the name under which it is a subchart, and of its subcharts, by every name
// under which it has them. What Chart.yaml makes of values counts as read: conditions, tags, imports.
func chartScope(c *chart.Chart, name, full string, scope *gotemplate.Scope, files *[]scoped) {
	scope.Chart, scope.BasePath, scope.Subcharts = name, path.Join(full, "templates"), map[string]*gotemplate.Scope{}
	for _, t := range c.Templates {
		if t != nil {
			named := path.Join(full, t.Name)
			*files = append(*files, scoped{gotemplate.File{Name: named, Display: named, Text: string(t.Data)}, scope})
		}
	}
	globals := append(slices.Clone(scope.Globals), scope.Values.At("global"))
	scope.Values.At("tags").Whole = true
	for _, sub := range c.Dependencies() {
		names := []string{}
		for _, d := range c.Metadata.Dependencies {
			if d == nil || d.Name != sub.Name() {
				continue
			}
			as := d.Name
			if d.Alias != "" {
				as = d.Alias
			}
			names = append(names, as)
			if len(d.ImportValues) > 0 {
				scope.Values.At(as).Whole = true
			}
			for condition := range strings.SplitSeq(d.Condition, ",") {
				at := scope.Values
				for key := range strings.SplitSeq(strings.TrimSpace(condition), ".") {
					at = at.At(key)
				}
				at.Whole = true
			}
		}
		if len(names) == 0 {
			names = append(names, sub.Name())
		}
		for _, as := range names {
			scope.Subcharts[as] = &gotemplate.Scope{Values: scope.Values.At(as), Globals: globals}
			chartScope(sub, as, path.Join(full, "charts", as), scope.Subcharts[as], files)
		}
	}
}

// placeholders reports whether secrets that are not decrypted are in a value.
func placeholders(n *source.Node) bool {
	if n == nil {
		return false
	}
	return n.Kind == source.String && strings.Contains(n.Text, values.Placeholder) || slices.ContainsFunc(n.Items, placeholders)
}

// templates are the texts in a value that may be templates, of keys too.
func templates(v any, texts []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			texts = templates(item, templates(key, texts))
		}
	case []any:
		for _, item := range v {
			texts = templates(item, texts)
		}
	case string:
		if strings.Contains(v, values.Placeholder) {
			v = "{{" // no one knows what it reads
		}
		if strings.Contains(v, "{{") && !slices.Contains(texts, v) {
			texts = append(texts, v)
		}
	}
	return texts
}
