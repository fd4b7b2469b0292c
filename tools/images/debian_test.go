package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

// debs builds packages; DIR/DEBIAN/control describes each.
func debs(t *testing.T, archive string) string {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no dpkg-deb, where make images leaves the image out")
	}
	from, to := t.TempDir(), t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(from, f.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, f.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("tool", filepath.Join(from, "tool_1%3a2-3_arm64/usr/bin/t")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(from, "tool_1%3a2-3_arm64/usr/bin/tool"), filepath.Join(from, "tool_1%3a2-3_arm64/usr/bin/twin")); err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range packages {
		if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", dir, filepath.Join(to, filepath.Base(dir)+".deb")).CombinedOutput(); err != nil {
			t.Fatalf("dpkg-deb: %v\n%s", err, out)
		}
	}
	return to
}

const packages = `
-- tool_1%3a2-3_arm64/DEBIAN/control --
Package: tool
Version: 1:2-3
Architecture: arm64
Maintainer: nobody
Description: a tool
-- tool_1%3a2-3_arm64/etc/init.d/tool --
#!/bin/sh
exit 1
-- tool_1%3a2-3_arm64/usr/bin/tool --
a program
-- tool_1%3a2-3_arm64/usr/bin/script --
#!/usr/bin/perl
-- tool_1%3a2-3_arm64/usr/bin/shell --
#!/bin/sh
-- tool_1%3a2-3_arm64/usr/share/man/man1/tool.1 --
manual
-- tool_1%3a2-3_arm64/usr/share/doc/tool/copyright --
GPL
-- tool_1%3a2-3_arm64/usr/share/doc/tool/README --
read
-- ca-certificates_1_all/DEBIAN/control --
Package: ca-certificates
Version: 1
Architecture: all
Maintainer: nobody
Description: authorities
-- ca-certificates_1_all/usr/share/ca-certificates/mozilla/a.crt --
A
-- ca-certificates_1_all/usr/share/ca-certificates/mozilla/b.crt --
B
-- other_1_amd64/DEBIAN/control --
Package: other
Version: 1
Architecture: amd64
Maintainer: nobody
Description: of another architecture
`

// TestDebian wants what programs need of the packages, and nothing else.
func TestDebian(t *testing.T) {
	m := maker{packages: debs(t, packages), time: time.Unix(1_700_000_000, 0)}
	b, err := m.debian("arm64")
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.packages {
		b.packages[i].SHA256 = ""
	}
	if diff := cmp.Diff([]sbom.Debian{{Name: "tool", Version: "1:2-3", Arch: "arm64"}, {Name: "ca-certificates", Version: "1", Arch: "all"}}, b.packages); diff != "" {
		t.Error(diff)
	}
	l, err := m.layer(b.files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	archive := tar.NewReader(bytes.NewReader(text))
	for h, err := archive.Next(); !errors.Is(err, io.EOF); h, err = archive.Next() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.ModTime.Unix() != 1_700_000_000 {
			t.Errorf("%s belongs to %d and is of %s", h.Name, h.Uid, h.ModTime)
		}
		if h.Typeflag != tar.TypeDir {
			got[h.Name] = string(data) + h.Linkname
		}
	}
	want := map[string]string{
		"etc/ssl/certs/ca-certificates.crt":     "A\nB\n",
		"usr/bin/shell":                         "#!/bin/sh\n",
		"usr/bin/t":                             "tool",
		"usr/bin/tool":                          "a program\n",
		"usr/bin/twin":                          "usr/bin/tool",
		"usr/share/doc/tool/copyright":          "GPL\n",
		"var/lib/dpkg/status.d/ca-certificates": "Package: ca-certificates\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: authorities\n",
		"var/lib/dpkg/status.d/tool":            "Package: tool\nVersion: 1:2-3\nArchitecture: arm64\nMaintainer: nobody\nDescription: a tool\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the layer (-want +got):\n%s", diff)
	}
}

// TestNoPackages does not make an image without git and shell.
func TestNoPackages(t *testing.T) {
	m := programs(t)
	m.packages, m.out = t.TempDir(), t.TempDir()
	if _, err := m.make(); err == nil || err.Error() != "make image kubectl-otomi: there are no packages for amd64 in "+m.packages+"\ndownload them with: tools/images/packages.sh" {
		t.Errorf("make() = %v", err)
	}
}
