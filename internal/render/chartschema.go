package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// checkSchema checks values against the values.schema.json of a chart and its subcharts. Findings are at the place where
// the release sets the value, else at the release. Schemas elsewhere are not fetched: a chart that refers to one is refused.
func checkSchema(c *chart.Chart, coalesced map[string]any, set *source.Node, release *Release) diag.Findings {
	var findings diag.Findings
	if c.Schema != nil {
		findings = append(findings, checkOne(c, coalesced, set, release)...)
	}
	for _, sub := range c.Dependencies() {
		below, ok := coalesced[sub.Name()].(map[string]any)
		if !ok {
			continue // no values, nothing to check, as in Helm
		}
		findings = append(findings, checkSchema(sub, below, set.Get(sub.Name()), release)...)
	}
	return findings
}

func checkOne(c *chart.Chart, coalesced map[string]any, set *source.Node, release *Release) diag.Findings {
	where := strings.ReplaceAll(c.ChartFullPath(), "/charts/", "/") + "/values.schema.json"
	fail := func(format string, args ...any) diag.Findings {
		return diag.Findings{diag.Errorf("chart-schema", release.at("chart"), where+": "+format, args...)}
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
