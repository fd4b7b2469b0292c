package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
)

// clusterWork is what a command does with the one of several clusters that has this number. The app is the cluster's own: what it
// prints says which cluster it is about.
type clusterWork func(ctx context.Context, a *app, n int) error

// side adds the flag of commands that can work on several clusters at a time.
func (a *app) side(flags *pflag.FlagSet) {
	flags.IntVar(&a.parallel, "parallel", 1, "how many clusters at a time")
}

// each works on clusters, --parallel of them at a time. One that fails does not keep the others from their turn, and the worst exit
// code counts; an interruption stops all.
func (a *app) each(cmd *cobra.Command, names []string, work clusterWork) error {
	ctx := cmd.Context()
	if a.parallel < 1 {
		return usagef("--parallel: want at least 1, not %d", a.parallel)
	}
	if len(names) == 1 {
		sub := *a
		if a.output == "jsonl" {
			sub.stream = newStream(a.Out, names[0])
			a.summed = true
		}
		err := work(ctx, &sub, 0)
		sub.stream.sum(a.code(ctx, err), err)
		return err
	}
	out := &several{app: a, cmd: cmd}
	errs := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(a.parallel)
	for i, name := range names {
		g.Go(func() error {
			if ctx.Err() != nil {
				errs[i] = context.Cause(ctx)
				return nil //nolint:nilerr // it is told with those of the others
			}
			sub, conclude := out.of(name)
			errs[i] = work(ctx, sub, i)
			conclude(ctx, errs[i])
			return nil
		})
	}
	_ = g.Wait() // what goes wrong is in errs
	if err := out.print(); err != nil {
		return err
	}
	return a.worst(ctx, errs)
}

// worst is the error whose exit code counts for all. The user has seen it.
func (a *app) worst(ctx context.Context, errs []error) error {
	severity := []int{exitOK, exitNotReady, exitUsage, exitFailed, exitLocked, exitConflict, exitRefused, exitInterrupted}
	var worst error
	for _, err := range errs {
		if slices.Index(severity, a.code(ctx, err)) > slices.Index(severity, a.code(ctx, worst)) {
			worst = err
		}
	}
	if worst == nil {
		return nil
	}
	return reported{worst}
}

// several is the output of a command that works on several clusters.
type several struct {
	app  *app
	cmd  *cobra.Command
	lock sync.Mutex // of both streams, and of what follows

	documents []map[string]json.RawMessage // of -o json and -o yaml
	texts     sync.Mutex
}

// of is the app of one cluster: before each line that it prints stands the cluster's name, its JSON becomes an item of a list, and
// its events name it.
func (s *several) of(name string) (sub *app, conclude func(context.Context, error)) {
	a := s.app
	c := *a
	c.attributed = true
	hold := a.parallel > 1
	stderr := &prefixed{to: bare(a.ErrOut), lock: &s.lock, prefix: "[" + name + "] ", hold: hold}
	c.ErrOut = &edge{to: stderr, hide: a.hidden, json: func() bool { return false }}
	stdout := &prefixed{to: bare(a.Out), lock: &s.lock, prefix: stderr.prefix, hold: hold}
	var document bytes.Buffer
	machine := func() bool { return true }
	switch c.output {
	case "json", "yaml":
		c.output = "json"
		c.Out = &edge{to: &document, hide: a.hidden, json: machine}
	case "jsonl":
		stdout.prefix = ""
		c.Out = &edge{to: stdout, hide: a.hidden, json: machine}
		c.stream = newStream(c.Out, name)
	default:
		c.Out = &edge{to: stdout, hide: a.hidden, json: func() bool { return false }}
	}
	if a.source != nil {
		c.source = func(file string) []byte {
			s.texts.Lock()
			defer s.texts.Unlock()
			return a.source(file)
		}
	}
	return &c, func(ctx context.Context, err error) {
		code := c.exit(ctx, s.cmd, err)
		c.stream.sum(code, err)
		if c.output == "json" {
			s.collect(name, document.Bytes(), code, err)
		}
		stdout.flush()
		stderr.flush()
	}
}

// collect takes what a cluster printed, or why it printed nothing, into the list of all.
func (s *several) collect(name string, text []byte, code int, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	item := map[string]json.RawMessage{}
	_ = json.Unmarshal(text, &item) // what it printed is one document, or nothing
	put := func(key string, value any) {
		if text, err := json.Marshal(value); err == nil {
			item[key] = text
		}
	}
	put("cluster", name)
	put("exitCode", code)
	if err != nil && len(text) == 0 {
		put("error", err.Error())
	}
	s.documents = append(s.documents, item)
}

// print shows what -o json or -o yaml was asked for.
func (s *several) print() error {
	if s.app.output != "json" && s.app.output != "yaml" {
		return nil
	}
	slices.SortStableFunc(s.documents, func(a, b map[string]json.RawMessage) int { return bytes.Compare(a["cluster"], b["cluster"]) })
	return s.app.encode(s.app.Out, s.documents)
}

// bare is where an edge leads.
func bare(w io.Writer) io.Writer {
	if e, ok := w.(*edge); ok {
		return e.to
	}
	return w
}

// prefixed writes something before every line.
type prefixed struct {
	to     io.Writer
	lock   *sync.Mutex // shared by all that write there
	prefix string
	hold   bool // lines until they are whole, because others write at the same time
	middle bool // the last line has no end yet
	rest   []byte
}

// Write works as io.Writer says.
func (p *prefixed) Write(text []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	whole := text
	if p.hold {
		p.rest = append(p.rest, text...)
		end := bytes.LastIndexByte(p.rest, '\n') + 1
		whole, p.rest = slices.Clone(p.rest[:end]), p.rest[end:]
	}
	return len(text), p.put(whole)
}

func (p *prefixed) put(text []byte) error {
	var out []byte
	for line := range bytes.Lines(text) {
		if !p.middle {
			out = append(out, p.prefix...)
		}
		out = append(out, line...)
		p.middle = line[len(line)-1] != '\n'
	}
	_, err := p.to.Write(out)
	return err
}

// flush writes the last line, which has no end.
func (p *prefixed) flush() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if len(p.rest) > 0 {
		_ = p.put(append(p.rest, '\n')) // as wherever else it is written to
		p.rest = nil
	}
}
