// Package sbom makes bills of materials, https://spdx.github.io/spdx-spec/v2.3/. Programs and Debian's packages go in; a document
// comes out that names everything in them with its version. Of programs it knows what Go's linker wrote into them.
package sbom

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// MediaType is that of a document.
const MediaType = "application/spdx+json"

// Bill is what a document is about.
type Bill struct {
	Name, Version string
	Platform      string    // such as linux/amd64
	Time          time.Time // of the commit
	Source        string    // the address of the repository
	Programs      []Program
	Debian        []Debian
}

// Program is an executable that Go built.
type Program struct {
	Name, Version, File string
	License             string // an SPDX identifier
}

// Debian is a package of Debian.
type Debian struct {
	Name, Version, Arch, SHA256 string
}

// Document is the bill as JSON, the same bytes for the same content.
func (b Bill) Document() ([]byte, error) {
	d := document{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: b.Name + " " + b.Platform,
		Namespace:    fmt.Sprintf("%s/sbom/%s/%s/%s", b.Source, b.Version, b.Name, b.Platform),
		CreationInfo: creation{b.Time.UTC().Format(time.RFC3339), []string{"Organization: Otomi", "Tool: make release"}},
	}
	modules := map[string]debug.Module{}
	for _, p := range b.Programs {
		if err := d.program(b, p, modules); err != nil {
			return nil, err
		}
	}
	for _, module := range modules {
		d.Packages = append(d.Packages, b.module(module))
	}
	for _, p := range b.Debian {
		d.debian(p)
	}
	slices.SortFunc(d.Packages, func(a, b pkg) int { return cmp.Compare(a.ID, b.ID) })
	return json.MarshalIndent(d, "", " ")
}

// program adds a program and gathers its modules, which programs share.
func (d *document) program(b Bill, p Program, modules map[string]debug.Module) error {
	info, err := buildinfo.ReadFile(p.File)
	if err != nil {
		return fmt.Errorf("read modules of %s: %w", p.Name, err)
	}
	id := d.describe("SPDXRef-program-"+p.Name, pkg{
		Name: p.Name, Version: p.Version, Download: b.Source, LicenseConcluded: p.License, LicenseDeclared: p.License,
	})
	parts := []debug.Module{
		{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")},
		{Path: info.Main.Path, Version: b.Version},
	}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		parts = append(parts, *dep)
	}
	for _, m := range parts {
		// Programs of several modules may hold several versions of one.
		modules[m.Path+"@"+m.Version] = m
		d.Relationships = append(d.Relationships, relationship{id, "CONTAINS", moduleID(m)})
	}
	return nil
}

// describe adds a package that the document is about.
func (d *document) describe(id string, p pkg) string {
	p.ID, p.Copyright = id, "NOASSERTION"
	d.DocumentDescribes = append(d.DocumentDescribes, id)
	d.Packages = append(d.Packages, p)
	d.Relationships = append(d.Relationships, relationship{d.ID, "DESCRIBES", id})
	return id
}

func (d *document) debian(p Debian) {
	d.describe("SPDXRef-debian-"+identifier(p.Name), pkg{
		Name: p.Name, Version: p.Version, Download: "NOASSERTION", LicenseConcluded: "NOASSERTION", LicenseDeclared: "NOASSERTION",
		Checksums: []checksum{{"SHA256", p.SHA256}},
		Refs:      []reference{{"PACKAGE-MANAGER", "purl", fmt.Sprintf("pkg:deb/debian/%s@%s?arch=%s", p.Name, p.Version, p.Arch)}},
	})
}

func (b Bill) module(m debug.Module) pkg {
	license := "NOASSERTION"
	if strings.HasPrefix("https://"+m.Path, b.Source) {
		license = "Apache-2.0"
	}
	return pkg{
		ID: moduleID(m), Name: m.Path, Version: m.Version, Download: "NOASSERTION",
		LicenseConcluded: "NOASSERTION", LicenseDeclared: license, Copyright: "NOASSERTION",
		Refs: []reference{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + m.Version}},
	}
}

func moduleID(m debug.Module) string { return "SPDXRef-module-" + identifier(m.Path+"-"+m.Version) }

// identifier keeps what SPDX allows: letters, digits, '.' and '-'.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, s)
}
