package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const commit = 1_700_000_000

// top is the manifest at the top of the repository.
func top(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// prepared has this test program, which Go's linker wrote, in the place of every platform's.
func prepared(t *testing.T) release {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := release{version: "v1.2.3", url: source + "/releases/download", time: time.Unix(commit, 0).UTC(), root: "../..", programs: t.TempDir(), out: t.TempDir()}
	for _, p := range platforms() {
		if err := os.Mkdir(filepath.Dir(r.program(p)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(own, r.program(p)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// TestReproducible packs the same programs twice, into folders that differ, the second with a rest of an older release.
func TestReproducible(t *testing.T) {
	r := prepared(t)
	if _, err := r.make(); err != nil {
		t.Fatal(err)
	}
	first := files(t, r.out)
	r.out = filepath.Join(t.TempDir(), "dist")
	rest := filepath.Join(r.out, plugin+"_v1.0.0_linux_amd64.tar.gz")
	if err := errors.Join(os.Mkdir(r.out, 0o750), os.WriteFile(rest, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.make(); err != nil {
		t.Fatal(err)
	}
	second := files(t, r.out)
	if len(first) != 2*len(platforms())+3 {
		t.Errorf("%d files were made", len(first))
	}
	for name := range second {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs from that of the first time", name)
		}
	}
	if len(second) != len(first) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestManifest holds what is released to krew's rules, and the file at the top of the repository to what is released.
func TestManifest(t *testing.T) {
	r := prepared(t)
	archives, err := r.make()
	if err != nil {
		t.Fatal(err)
	}
	made := files(t, r.out)
	if !bytes.Equal(made[manifestFile], made[indexFile]) {
		t.Errorf("%s and %s differ", manifestFile, indexFile)
	}
	released, known := read(t, made[manifestFile]), read(t, top(t))
	if why := append(broken(released), broken(known)...); len(why) > 0 {
		t.Errorf("krew refuses it: %q", why)
	}
	if released.Spec.Version != "v1.2.3" || len(released.Spec.Platforms) != len(platforms()) {
		t.Errorf("version %s, %d platforms", released.Spec.Version, len(released.Spec.Platforms))
	}
	for i, p := range released.Spec.Platforms {
		if want := "https://github.com/otomi/kubectl-otomi/releases/download/v1.2.3/" + archives[i].name; p.URI != want {
			t.Errorf("uri %s, want %s", p.URI, want)
		}
		if want := p.SHA256 + "  " + filepath.Base(p.URI) + "\n"; !strings.Contains(string(made[checksumsFile]), want) {
			t.Errorf("%s lacks %q", checksumsFile, want)
		}
		unpacked := unpack(t, filepath.Base(p.URI), made[filepath.Base(p.URI)])
		for _, f := range p.Files {
			if unpacked[f.From] == 0 {
				t.Errorf("%s holds no %s, but %v", p.URI, f.From, unpacked)
			}
		}
		if len(unpacked) != len(p.Files) || unpacked[p.Bin] != 0o755 {
			t.Errorf("%s holds %v", p.URI, unpacked)
		}
	}
	for _, m := range []*manifest{&released, &known} {
		m.Spec.Version = ""
		for i := range m.Spec.Platforms {
			m.Spec.Platforms[i].URI, m.Spec.Platforms[i].SHA256 = "", ""
		}
	}
	if diff := cmp.Diff(known, released); diff != "" {
		t.Errorf("%s at the top is not what is released:\n%s", manifestFile, diff)
	}
}

// unpack returns the modes of an archive's files.
func unpack(t *testing.T, name string, packed []byte) map[string]int64 {
	t.Helper()
	modes := map[string]int64{}
	if strings.HasSuffix(name, ".zip") {
		archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			if f.Modified.Unix() != commit {
				t.Errorf("%s: %s is of %s", name, f.Name, f.Modified)
			}
			modes[f.Name] = int64(f.Mode())
		}
		return modes
	}
	compressed, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if compressed.Name != "" || !compressed.ModTime.IsZero() {
		t.Errorf("%s: %+v", name, compressed.Header)
	}
	archive := tar.NewReader(compressed)
	for h, err := archive.Next(); !errors.Is(err, io.EOF); h, err = archive.Next() {
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Uname != "" || h.ModTime.Unix() != commit || h.Typeflag != tar.TypeReg {
			t.Errorf("%s: %+v", name, h)
		}
		modes[h.Name] = h.Mode
	}
	return modes
}

// TestOrder: the order in which files are given is not that in which they are packed.
func TestOrder(t *testing.T) {
	given := []file{{"b", 0o644, []byte("2")}, {"a", 0o755, []byte("1")}}
	for _, format := range []string{".tar.gz", ".zip"} {
		one, err := pack(format, given, time.Unix(commit, 0))
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(given)
		other, err := pack(format, given, time.Unix(commit, 0))
		if err != nil || !bytes.Equal(one, other) {
			t.Errorf("%s: %v: another order gives other bytes", format, err)
		}
	}
}

// TestVersion refuses what krew or a registry would refuse, and takes what tools/version.sh makes of commits without a tag.
func TestVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.2.3": true, "v0.4.0-rc.1": true, "v0.0.0-20261122081137-0123456789ab": true, "v1.2.3-4-g0123456789ab+dirty": true, "v0.0.0-unknown": true,
		"v1.2.3+dirty": true, "v0.0.0-20261122081137-0123456789ab+dirty": true,
		"v1.2.3+build": false, "v1.2.3-rc.1+build": false, "v1.2.3+build+dirty": false, "v1.2.3+build-1-g0123456789ab+dirty": false, "v1.2.3+dirty+dirty": false,
		"v1.2": false, "v1": false, "1.2.3": false, "v1.02.3": false, "v1.2.3.4": false, "v1.2-4-g0123456789ab": false, "": false,
	} {
		err := release{version: version}.check()
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "tag the commit as v1.2.3") {
			t.Errorf("%q: %v", version, err)
		}
		if err != nil && strings.Contains(version, "+") != strings.Contains(err.Error(), "build metadata") {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// TestMissing names the program that nobody has built.
func TestMissing(t *testing.T) {
	r := prepared(t)
	if err := os.Remove(r.program(platform{"linux", "amd64"})); err != nil {
		t.Fatal(err)
	}
	_, err := r.make()
	if want := "pack linux/amd64: open "; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "build it with: make release") {
		t.Errorf("error %v, want one that begins with %q", err, want)
	}
}

// TestFill refuses a manifest with other platforms than the archives.
func TestFill(t *testing.T) {
	text := strings.Replace(string(top(t)), "arch: arm64", "arch: riscv64", 1)
	var archives []artifact
	for _, p := range platforms() {
		archives = append(archives, artifact{name: fmt.Sprint(p), platform: p})
	}
	if _, err := fill([]byte(text), "v1.2.3", "", archives); err == nil || !strings.Contains(err.Error(), "there is no archive for this platform") {
		t.Errorf("an unknown platform: %v", err)
	}
	if _, err := fill(top(t), "v1.2.3", "", archives[1:]); err == nil || !strings.Contains(err.Error(), "other platforms than the 5 archives") {
		t.Errorf("a platform too many: %v", err)
	}
}
