// Package diag is the one type for everything a check has to say: a finding with its severity, its rule and the place in
// the source that the user edits. Findings go in from every station of the pipeline; text and JSON come out. The package
// knows nothing of YAML, Kubernetes or terminals beyond colour escapes.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity orders findings by weight: an Error fails the command, a Warning and an Info do not.
type Severity uint8

// The three severities, lightest first.
const (
	Info Severity = iota
	Warning
	Error
)

// String is the word users see: error, warning or info.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "info"
	}
}

// MarshalText makes JSON show the word, not the number.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Position is a place in a source: lines and columns count from 1, columns in characters. Line 0 means the whole file,
// an empty File means that nothing is known.
type Position struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"column,omitempty"`
}

// IsZero reports whether nothing is known of the place.
func (p Position) IsZero() bool { return p.File == "" }

// String is file:line:col, as far as known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// Note is a second place that a finding is about, such as the value that was overridden.
type Note struct {
	At      Position `json:"at"`
	Message string   `json:"message"`
}

// Finding is one thing a check has to say.
type Finding struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`               // kebab-case, stable: "duplicate-key", a policy's id, …
	Message  string   `json:"message"`            // lower case, one sentence, no position and no rule in it
	Hint     string   `json:"hint,omitempty"`     // what to do: "did you mean …?", a flag, a field
	Object   string   `json:"object,omitempty"`   // KIND/[NS/]NAME
	Path     string   `json:"path,omitempty"`     // field of the object, or path in the values: spec.template.spec.containers[0].image
	At       Position `json:"at,omitzero"`        // in the source the user edits
	Proposed string   `json:"proposed,omitempty"` // what the field at Path has to hold, where that is certain
	Notes    []Note   `json:"notes,omitempty"`    // other places involved
	Clusters []string `json:"clusters,omitempty"` // set when several clusters share the finding
	Quiet    bool     `json:"-"`                  // the line at its place holds a secret and must not be shown
}

// Errorf makes a finding of severity error.
func Errorf(rule string, at Position, format string, args ...any) Finding {
	return Finding{Severity: Error, Rule: rule, At: at, Message: fmt.Sprintf(format, args...)}
}

// Warningf makes a finding of severity warning.
func Warningf(rule string, at Position, format string, args ...any) Finding {
	return Finding{Severity: Warning, Rule: rule, At: at, Message: fmt.Sprintf(format, args...)}
}

// Infof makes a finding of severity info.
func Infof(rule string, at Position, format string, args ...any) Finding {
	return Finding{Severity: Info, Rule: rule, At: at, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns the finding with what to do about it.
func (f Finding) WithHint(format string, args ...any) Finding {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

// WithPath returns the finding with the path it is about.
func (f Finding) WithPath(path string) Finding {
	f.Path = path
	return f
}

// WithNote returns the finding with one more place.
func (f Finding) WithNote(at Position, format string, args ...any) Finding {
	f.Notes = append(slices.Clip(f.Notes), Note{At: at, Message: fmt.Sprintf(format, args...)})
	return f
}

// String is the finding on one line: position, severity, message, hint.
func (f Finding) String() string {
	var b strings.Builder
	if !f.At.IsZero() {
		b.WriteString(f.At.String() + ": ")
	}
	if f.Object != "" {
		b.WriteString(f.Object + ": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (" + f.Hint + ")")
	}
	return b.String()
}

// Findings are what one or more checks have to say. As an error value they stand for a failed check.
type Findings []Finding

// Failed reports whether one of them is an error.
func (f Findings) Failed() bool {
	return slices.ContainsFunc(f, func(x Finding) bool { return x.Severity == Error })
}

// Err is the findings as an error when one of them is an error, else nil.
func (f Findings) Err() error {
	if f.Failed() {
		return f
	}
	return nil
}

// Error joins the findings of severity error, a line each.
func (f Findings) Error() string {
	var lines []string
	for _, x := range f {
		if x.Severity == Error {
			lines = append(lines, x.String())
		}
	}
	return strings.Join(lines, "\n")
}

// Count says how many findings have the severity.
func (f Findings) Count(s Severity) int {
	n := 0
	for _, x := range f {
		if x.Severity == s {
			n++
		}
	}
	return n
}

// Hush is the findings without the lines of these places, which hold secrets.
func (f Findings) Hush(secrets []Position) Findings {
	lines := make(map[Position]bool, len(secrets))
	for _, at := range secrets {
		lines[Position{File: at.File, Line: at.Line}] = true
	}
	f = slices.Clone(f)
	for i, x := range f {
		f[i].Quiet = x.Quiet || lines[Position{File: x.At.File, Line: x.At.Line}]
	}
	return f
}

// Sort orders findings by file, line, column, object, path, rule and message, so that output is the same in every run.
func (f Findings) Sort() {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Col, b.At.Col),
			cmp.Compare(a.Object, b.Object), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Hint, b.Hint))
	})
}
