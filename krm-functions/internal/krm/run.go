package krm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Func is what a function does to a list. Everything wrong is a finding; on one of severity error the list is not used.
type Func func(ctx context.Context, list *List) diag.Findings

// Process is what a function's program is given.
type Process struct {
	Name       string // of the function
	Help       string
	Version    string
	Args       []string
	In         io.Reader
	Out, Err   io.Writer
	Executable func() (string, error) // the path of the program itself
}

// Exit codes: orchestrators know success and failure only; the third is for people.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Run runs a function as a program and returns its exit code.
func Run(ctx context.Context, f Func, p Process) int {
	var err error
	switch args := p.Args; {
	case len(args) == 0:
		return process(ctx, f, p)
	case len(args) == 1 && slices.Contains([]string{"-h", "--help", "help"}, args[0]):
		_, err = io.WriteString(p.Out, p.Help)
	case len(args) == 1 && args[0] == "--version":
		_, err = fmt.Fprintln(p.Out, p.Version)
	case len(args) == 2 && args[0] == "install":
		err = install(p, args[1])
	default:
		fmt.Fprintf(p.Err, "usage: %s < ResourceList | %[1]s install DIR | %[1]s --help | %[1]s --version\n", p.Name) //nolint:errcheck // nowhere to say it
		return exitUsage
	}
	if err != nil {
		fmt.Fprintf(p.Err, "error: %v\n", err) //nolint:errcheck // nowhere to say it
		return exitFailed
	}
	return exitOK
}

// process reads a list, runs the function on it and writes it. Orchestrators read stdout even when the function fails, so a
// whole list is written whatever happens.
func process(ctx context.Context, f Func, p Process) int {
	data, err := io.ReadAll(io.LimitReader(p.In, maxBytes+1))
	var list *List
	findings := wire("read stdin: %v", err)
	if err == nil {
		list, findings = Read(data)
	}
	if !findings.Failed() {
		findings = append(findings, list.call(ctx, f)...)
		list.honest(findings)
	}
	findings.Sort()
	var said strings.Builder
	text, redactor := diag.Text{}, (*redact.Redactor)(nil)
	if list != nil {
		text.Source, redactor = list.excerpt, list.redactor
	}
	findings = redactor.Findings(findings)
	_ = text.Print(&said, findings)                              // to memory
	_, err = io.WriteString(p.Err, redactor.Text(said.String())) // of the excerpts
	err = errors.Join(list.Write(p.Out, findings), err)
	if err != nil {
		fmt.Fprintf(p.Err, "error: write results: %v\n", err) //nolint:errcheck // nowhere to say it
	}
	if err != nil || findings.Failed() {
		return exitFailed
	}
	return exitOK
}

// call runs the function. When it fails, or panics, the items are those that came, as they came.
func (l *List) call(ctx context.Context, f Func) (findings diag.Findings) {
	items := slices.Clone(l.Items)
	came := make([]Item, len(items))
	for i := range items {
		came[i] = *items[i]
	}
	defer func() {
		if r := recover(); r != nil {
			findings = append(findings, diag.Errorf("internal", diag.Position{}, "this is a bug: %v", r))
		}
		if findings.Failed() {
			l.Items = items
			for i := range items {
				*items[i] = came[i]
			}
		}
	}()
	return f(ctx, l)
}

// document is a functionConfig.
type document[Spec any] struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Metadata   *source.Node `json:"metadata"`
	Spec       Spec         `json:"spec"`
}

// Configure reads the functionConfig, strictly, into the Spec of the kind.
func Configure[Spec any](l *List, kind string) (Spec, diag.Findings) {
	var doc document[Spec]
	if l.Config == nil {
		return doc.Spec, diag.Findings{diag.Errorf("function-config", diag.Position{}, "there is no functionConfig").
			WithHint("give one: apiVersion: %s, kind: %s", APIVersion, kind)}
	}
	file := l.File(l.Config)
	if got := l.Config.APIVersion() + " " + l.Config.Kind(); got != APIVersion+" "+kind {
		return doc.Spec, diag.Findings{diag.Errorf("function-config", diag.Position{File: file.Name}, "the functionConfig is %s, not %s %s", got, APIVersion, kind)}
	}
	if l.Config.Name() == "" {
		return doc.Spec, diag.Findings{diag.Errorf("function-config", diag.Position{File: file.Name}, "the functionConfig has no name").WithPath("metadata.name")}
	}
	root, findings := l.Config.Parse(file)
	if !findings.Failed() {
		findings = append(findings, source.Decode(root, &doc)...)
	}
	return doc.Spec, findings
}

// install copies the program into a folder, under the function's name: out of its image into a volume.
func install(p Process, dir string) error {
	self, err := p.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	from, err := os.Open(self)
	if err != nil {
		return fmt.Errorf("read this program: %w", err)
	}
	defer from.Close() //nolint:errcheck // read only
	temporary, err := os.CreateTemp(dir, "."+p.Name+"-*")
	if err != nil {
		return fmt.Errorf("install %s: %w", p.Name, err)
	}
	_, err = io.Copy(temporary, from)
	err = errors.Join(err, temporary.Chmod(0o755), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), filepath.Join(dir, p.Name))
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // the error that matters is the first
		return fmt.Errorf("install %s: %w", p.Name, err)
	}
	return nil
}
