// Package archive reads third-party charts as a core keeps them: archives NAME-VERSION.tgz in its charts folder, and
// charts.lock, which says for each where it came from and what its bytes are. Bytes go in; charts and locks come out.
package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
)

// The limits of an archive: ours for what is downloaded, Helm's for what it unpacks to.
const (
	MaxPacked   = 64 << 20
	maxUnpacked = 100 << 20
	maxFile     = 5 << 20
)

// Ext is the ending of an archive's name.
const Ext = ".tgz"

// File is the name of a chart's archive.
func File(name, version string) string { return name + "-" + version + Ext }

// Digest is the SHA-256 of an archive, as charts.lock and a repository's index.yaml write it.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Load reads a chart from an archive.
func Load(data []byte) (*chart.Chart, error) {
	files, err := Files(data)
	if err != nil {
		return nil, err
	}
	return Chart(files)
}

// Files unpacks an archive and the archives of subcharts in it. Stricter than Helm, it refuses names that lead out of the
// chart and links: nothing that packs charts writes them.
func Files(data []byte) ([]Member, error) {
	files, err := unpack(data)
	if err != nil {
		return nil, err
	}
	return Expand(files)
}

func unpack(data []byte) ([]Member, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("it is no gzip archive: it begins with %q", data[:min(len(data), 15)])
	}
	var files []Member
	budget := &io.LimitedReader{R: unzipped, N: maxUnpacked}
	for r := tar.NewReader(budget); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(err, budget)
		}
		if header.Typeflag == tar.TypeDir || header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name, err := inside(header)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, broken(err, budget)
		}
		files = append(files, NewMember(name, content))
	}
	if len(files) == 0 {
		return nil, errors.New("it holds no files")
	}
	return files, nil
}

func broken(err error, budget *io.LimitedReader) error {
	if budget.N <= 0 {
		return fmt.Errorf("it unpacks to more than %d MiB", maxUnpacked>>20)
	}
	return fmt.Errorf("it is damaged: %w", err)
}

// inside is a file's name in the chart: archives hold one folder, which is not part of it.
func inside(h *tar.Header) (string, error) {
	name := strings.ReplaceAll(h.Name, `\`, "/") // packed on Windows
	_, rest, below := strings.Cut(name, "/")
	switch {
	case h.Typeflag != tar.TypeReg:
		return "", fmt.Errorf("%q is no plain file: links and devices are refused", h.Name)
	case path.IsAbs(name) || regexp.MustCompile(`^([^/]*/)?[a-zA-Z]:/`).MatchString(name):
		return "", fmt.Errorf("%q is an absolute path", h.Name)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", fmt.Errorf("%q leads out of the chart", h.Name)
	case !below || path.Clean(rest) == ".":
		return "", fmt.Errorf("%q is in no folder: an archive holds the folder of one chart", h.Name)
	case h.Size > maxFile:
		return "", fmt.Errorf("%q is larger than %d MiB", h.Name, maxFile>>20)
	}
	return path.Clean(rest), nil
}

// Missing are the names of the charts that a chart depends on and does not hold.
func Missing(c *chart.Chart) []string {
	var names []string
	for _, d := range c.Metadata.Dependencies {
		if d != nil && !slices.ContainsFunc(c.Dependencies(), func(sub *chart.Chart) bool { return sub.Name() == d.Name }) {
			names = append(names, d.Name)
		}
	}
	return names
}
