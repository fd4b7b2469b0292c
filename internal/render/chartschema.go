package render

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// checkSchema checks values against the values.schema.json of a chart and its subcharts. Findings are at the place where
// the release sets the value, or the chart's default stands, else at the release. Schemas elsewhere are not fetched: a chart that refers to one is refused.
func (h *helm) checkSchema(c *chart.Chart, coalesced map[string]any, set, defaults *source.Node) diag.Findings {
	var findings diag.Findings
	if c.Schema != nil {
		findings = append(findings, h.checkOne(c, coalesced, set, defaults)...)
	}
	for _, sub := range c.Dependencies() {
		below, ok := coalesced[sub.Name()].(map[string]any)
		if !ok {
			continue // no values, nothing to check, as in Helm
		}
		findings = append(findings, h.checkSchema(sub, below, set.Get(sub.Name()), defaults.Get(sub.Name()))...)
	}
	return findings
}

func (h *helm) checkOne(c *chart.Chart, coalesced map[string]any, set, defaults *source.Node) diag.Findings {
	release := h.release
	fail := func(format string, args ...any) diag.Findings {
		at := diag.Position{File: h.loaded.displayOf(c.ChartFullPath()+"/values.schema.json", c.Schema)}
		f := diag.Errorf("chart-schema", at, format, args...)
		return diag.Findings{f.WithNote(release.at("chart"), "release %q uses the chart here", release.Name)}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema))
	if err != nil {
		return fail("%v", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(offline{})
	const url = "file:///values.schema.json"
	if err := compiler.AddResource(url, document); err != nil {
		return fail("%v", err)
	}
	schema, err := compiler.Compile(url)
	if err != nil {
		return fail("%v", err)
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(coalesced); !errors.As(err, &invalid) {
		return nil
	}
	var findings diag.Findings
	for _, leaf := range leaves(invalid) {
		f := diag.Errorf("chart-values", release.at("values"), "chart %s: %s", c.Name(),
			leaf.ErrorKind.LocalizedString(message.NewPrinter(language.English))).WithPath(source.Path(leaf.InstanceLocation))
		if n := nearest(set, leaf.InstanceLocation); n != nil && n.Line > 0 {
			f.At = n.At()
		}
		if n := defaults.Lookup(leaf.InstanceLocation...); n != nil && len(leaf.InstanceLocation) > 0 && set.Lookup(leaf.InstanceLocation...) == nil {
			f.At = n.At()
			f = f.WithNote(release.at("chart"), "release %q uses the chart here", release.Name)
		}
		findings = append(findings, f)
	}
	return findings
}

// nearest is the node at a path, or the deepest above it.
func nearest(n *source.Node, path []string) *source.Node {
	for i := len(path); i > 0; i-- {
		if found := n.Lookup(path[:i]...); found != nil {
			return found
		}
	}
	return n
}

// leaves are the errors that have no cause below them.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// offline refuses to load what a schema refers to.
type offline struct{}

// Load implements jsonschema.URLLoader.
func (offline) Load(url string) (any, error) {
	return nil, fmt.Errorf("schemas are not fetched: copy %s into the chart", url)
}
