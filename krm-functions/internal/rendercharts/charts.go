package rendercharts

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// chartRef is where a release's chart comes from: NAME[@VERSION] of the embedded core, a path, or {configMap: NAME}.
type chartRef struct{ inputs.Ref }

// DecodeNode reads a word or a map.
func (r *chartRef) DecodeNode(n *source.Node) diag.Findings {
	return r.Read(n, "chart-source", "want NAME[@VERSION], a path, or {configMap: NAME}")
}

// isPath tells a path from the name of an embedded chart.
func (r *chartRef) isPath() bool {
	return strings.Contains(r.Word, "/") || strings.HasSuffix(r.Word, archive.Ext)
}

// charts are those that releases name, each found once.
type charts struct {
	list  *krm.List
	dir   func(string) fs.FS // opens a folder of the file system
	found map[string]*render.Chart
}

// find finds a chart that the embedded core does not have; nil: it is to be looked for there.
func (cs *charts) find(r chartRef) (*render.Chart, diag.Findings) {
	find, key := cs.mounted, path.Clean(r.Word)
	switch {
	case r.ConfigMap != "":
		find, key = cs.inStream, "ConfigMap:"+r.ConfigMap
	case !r.isPath():
		return nil, nil
	}
	if c := cs.found[key]; c != nil {
		return c, nil
	}
	c, findings := find(r)
	cs.found[key] = c
	return c, findings
}

// inStream is the chart that a ConfigMap holds: its files, or the one archive.
func (cs *charts) inStream(r chartRef) (*render.Chart, diag.Findings) {
	c, findings := inputs.FindConfigMap(cs.list, r.ConfigMap, r.At)
	if c.Item == nil || findings.Failed() {
		return nil, findings
	}
	chart := render.Chart{Name: r.ConfigMap, FS: inputs.NewFiles(c.Texts), Path: "."}
	for name, text := range c.Texts {
		if len(c.Texts) == 1 && strings.HasSuffix(name, archive.Ext) {
			chart.Path = name
			text = nil // bytes are not shown
		}
		cs.list.Within(c.Item, path.Join(r.ConfigMap, name), text)
	}
	if _, ok := c.Texts["Chart.yaml"]; !ok && chart.Path == "." {
		f := diag.Errorf("missing-chart", r.At, "the ConfigMap %s holds no chart: it has neither Chart.yaml nor one packed chart as its only key", r.ConfigMap)
		return nil, append(findings, f)
	}
	return &chart, findings
}

// mounted is a chart in the file system.
func (cs *charts) mounted(r chartRef) (*render.Chart, diag.Findings) {
	dir, file := path.Clean(r.Word), "."
	if strings.HasSuffix(dir, archive.Ext) {
		dir, file = path.Split(dir)
		dir = path.Clean(dir)
	}
	chart := render.Chart{Name: dir, FS: cs.dir(dir), Path: file}
	if _, err := fs.Stat(chart.FS, file); err != nil {
		return nil, diag.Findings{diag.Errorf("missing-chart", r.At, "there is no chart at %s", r.Word).
			WithHint("a path begins where the function runs: at its mounts in a container")}
	}
	return &chart, nil
}

// text is the text of a file of a mounted chart, for excerpts.
func (cs *charts) text(name string) []byte {
	for _, c := range cs.found {
		if c == nil {
			continue
		}
		if rest, below := strings.CutPrefix(name, c.Name+"/"); below {
			if packed, inside, ok := strings.Cut(rest, archive.Ext+"/"); ok {
				data, _ := fs.ReadFile(c.FS, packed+archive.Ext) // what cannot be read has no excerpt
				return archive.Text(data, inside)
			}
			if text, err := fs.ReadFile(c.FS, rest); err == nil {
				return text
			}
		}
	}
	return nil
}

// functionHints replaces the hint at a command that may not be there.
func functionHints(findings diag.Findings) diag.Findings {
	findings = slices.Clone(findings)
	for i, f := range findings {
		if f.Rule == "missing-chart" && strings.Contains(f.Hint, "core vendor") {
			findings[i].Hint = "give a chart as {configMap: NAME}, or a folder or archive as ./PATH"
		}
	}
	return findings
}
