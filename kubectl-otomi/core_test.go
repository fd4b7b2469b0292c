package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestVendorInterrupted: Ctrl-C ends a download that would take long, and nothing is left.
func TestVendorInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		interrupt()
		<-r.Context().Done()
	}))
	defer server.Close()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "charts"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "dependencies: [{name: web, version: ^1, repository: \"" + server.URL + "\"}]\n"
	if err := os.WriteFile(filepath.Join(dir, "charts", "Chart.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	begin := time.Now()
	code := run(ctx, []string{"core", "vendor", dir}, genericiooptions.IOStreams{In: &out, Out: &out, ErrOut: &out})
	if code != exitInterrupted || out.String() != "error: fetch charts: context canceled\n" || time.Since(begin) > 10*time.Second {
		t.Errorf("run = %d after %s, printed %s", code, time.Since(begin), out.String())
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "charts")); err != nil || len(entries) != 1 {
		t.Errorf("charts/ holds %v (%v)", entries, err)
	}
}
