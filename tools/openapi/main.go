// Command openapi makes internal/openapi/kubernetes.gz: what the API servers of several Kubernetes versions publish about
// their kinds, from the modules of Kubernetes, without what only people read. The same modules give the same bytes.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
)

// versions are what is embedded, ascending: of each of the last minors the newest that the module proxy gives out. One more than
// is supported upstream, because it costs a few kilobytes.
func versions() []string { return []string{"1.33.13", "1.34.4", "1.35.4", "1.36.3", "1.37.0"} }

// histories are the modules that say when a kind came and went, older ones first: what is gone is gone from newer ones.
func histories() []string {
	return []string{"k8s.io/api@v0.24.17", "k8s.io/api@v0.37.0", "k8s.io/apiextensions-apiserver@v0.37.0", "k8s.io/kube-aggregator@v0.37.0"}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: openapi FILE")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(file string) error {
	t := newTable()
	for i, version := range versions() {
		dir, err := download("k8s.io/kubernetes@v" + version)
		if err != nil {
			return err
		}
		if err := t.version(i, version, dir); err != nil {
			return fmt.Errorf("read Kubernetes %s: %w", version, err)
		}
	}
	if err := t.stale(); err != nil {
		return err
	}
	for _, module := range histories() {
		dir, err := download(module)
		if err != nil {
			return err
		}
		if err := t.history(dir); err != nil {
			return fmt.Errorf("read %s: %w", module, err)
		}
	}
	maps.Copy(t.lifecycles, warned())
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(t.text()); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// download returns the folder of a module in the module cache; go checks it against the checksum database.
func download(module string) (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	var m struct{ Dir, Error string }
	if decoded := json.Unmarshal(out, &m); decoded != nil {
		return "", fmt.Errorf("download %s: %w", module, cmp.Or(err, decoded))
	}
	if m.Error != "" {
		return "", fmt.Errorf("download %s: %w", module, errors.New(strings.TrimSpace(m.Error)))
	}
	return m.Dir, nil
}
