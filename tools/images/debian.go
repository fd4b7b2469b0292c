package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

// base is what an image has below its programs.
type base struct {
	files    []file
	packages []sbom.Debian
}

// debian reads the packages of an architecture that packages.sh has downloaded. None of their scripts runs.
func (m maker) debian(arch string) (base, error) {
	var b base
	var bundle bytes.Buffer
	for _, which := range []string{arch, "all"} {
		names, err := filepath.Glob(filepath.Join(m.packages, "*_"+which+".deb"))
		if err != nil {
			return b, err
		}
		for _, name := range names {
			if err := b.add(name, &bundle); err != nil {
				return b, fmt.Errorf("read package %s: %w", filepath.Base(name), err)
			}
		}
	}
	if len(b.packages) == 0 {
		return b, nil
	}
	b.files = append(b.files, file{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: bundle.Bytes()})
	return b, nil
}

// add takes what is of use of a package, and its description, by which scanners know that it is there.
func (b *base) add(name string, bundle *bytes.Buffer) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	// NAME_VERSION_ARCH.deb, as apt-get names what it downloads.
	parts := strings.SplitN(strings.TrimSuffix(filepath.Base(name), ".deb"), "_", 3)
	p := sbom.Debian{Name: parts[0], Version: strings.ReplaceAll(parts[1], "%3a", ":"), Arch: parts[2], SHA256: hex.EncodeToString(sum[:])}
	control, err := dpkg("--field", name)
	if err != nil {
		return err
	}
	b.packages = append(b.packages, p)
	b.files = append(b.files, file{name: "var/lib/dpkg/status.d/" + p.Name, mode: 0o644, data: control})
	content, err := dpkg("--fsys-tarfile", name)
	if err != nil {
		return err
	}
	archive := tar.NewReader(bytes.NewReader(content))
	for h, err := archive.Next(); !errors.Is(err, io.EOF); h, err = archive.Next() {
		if err != nil {
			return err
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		f := file{name: path.Clean(h.Name), mode: h.Mode, data: data}
		switch {
		case strings.HasPrefix(f.name, "usr/share/ca-certificates/"):
			bundle.Write(data)
			continue
		case h.Typeflag == tar.TypeDir || !useful(p.Name, f):
			continue
		case h.Typeflag == tar.TypeLink:
			f.hard = path.Clean(h.Linkname)
		case h.Typeflag == tar.TypeSymlink:
			f.soft = h.Linkname
		}
		b.files = append(b.files, f)
	}
	return nil
}

// useful tells what programs need from what people read, and from scripts whose interpreter is in no package of ours.
func useful(of string, f file) bool {
	if strings.HasPrefix(f.name, "usr/share/doc/") {
		return path.Base(f.name) == "copyright"
	}
	for _, dir := range []string{"usr/share/man/", "usr/share/locale/", "usr/share/lintian/", "usr/share/bash-completion/", "usr/share/bug/", "usr/share/perl5/", "usr/share/gitweb/", "usr/sbin/", "var/", "etc/init.d/"} {
		if strings.HasPrefix(f.name, dir) {
			return false
		}
	}
	if of == "openssh-client" && strings.HasPrefix(f.name, "usr/") {
		return f.name == "usr/bin/ssh" || f.name == "usr/bin/ssh-add" || f.name == "usr/bin/ssh-agent" || f.name == "usr/bin/ssh-keyscan"
	}
	first, _, _ := bytes.Cut(f.data[:min(len(f.data), 64)], []byte("\n"))
	return !bytes.HasPrefix(first, []byte("#!")) || bytes.HasPrefix(first, []byte("#!/bin/sh"))
}

func dpkg(args ...string) ([]byte, error) {
	out, err := exec.Command("dpkg-deb", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("dpkg-deb: %w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// applets are the links by which BusyBox is a shell and what scripts of CI systems call.
func applets() []file {
	names := strings.Fields(`[ awk base64 basename cat chmod cp cut date dd df diff dirname du echo env expr false find grep gunzip gzip
		head hostname id kill less ln ls md5sum mkdir mktemp mv nslookup od paste ping printf ps pwd readlink realpath rm rmdir sed seq sh
		sha1sum sha256sum sleep sort split stat strings tail tar tee test time timeout touch tr true uname uniq unzip vi wc wget which
		whoami xargs xz yes zcat`)
	links := []file{{name: "usr/bin/env", mode: 0o777, soft: "../../bin/busybox"}} // where scripts look for it
	for _, name := range names {
		links = append(links, file{name: "bin/" + name, mode: 0o777, soft: "busybox"})
	}
	return links
}
