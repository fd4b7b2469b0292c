// Package editor opens the layer files of a new values repo in the language server that editors use for YAML, and sees what
// it says. The server is bin/yaml-language-server, the repo is made by the plugin as built.
package editor

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// server is a running language server and what it has said of each file.
type server struct {
	t        *testing.T
	dir      string
	settings map[string]any // of the editor, by dotted name
	in       io.Writer
	mu       sync.Mutex
	heard    map[string][]diagnostic // by URI; nothing: not yet
	news     chan struct{}
	gone     chan struct{} // closed when the server has ended
	answers  chan json.RawMessage
}

type diagnostic struct {
	Message string
	Range   struct{ Start struct{ Line, Character int } }
}

// message is a request, an answer or a notification of JSON-RPC.
type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      any             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
}

const initialize = 1 // the number of the first request

// start runs the server on a folder. It ends with the test.
func start(t *testing.T, dir string, settings map[string]any) *server {
	t.Helper()
	cmd := exec.Command(program(t, "yaml-language-server"), "--stdio")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, settings: settings, in: in, heard: map[string][]diagnostic{}, news: make(chan struct{}, 1), gone: make(chan struct{}), answers: make(chan json.RawMessage, 1)}
	go func() {
		defer close(s.gone)
		s.listen(out)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-s.gone
		_ = cmd.Wait()
	})
	s.send(message{ID: initialize, Method: "initialize", Params: marshal(map[string]any{
		"processId": os.Getpid(), "rootUri": uri(dir), "workspaceFolders": []any{map[string]any{"uri": uri(dir), "name": "repo"}},
		"capabilities": map[string]any{
			"workspace":    map[string]any{"configuration": true, "workspaceFolders": true},
			"textDocument": map[string]any{"publishDiagnostics": map[string]any{}},
		},
	})})
	return s
}

// program is a program that the Makefile puts in bin/; where it needs what not every machine has, tests may do without.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("bin/%s is missing; make bin/%s builds it", name, name)
		}
		t.Skipf("SKIPPED, nothing was checked: bin/%s is missing; make bin/%s builds it, given npm", name, name)
	}
	return path
}

func uri(path string) string { return "file://" + filepath.ToSlash(path) }

func marshal(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

func (s *server) send(m message) {
	m.JSONRPC = "2.0"
	data := marshal(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(data), data) //nolint:errcheck // a server that is gone is noticed by waiting for it
}

// listen answers the server's questions and notes what it says of files, until it ends.
func (s *server) listen(out io.Reader) {
	r := bufio.NewReader(out)
	for {
		header, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			return
		}
		size, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(r, data); err != nil {
			return
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			return
		}
		s.hear(m)
	}
}

func (s *server) hear(m message) {
	switch {
	case m.Method == "" && m.ID == float64(initialize):
		s.send(message{Method: "initialized", Params: marshal(struct{}{})})
	case m.Method == "":
		s.answers <- m.Result
	case m.Method == "workspace/configuration":
		s.send(message{ID: m.ID, Result: marshal(s.configuration(m.Params))})
	case m.ID != nil:
		s.send(message{ID: m.ID, Result: json.RawMessage("[]")})
	case m.Method == "textDocument/publishDiagnostics":
		var p struct {
			URI         string
			Diagnostics []diagnostic
		}
		if err := json.Unmarshal(m.Params, &p); err != nil {
			return
		}
		s.mu.Lock()
		s.heard[p.URI] = append([]diagnostic{}, p.Diagnostics...)
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
	}
}

// configuration answers as an editor does: every section that is asked for is an object made of the dotted settings.
func (s *server) configuration(params json.RawMessage) []any {
	var asked struct{ Items []struct{ Section string } }
	_ = json.Unmarshal(params, &asked)
	answers := make([]any, len(asked.Items))
	for i, item := range asked.Items {
		section := map[string]any{}
		for name, value := range s.settings {
			if len(name) > len(item.Section) && name[:len(item.Section)+1] == item.Section+"." {
				section[name[len(item.Section)+1:]] = value
			}
		}
		answers[i] = section
	}
	return answers
}

// open shows the server a file with this text.
func (s *server) open(name, text string) {
	s.send(message{Method: "textDocument/didOpen", Params: marshal(map[string]any{
		"textDocument": map[string]any{"uri": uri(filepath.Join(s.dir, name)), "languageId": "yaml", "version": 1, "text": text},
	})})
}

// ask asks about a place of a file that was opened, counted from 0 as the protocol does, and returns the answer as text.
func (s *server) ask(method, name string, line, character int) string {
	s.t.Helper()
	s.send(message{ID: initialize + 1, Method: method, Params: marshal(map[string]any{
		"textDocument": map[string]any{"uri": uri(filepath.Join(s.dir, name))}, "position": map[string]any{"line": line, "character": character},
	})})
	select {
	case answer := <-s.answers:
		return string(answer)
	case <-s.gone:
		s.t.Fatal("the language server has ended")
	case <-time.After(time.Minute):
		s.t.Fatalf("no answer to %s within a minute", method)
	}
	return ""
}

// said is what the server says of a file that was opened.
func (s *server) said(name string) []diagnostic {
	s.t.Helper()
	return s.await(name, func([]diagnostic) bool { return true })
}

// await waits until the server has said enough of a file.
func (s *server) await(name string, enough func([]diagnostic) bool) []diagnostic {
	s.t.Helper()
	for deadline := time.After(time.Minute); ; {
		s.mu.Lock()
		said, heard := s.heard[uri(filepath.Join(s.dir, name))]
		s.mu.Unlock()
		if heard && enough(said) {
			return said
		}
		select {
		case <-s.news:
		case <-s.gone:
			s.t.Fatal("the language server has ended, or says what is no message")
		case <-deadline:
			s.t.Fatalf("the language server has not said enough of %s within a minute: %v", name, said)
		}
	}
}
