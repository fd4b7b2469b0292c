package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

const (
	source = "https://github.com/otomi/kubectl-otomi"
	plugin = "kubectl-otomi"
)

// release is what is packed, and where it goes.
type release struct {
	version, url        string
	time                time.Time
	root, programs, out string
}

// artifact is a file that was made.
type artifact struct {
	name, sha256   string
	size, unpacked int64 // unpacked is the program's, where it is an archive
	platform       platform
}

// String is a line about an archive: its name and sizes.
func (a artifact) String() string {
	return fmt.Sprintf("%-60s %5.1f MB, the program %5.1f MB", a.name, float64(a.size)/1e6, float64(a.unpacked)/1e6)
}

// check refuses a version that krew would refuse, which wants all three numbers, and one that no image can be tagged with, which is any
// with a +. What git does not have as it is, +dirty, is packed all the same, but never published.
func (r release) check() error {
	number, ok := strings.CutPrefix(strings.TrimSuffix(r.version, "+dirty"), "v")
	if strings.Contains(number, "+") {
		return fmt.Errorf("release %q: it has build metadata, which no tag of an image can have\ntag the commit as v1.2.3 or v1.2.3-rc.1, without a +, and delete the tag: git tag -d NAME", r.version)
	}
	if _, err := semver.StrictNewVersion(number); !ok || err != nil {
		return fmt.Errorf("release %q: it is no v and a semantic version, which krew refuses\ntag the commit as v1.2.3 or v1.2.3-rc.1", r.version)
	}
	return nil
}

// make writes everything, and returns the archives.
func (r release) make() ([]artifact, error) {
	if err := r.sweep(); err != nil {
		return nil, err
	}
	var archives, all []artifact
	for _, p := range platforms() {
		archive, err := r.archive(p)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", p, err)
		}
		bill, err := r.bill(p)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", p, err)
		}
		archives, all = append(archives, archive), append(all, archive, bill)
	}
	manifests, err := r.manifests(archives)
	if err != nil {
		return nil, err
	}
	return archives, r.checksums(append(all, manifests...))
}

// sweep removes what an earlier release left, so that nothing of another version is taken for this one's.
func (r release) sweep() error {
	for _, pattern := range []string{plugin + "_*.tar.gz", plugin + "_*.zip", plugin + "_*.spdx.json", checksumsFile, manifestFile, indexFile} {
		old, err := filepath.Glob(filepath.Join(r.out, pattern))
		if err != nil {
			return err
		}
		for _, name := range old {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return os.MkdirAll(r.out, 0o755)
}

// archive packs the plugin, its licence and what kubectl needs for completion.
func (r release) archive(p platform) (artifact, error) {
	program, err := os.ReadFile(r.program(p))
	if errors.Is(err, fs.ErrNotExist) {
		return artifact{}, fmt.Errorf("%w\nbuild it with: make release", err)
	}
	if err != nil {
		return artifact{}, err
	}
	files := []file{{p.program(), 0o755, program}}
	for name, mode := range map[string]int64{"LICENSE": 0o644, p.completion(): 0o755} {
		text, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return artifact{}, err
		}
		files = append(files, file{filepath.Base(name), mode, text})
	}
	packed, err := pack(p.format(), files, r.time)
	if err != nil {
		return artifact{}, err
	}
	a, err := r.write(r.name(p)+p.format(), packed)
	a.platform, a.unpacked = p, int64(len(program))
	return a, err
}

// bill says what is in the program.
func (r release) bill(p platform) (artifact, error) {
	b := sbom.Bill{
		Name: plugin, Version: r.version, Platform: p.String(), Time: r.time, Source: source,
		Programs: []sbom.Program{{Name: plugin, Version: r.version, File: r.program(p), License: "Apache-2.0"}},
	}
	text, err := b.Document()
	if err != nil {
		return artifact{}, err
	}
	return r.write(r.name(p)+".spdx.json", text)
}

// manifests fills in krew's: as the file at the top of the repository, and under the name that an index wants.
func (r release) manifests(archives []artifact) ([]artifact, error) {
	template, err := os.ReadFile(filepath.Join(r.root, manifestFile))
	if err != nil {
		return nil, err
	}
	text, err := fill(template, r.version, r.url, archives)
	if err != nil {
		return nil, fmt.Errorf("fill in %s: %w", manifestFile, err)
	}
	ours, err := r.write(manifestFile, text)
	if err != nil {
		return nil, err
	}
	index, err := r.write(indexFile, text)
	return []artifact{ours, index}, err
}

func (r release) program(p platform) string {
	return filepath.Join(r.programs, p.os+"_"+p.arch, p.program())
}

// name is that of what is made for a platform, without its ending.
func (r release) name(p platform) string {
	return fmt.Sprintf("%s_%s_%s_%s", plugin, r.version, p.os, p.arch)
}

func (r release) write(name string, data []byte) (artifact, error) {
	sum := sha256.Sum256(data)
	return artifact{name: name, sha256: hex.EncodeToString(sum[:]), size: int64(len(data))}, os.WriteFile(filepath.Join(r.out, name), data, 0o644)
}
