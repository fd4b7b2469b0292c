package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// The parts of SARIF 2.1.0 that we write: docs.oasis-open.org/sarif/sarif/v2.1.0.

type message struct {
	Text string `json:"text"`
}

type descriptor struct {
	ID      string         `json:"id"`
	Short   message        `json:"shortDescription"`
	Full    *message       `json:"fullDescription,omitempty"`
	Help    *message       `json:"help,omitempty"`
	Default map[string]any `json:"defaultConfiguration,omitempty"`
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations,omitempty"`
	Related      []location        `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Suppressions []suppression     `json:"suppressions,omitempty"`
	Properties   map[string]any    `json:"properties,omitempty"`
}

type location struct {
	ID       *int      `json:"id,omitempty"`
	Message  *message  `json:"message,omitempty"`
	Physical *physical `json:"physicalLocation,omitempty"`
	Logical  []logical `json:"logicalLocations,omitempty"`
}

type physical struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region struct {
		Line int `json:"startLine"`
		Col  int `json:"startColumn,omitempty"`
	} `json:"region"`
}

type logical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type suppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification,omitempty"`
}

// sarif writes one run: the rules that its results name, then the results.
func (r Report) sarif(w io.Writer) error {
	s := sarif{report: r, index: map[string]int{}, seen: map[string]int{}}
	head, err := s.head()
	if err != nil {
		return err
	}
	l := list{w: w, head: head, tail: "]\n    }\n  ]\n}\n", indent: "      "}
	for _, f := range r.Findings {
		l.add(s.result(f))
	}
	for _, f := range r.Suppressed {
		found := s.result(f.Finding)
		found.Suppressions = []suppression{{Kind: "external", Justification: f.Reason}}
		l.add(found)
	}
	return l.close()
}

type sarif struct {
	report Report
	index  map[string]int // of rules
	seen   map[string]int // how often a fingerprint was given
}

// head is all that comes before the results.
func (s *sarif) head() (string, error) {
	for _, f := range s.report.Findings {
		s.index[f.Rule] = 0
	}
	for _, f := range s.report.Suppressed {
		s.index[f.Rule] = 0
	}
	rules := []descriptor{}
	for i, id := range slices.Sorted(maps.Keys(s.index)) {
		s.index[id] = i
		rules = append(rules, s.rule(id))
	}
	driver := map[string]any{"name": "kubectl-otomi", "informationUri": "https://github.com/otomi/kubectl-otomi", "rules": rules}
	if s.report.Version != "" {
		driver["version"] = s.report.Version
	}
	tool, err := json.MarshalIndent(driver, "        ", "  ")
	// Columns count characters, not the halves of UTF-16.
	return `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": ` + string(tool) + `
      },
      "columnKind": "unicodeCodePoints",
      "results": [`, err
}

func (s *sarif) rule(id string) descriptor {
	d := descriptor{ID: id, Short: message{strings.ReplaceAll(id, "-", " ")}}
	known, ok := s.report.Rules[id]
	if !ok {
		return d
	}
	d.Short.Text, d.Default = known.Title, map[string]any{"level": level(known.Severity)}
	if known.Description != "" {
		d.Full = &message{known.Description}
	}
	if known.Fix != "" {
		d.Help = &message{known.Fix}
	}
	return d
}

func level(s diag.Severity) string {
	return map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "note"}[s]
}

func (s *sarif) result(f diag.Finding) result {
	out := result{RuleID: f.Rule, RuleIndex: s.index[f.Rule], Level: level(f.Severity), Message: message{sentence(f)}}
	at := f.At
	if at.IsZero() {
		at.File = s.report.Home
	}
	if at.File != "" {
		l := location{Physical: s.place(at)}
		if f.Object != "" {
			l.Logical = []logical{{Name: strings.TrimRight(f.Object+" "+f.Path, " "), Kind: "object"}}
		}
		out.Locations = []location{l}
	}
	for i, n := range f.Notes {
		l := location{ID: &i, Message: &message{n.Message}}
		if !n.At.IsZero() {
			l.Physical = s.place(n.At)
		}
		out.Related = append(out.Related, l)
	}
	if len(f.Clusters) > 0 {
		out.Properties = map[string]any{"clusters": f.Clusters}
	}
	out.Fingerprints = map[string]string{"otomiFinding/v1": s.fingerprint(f)}
	return out
}

func (s *sarif) place(at diag.Position) *physical {
	var p physical
	p.Artifact.URI = uri(s.report.file(at.File))
	p.Region.Line, p.Region.Col = max(1, at.Line), at.Col
	return &p
}

// uri is a file as a reference that is relative wherever the file is; a colon would make a scheme of what stands before it.
func uri(file string) string {
	if path.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: file}).String()
	}
	parts := strings.Split(file, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A")
	}
	return strings.Join(parts, "/")
}

// fingerprint tells a finding from all others by what it says, not by its lines, so that it stays the same when others move it.
func (s *sarif) fingerprint(f diag.Finding) string {
	said := strings.Join([]string{f.Rule, f.At.File, f.Object, f.Path, f.Message}, "\x00")
	s.seen[said]++
	sum := sha256.Sum256([]byte(said + strings.Repeat("\x00", s.seen[said]-1)))
	return hex.EncodeToString(sum[:16])
}
