package main

import (
	"io"
	"os"
	"slices"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// edge is where text leaves the program. It hides the secrets that the run has read so far, whoever put them into a text: a
// finding, an error, a template, an API server. What goes through it is written in whole strings.
type edge struct {
	to   io.Writer
	json func() bool // whether what is written is JSON
	hide *hidden
}

// hidden are the secrets of a run.
type hidden struct {
	mu       sync.Mutex
	secrets  []string
	public   []string // names that some of them are as well
	redactor *redact.Redactor
}

// add makes the edges hide more secrets, and know more names that may be seen.
func (h *hidden) add(secrets, public []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := len(h.secrets) + len(h.public)
	h.secrets, h.public = union(h.secrets, secrets), union(h.public, public)
	if len(h.secrets)+len(h.public) > known {
		h.redactor = redact.New(h.secrets, h.public)
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func (h *hidden) now() *redact.Redactor {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.redactor
}

// Write works as io.Writer says.
func (e *edge) Write(p []byte) (int, error) {
	text := p
	if r := e.hide.now(); r != nil && e.json() {
		text = r.JSON(p)
	} else if r != nil {
		text = []byte(r.Text(string(p)))
	}
	if _, err := e.to.Write(text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// edges puts an edge before both streams. What is printed because it is asked for, secrets included, goes to a.product.
func (a *app) edges() {
	a.product = a.Out
	a.Out = &edge{to: a.Out, hide: a.hidden, json: func() bool { return slices.Contains([]string{"json", "jsonl", report.SARIF}, a.output) }}
	a.ErrOut = &edge{to: a.ErrOut, hide: a.hidden, json: func() bool { return false }}
}

// file is the file that a stream ends in, or nil.
func file(stream any) *os.File {
	if e, ok := stream.(*edge); ok {
		stream = e.to
	}
	if p, ok := stream.(*prefixed); ok {
		stream = p.to
	}
	f, _ := stream.(*os.File)
	return f
}
