package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/source"
)

//go:embed page.md.gotmpl
var layout string

// section is what the page says of one policy.
type section struct {
	policy.Policy
	Weight, Presets, Judged, When string
	Parameters                    []parameter
	Given                         string // the parameters of the samples, in words
	Denied, Allowed               string // samples
	Object                        string // that the denied sample has
	Says                          []string
}

// document writes the page. Samples has a folder per policy.
func document(set *policy.Set, samples string) (string, error) {
	var sections []section
	for _, p := range set.Policies() {
		s, err := describe(set, p, filepath.Join(samples, p.ID))
		if err != nil {
			return "", fmt.Errorf("policy %s: %w", p.ID, err)
		}
		sections = append(sections, s)
	}
	var b strings.Builder
	err := template.Must(template.New("page").Option("missingkey=error").Parse(layout)).Execute(&b, sections)
	return b.String(), err
}

func describe(set *policy.Set, p policy.Policy, samples string) (section, error) {
	s := section{Policy: p, Weight: "an error", Judged: judged(p.Kinds), Parameters: parameters("", p.ParametersSchema)}
	if p.Severity == diag.Warning {
		s.Weight = "a warning"
	}
	switch p.Preset {
	case policy.None:
		s.Presets, s.When = "none", "no preset has it, so it is on where values name it"
	case policy.Restricted:
		s.Presets, s.When = "restricted", "it is on with the preset restricted"
	default:
		s.Presets, s.When = "baseline, restricted", "it is on with the presets baseline and restricted"
	}
	settings := policy.Settings{Preset: policy.Privileged}
	name := filepath.Join(samples, "parameters.yaml")
	if data, err := os.ReadFile(name); err == nil {
		root, findings := source.Parse(name, data)
		if findings.Failed() {
			return s, fmt.Errorf("read parameters: %s", findings[0])
		}
		given, _ := root.Value().(map[string]any)
		settings.Policies = map[string]policy.Setting{p.ID: {Named: true, Parameters: given}}
		s.Given = fmt.Sprintf(" with the parameters `%s`", flow(given))
	} else {
		settings.Policies = map[string]policy.Setting{p.ID: {Named: true}}
	}
	return s, s.show(set, settings, samples)
}

// show fills in the first samples of each kind, and what the policy says of the one that it refuses. That there are samples
// is for a test of the policies to see to.
func (s *section) show(set *policy.Set, settings policy.Settings, samples string) error {
	var err error
	if s.Allowed, err = first(filepath.Join(samples, "allowed")); err != nil {
		return err
	}
	if s.Denied, err = first(filepath.Join(samples, "denied")); err != nil || s.Denied == "" {
		return err
	}
	objects, findings := object.ParseGiven("sample", []byte(s.Denied))
	if findings.Failed() {
		return fmt.Errorf("read the sample that is refused: %s", findings[0])
	}
	s.Object = objects[0].ID().String()
	for _, f := range set.Check(context.Background(), objects, settings, time.Time{}).Findings {
		if line := fmt.Sprintf("`%s`: %s", f.Path, f.Message); f.Object == s.Object && !slices.Contains(s.Says, line) {
			s.Says = append(s.Says, line)
		}
	}
	return nil
}

func first(folder string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return "", err
	}
	data, err := os.ReadFile(files[0])
	return string(data), err
}

// judged says which objects the policy is for.
func judged(kinds []policy.Kinds) string {
	var groups []string
	for _, k := range kinds {
		names := strings.Join(k.Kinds, ", ")
		switch group := strings.Join(k.APIGroups, ", "); {
		case names == "*":
			return "Judged are objects of every kind."
		case group == "":
			groups = append(groups, names)
		default:
			groups = append(groups, names+" of "+group)
		}
	}
	return "Judged are " + strings.Join(groups, "; ") + "."
}
