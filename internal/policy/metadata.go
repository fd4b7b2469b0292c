package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// custom is METADATA's field of that name. Other keys are other tools'.
type custom struct {
	ID         string         `json:"id"`
	Severity   string         `json:"severity"`
	Preset     string         `json:"preset"`
	Kinds      []Kinds        `json:"kinds"`
	Parameters map[string]any `json:"parameters"`
	Fix        string         `json:"fix"`
}

// describe makes a policy of the files in its folder.
func describe(id string, files []text) (*compiled, diag.Findings) {
	i := slices.IndexFunc(files, func(f text) bool { return f.name == entry })
	if i < 0 {
		return nil, diag.Findings{diag.Errorf("policy-file", files[0].at, "the folder of policy %s has no %s", id, entry)}
	}
	findings := checkViolation(id, files)
	p := &compiled{Policy: Policy{ID: id, Title: id, Severity: diag.Error, Preset: Baseline}, at: files[i].at}
	note := annotations(files[i].module)
	if note == nil {
		at := rego.Position(files[i].module.Package.Location, nil, p.at)
		return p, append(findings, diag.Warningf("policy-metadata", at, "policy %s has no METADATA, so it judges every object", id).
			WithHint("write a comment # METADATA with title, description and custom (severity, preset, kinds, parameters, fix) above the package"))
	}
	p.Title, p.Description = cmp.Or(strings.TrimSpace(note.Title), id), strings.TrimSpace(note.Description)
	m := metadata{at: rego.Position(note.Location, nil, p.at)}
	m.read(p, note.Custom)
	return p, append(findings, m.findings...)
}

// annotations finds METADATA of package scope.
func annotations(m *ast.Module) *ast.Annotations {
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

type metadata struct {
	at       diag.Position
	findings diag.Findings
}

func (m *metadata) fail(format string, args ...any) {
	m.findings = append(m.findings, diag.Errorf("policy-metadata", m.at, format, args...))
}

func (m *metadata) read(p *compiled, fields map[string]any) {
	m.misspelt(fields)
	var c custom
	if err := reread(fields, &c); err != nil {
		m.fail("read custom: %v", err)
		return
	}
	if c.ID != "" && c.ID != p.ID {
		m.fail("custom.id is %q, the folder's name %q", c.ID, p.ID)
	}
	switch c.Severity {
	case "", "error":
	case "warning":
		p.Severity = diag.Warning
	default:
		m.fail("custom.severity is %q, not error or warning", c.Severity)
	}
	if c.Preset != "" && !slices.Contains(append(Presets(), None), c.Preset) {
		m.fail("custom.preset is %q, not privileged, baseline, restricted or none", c.Preset)
	}
	p.Preset = cmp.Or(c.Preset, Baseline) // secure unless told otherwise
	p.Kinds, p.Fix, p.ParametersSchema = c.Kinds, strings.TrimSpace(c.Fix), c.Parameters
	for _, k := range c.Kinds {
		// A missing list would mean every kind there is, which is written "*".
		if len(k.APIGroups) == 0 || len(k.Kinds) == 0 {
			m.fail(`custom.kinds: an entry names apiGroups and kinds, "" for Kubernetes' core group, "*" for all`)
		}
	}
	if c.Parameters == nil {
		return
	}
	s, err := newSchema(c.Parameters)
	if err != nil {
		m.fail("custom.parameters: %v", err)
		return
	}
	p.parameters = s
	for _, e := range s.check(s.fill(nil)) {
		m.fail("custom.parameters: the defaults fail their own schema: %s", e)
	}
}

// misspelt warns of a key that is nearly one of ours: ignored, it would change what the policy does.
func (m *metadata) misspelt(fields map[string]any) {
	known := []string{"id", "severity", "preset", "kinds", "parameters", "fix"}
	for key := range fields {
		if hint := diag.DidYouMean(key, known); hint != "" && !slices.Contains(known, key) {
			m.findings = append(m.findings, diag.Warningf("policy-metadata", m.at, "custom.%s means nothing here", key).WithHint("%s", hint))
		}
	}
}

// reread decodes what YAML made of METADATA, with numbers as they are written.
func reread(from map[string]any, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(to)
}
