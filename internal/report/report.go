// Package report writes what checks found in the forms that people, pipelines and code hosts read. One Report goes in; text,
// JSON, SARIF, JUnit's XML or GitHub's workflow commands come out. Findings are written one by one, in the order given, so
// that many of them take no memory.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// The formats.
const (
	Text   = "text"
	JSON   = "json"
	SARIF  = "sarif"
	JUnit  = "junit"
	GitHub = "github"
)

// Formats are the names of all formats, the one for people first.
func Formats() []string { return []string{Text, JSON, SARIF, JUnit, GitHub} }

// Report is what a run of checks has to say.
type Report struct {
	Findings   diag.Findings
	Suppressed []Suppressed    // findings that do not count
	Exemptions []Exemption     // nil: nobody asked
	Checked    []Checked       // the objects that were looked at
	Rules      map[string]Rule // what is known of rules beyond their names
	Scope      string          // what was checked: "2 clusters"
	Folder     string          // that files are relative to, as seen from where the code host's paths begin; "": there
	Home       string          // the file that stands for a place of which nothing is known
	Version    string          // of the program
}

// Suppressed is a finding that does not count, and why.
type Suppressed struct {
	diag.Finding
	Reason string
	Known  bool // a baseline lists it; else an exemption lets it pass
}

// shown are the findings that are told one by one: those that count, and as information those that are known.
func (r Report) shown() diag.Findings {
	all := slices.Clone(r.Findings)
	for _, s := range r.Suppressed {
		if s.Known {
			s.Severity, s.Hint = diag.Info, ""
			all = append(all, s.Finding)
		}
	}
	if len(all) > len(r.Findings) {
		all.Sort()
	}
	return all
}

// Checked is an object that was looked at, and the file that it came from.
type Checked struct{ File, Object string }

// Rule is what is known of a rule.
type Rule struct {
	Title       string
	Description string
	Fix         string
	Severity    diag.Severity
}

// Write writes the report in a format. Text is how people see it.
func (r Report) Write(w io.Writer, format string, text diag.Text) error {
	switch format {
	case JSON:
		return r.json(w)
	case SARIF:
		return r.sarif(w)
	case JUnit:
		return r.junit(w)
	case GitHub:
		return r.github(w)
	default:
		return r.text(w, text)
	}
}

func (r Report) text(w io.Writer, text diag.Text) error {
	shown := r.shown()
	if err := text.Print(w, shown); err != nil {
		return err
	}
	known := ""
	if n := len(shown) - len(r.Findings); n > 0 {
		known = ", " + count(n, "known finding")
	}
	_, err := fmt.Fprintf(w, "%s, %s%s in %s\n", count(r.Findings.Count(diag.Error), "error"), count(r.Findings.Count(diag.Warning), "warning"), known, r.Scope)
	if err != nil || r.Exemptions == nil {
		return err
	}
	return r.exemptions(w)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (r Report) json(w io.Writer) error {
	l := list{w: w, head: "{\n  \"findings\": [", tail: "]\n}\n", indent: "  "}
	if r.Exemptions != nil {
		l.tail = "]"
	}
	for _, f := range r.shown() {
		l.add(f)
	}
	if err := l.close(); err != nil || r.Exemptions == nil {
		return err
	}
	l = list{w: w, head: ",\n  \"exemptions\": [", tail: "]\n}\n", indent: "  "}
	for _, x := range r.Exemptions {
		l.add(x)
	}
	return l.close()
}

// list writes the items of a JSON array as they come, each in one piece: whoever hides secrets in them sees whole strings.
type list struct {
	w          io.Writer
	head, tail string // what stands before and after the items
	indent     string // of the array
	begun      bool
	err        error
}

func (l *list) add(item any) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(l.indent+"  ", "  ")
	if err := e.Encode(item); err != nil {
		l.err = err
	}
	before := ","
	if !l.begun {
		before = l.head
	}
	l.begun = true
	l.write(before + "\n" + l.indent + "  " + strings.TrimRight(b.String(), "\n"))
}

func (l *list) close() error {
	if !l.begun {
		l.write(l.head + l.tail)
	} else {
		l.write("\n" + l.indent + l.tail)
	}
	return l.err
}

func (l *list) write(text string) {
	if l.err == nil {
		_, l.err = io.WriteString(l.w, text)
	}
}

// file is a file as code hosts name it: relative to the root of the repository. What comes with the program has no path there.
func (r Report) file(name string) string {
	core, _, ofCore := strings.Cut(name, ":")
	if r.Folder == "" || name == "" || path.IsAbs(name) || ofCore && !strings.Contains(core, "/") {
		return name
	}
	return path.Join(r.Folder, name)
}

// sentence is all that a finding says, but for its place.
func sentence(f diag.Finding) string {
	f.At = diag.Position{}
	return f.String()
}

// Map is the report with other findings in the place of its own, as many and in the same order.
func (r Report) Map(change func(diag.Findings) diag.Findings) Report {
	r.Findings = change(r.Findings)
	hidden := make(diag.Findings, len(r.Suppressed))
	for i, s := range r.Suppressed {
		hidden[i] = s.Finding
		hidden[i].Notes = append(slices.Clip(s.Notes), diag.Note{Message: s.Reason})
	}
	hidden = change(hidden)
	r.Suppressed = slices.Clone(r.Suppressed)
	for i, f := range hidden {
		last := len(f.Notes) - 1
		r.Suppressed[i].Reason, f.Notes = f.Notes[last].Message, f.Notes[:last]
		r.Suppressed[i].Finding = f
	}
	return r
}
