package krm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Func is what a function does to a list. Everything wrong is a finding; on one of severity error the list is not used.
type Func func(ctx context.Context, list *List) diag.Findings

// Process is what a function's program is given.
type Process struct {
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
func Run(ctx context.Context, f Function, p Process) int {
	var err error
	switch args := p.Args; {
	case len(args) == 0:
		return process(ctx, f, p)
	case len(args) == 1 && slices.Contains([]string{"-h", "--help", "help"}, args[0]):
		_, err = io.WriteString(p.Out, p.Help)
	case len(args) == 1 && args[0] == "--schema":
		e := json.NewEncoder(p.Out)
		e.SetIndent("", "  ")
		err = e.Encode(f.Schema())
	case len(args) == 1 && args[0] == "--version":
		_, err = fmt.Fprintln(p.Out, p.Version)
	case len(args) == 2 && args[0] == "install":
		err = install(p, f.Name, args[1])
	default:
		fmt.Fprintf(p.Err, "usage: %s < ResourceList | %[1]s install DIR | %[1]s --help | %[1]s --schema | %[1]s --version\n", f.Name) //nolint:errcheck // nowhere to say it
		return exitUsage
	}
	if err != nil {
		fmt.Fprintf(p.Err, "error: %v\n", err) //nolint:errcheck // nowhere to say it
		return exitFailed
	}
	return exitOK
}

// process reads a list, runs the function on it and writes it. Orchestrators read stdout even when the function fails, so a
// whole list is written whatever happens, and at once: a process that is killed has written none.
func process(ctx context.Context, f Function, p Process) int {
	var list *List
	data, err := io.ReadAll(io.LimitReader(p.In, maxBytes+1))
	findings := wire("read stdin: %v", err)
	if err == nil {
		list, findings = Read(data)
	}
	if list == nil {
		list = &List{apiVersion: "config.kubernetes.io/v1"}
	}
	list.function = f.Name
	if !findings.Failed() {
		findings = append(findings, list.call(ctx, f.Run)...)
	}
	list.report(findings)
	_, err = io.WriteString(p.Err, list.said)
	err = errors.Join(list.Write(p.Out), err)
	if err != nil {
		fmt.Fprintf(p.Err, "error: write results: %v\n", err) //nolint:errcheck // nowhere to say it
	}
	if err != nil || list.failed {
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
		if findings.Failed() || l.failed {
			l.Items = items
			for i, now := range items {
				if now.node == came[i].node {
					came[i].read = now.read // by which results know what findings name
				}
				*now = came[i]
			}
		}
	}()
	return f(ctx, l)
}

// report keeps what findings say for the list's results and, in the same order, for stderr.
func (l *List) report(findings diag.Findings) {
	l.honest(findings)
	findings.Sort()
	findings = l.redactor.Findings(findings)
	var said strings.Builder
	_ = diag.Text{Source: l.excerpt}.Print(&said, findings) // to memory
	l.said += l.redactor.Text(said.String())                // of the excerpts
	var byID map[string]subject
	if len(findings) > 0 {
		byID = l.byID()
	}
	for _, f := range findings {
		l.results = append(l.results, l.result(f, byID))
	}
	l.failed = l.failed || findings.Failed()
}
