package inputs

import (
	"errors"
	"io/fs"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// SchemaRef names a JSON Schema in the stream.
type SchemaRef struct {
	ConfigMap string `json:"configMap" schema:"required"`
	Key       string `json:"key" schema:"required" doc:"the key of the ConfigMap, or the path that it stands for"`
	At        diag.Position
}

// DecodeNode reads the reference and remembers where it stands.
func (r *SchemaRef) DecodeNode(n *source.Node) diag.Findings {
	type fields SchemaRef
	r.At = n.At()
	findings := source.Decode(n, (*fields)(r))
	if (r.ConfigMap == "" || r.Key == "") && !findings.Failed() {
		findings = append(findings, diag.Errorf("required", r.At, "want configMap and key"))
	}
	return findings
}

// Unite makes one schema of those of the cores and the one that the functionConfig names.
func Unite(l *krm.List, stack core.Stack, extra *SchemaRef) (*schema.Schema, diag.Findings) {
	if extra == nil {
		return schema.Load(stack)
	}
	var files []*source.File
	for _, c := range stack {
		name := core.Platform + "/schema.yaml"
		data, err := fs.ReadFile(c.FS, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, diag.Findings{diag.Errorf("read-schema", diag.Position{File: c.Display(name)}, "read schema: %v", err)}
		}
		files = append(files, &source.File{Name: c.Display(name), Data: data})
	}
	name, text, findings := textOf(l, extra.ConfigMap, extra.Key, extra.At)
	if findings.Failed() {
		return nil, findings
	}
	files = append(files, &source.File{Name: name, Data: text})
	s, f := schema.Unite(files...)
	return s, append(findings, f...)
}
