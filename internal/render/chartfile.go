package render

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// failed are the findings about a chart that cannot be loaded.
func (c *loadedChart) failed(err error) diag.Findings {
	if findings, ok := errors.AsType[diag.Findings](err); ok {
		return slices.Clone(findings) // of all releases of the chart
	}
	return diag.Findings{diag.Errorf("chart", diag.Position{File: c.shown}, "load chart: %v", err)}
}

// unreadable finds what Helm cannot read of the chart's own files, each at its line; Helm names neither file nor line.
func (c *loadedChart) unreadable(files []archive.Member) diag.Findings {
	own := regexp.MustCompile(`^(?:charts/[^/_.][^/]*/)*(Chart\.yaml|requirements\.yaml|values\.yaml)$`)
	var findings diag.Findings
	for _, f := range files {
		name := own.FindStringSubmatch(f.Name)
		if name == nil {
			continue
		}
		if err := c.decode(name[1], f.Data); err != nil {
			findings = append(findings, explained(c.where(f), name[1], f.Data, err))
		}
	}
	return findings
}

// decode reads a file of the chart as Helm does.
func (c *loadedChart) decode(name string, data []byte) error {
	if name == "values.yaml" {
		return yaml.Unmarshal(data, &map[string]any{})
	}
	var metadata chart.Metadata
	if err := yaml.Unmarshal(data, &metadata); err != nil || name != "Chart.yaml" {
		return err
	}
	if metadata.APIVersion == "" {
		metadata.APIVersion = chart.APIVersionV1
	}
	return metadata.Validate()
}

// explained is what is wrong with a file that Helm cannot read, at its line.
func explained(shown, name string, data []byte, err error) diag.Finding {
	n, findings := source.Parse(shown, data)
	for _, f := range findings {
		if f.Rule == "yaml-syntax" {
			return f
		}
	}
	at := diag.Position{File: shown, Line: 1, Col: 1}
	if m := regexp.MustCompile(`^validation: chart\.metadata\.(\w+) (.*)$`).FindStringSubmatch(err.Error()); m != nil {
		if field := n.Get(m[1]); field != nil {
			at = field.At()
		}
		return diag.Errorf("chart", at, "the chart's %s %s", m[1], m[2])
	}
	if n != nil && n.Kind != source.Map {
		return diag.Errorf("chart", n.At(), "%s is a map, not %s", name, n.Kind.Article())
	}
	wrong := regexp.MustCompile(`cannot unmarshal (\w+) into Go struct field \w+\.([\w.]+) of type (\S+)$`).FindStringSubmatch(err.Error())
	if wrong == nil {
		if item := inList(n, err.Error()); item != nil {
			at = item.At()
		}
		return diag.Errorf("chart", at, "%s", strings.TrimPrefix(err.Error(), "validation: "))
	}
	if field := reached(n, strings.Split(wrong[2], "."), wrong[1]); field != nil {
		at = field.At()
	}
	return diag.Errorf("chart", at, "want %s, have %s", wanted(wrong[3]), wanted(wrong[1])).WithPath(wrong[2])
}

// metadata is where a field of the chart's Chart.yaml stands.
func (c *loadedChart) metadata(field string) diag.Position {
	for _, f := range c.chart.Raw {
		if f.Name != "Chart.yaml" {
			continue
		}
		shown := c.displayOf(c.chart.Name()+"/"+f.Name, f.Data)
		if n, _ := source.Parse(shown, f.Data); n.Get(field) != nil {
			return n.Get(field).At()
		}
		return diag.Position{File: shown}
	}
	return diag.Position{File: c.shown}
}

// inList finds what is wrong with an item of Chart.yaml's lists: one that is null, or a dependency's alias.
func inList(n *source.Node, message string) *source.Node {
	alias := regexp.MustCompile(`dependency "(.*)" has disallowed characters in the alias`).FindStringSubmatch(message)
	for _, field := range []string{"dependencies", "maintainers"} {
		list := n.Get(field)
		if list == nil {
			continue
		}
		for _, item := range list.Items {
			name := item.Get("name")
			switch {
			case item.Kind == source.Null && strings.Contains(message, field):
				return item
			case alias != nil && field == "dependencies" && name != nil && name.Text == alias[1] && item.Get("alias") != nil:
				return item.Get("alias")
			}
		}
	}
	return nil
}

// reached is the first node at a path, through lists, that is what the decoder found there.
func reached(n *source.Node, path []string, kind string) *source.Node {
	if n == nil || len(path) == 0 {
		if n == nil || wanted(kind) != n.Kind.Article() && (!n.Kind.Scalar() || kind != "number") {
			return nil
		}
		return n
	}
	if n.Kind == source.List {
		for _, item := range n.Items {
			if found := reached(item, path, kind); found != nil {
				return found
			}
		}
		return nil
	}
	return reached(n.Get(path[0]), path[1:], kind)
}

// wanted names a type of Go or JSON.
func wanted(typ string) string {
	switch {
	case typ == "array", strings.HasPrefix(typ, "[]"):
		return "a list"
	case typ == "object", strings.HasPrefix(typ, "map["), strings.Contains(typ, "chart."):
		return "a map"
	case typ == "bool":
		return "a boolean"
	case typ == "number":
		return "a number"
	default:
		return "a string"
	}
}
