package main

import (
	"io"
	"os"
	"slices"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/redact"
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
	redactor *redact.Redactor
}

// add makes the edges hide more secrets.
func (h *hidden) add(secrets []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Concat(h.secrets, secrets)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > len(h.secrets) {
		h.secrets, h.redactor = all, redact.New(all)
	}
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
	a.Out = &edge{to: a.Out, hide: &a.hidden, json: func() bool { return a.output == "json" || a.output == "jsonl" }}
	a.ErrOut = &edge{to: a.ErrOut, hide: &a.hidden, json: func() bool { return false }}
}

// file is the file that a stream ends in, or nil.
func file(stream any) *os.File {
	if e, ok := stream.(*edge); ok {
		stream = e.to
	}
	f, _ := stream.(*os.File)
	return f
}
