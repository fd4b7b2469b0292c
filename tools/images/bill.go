package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// spdx is the media type of a bill of materials, https://spdx.github.io/spdx-spec/v2.3/.
const spdx = "application/spdx+json"

type document struct {
	Version           string         `json:"spdxVersion"`
	License           string         `json:"dataLicense"`
	ID                string         `json:"SPDXID"`
	Name              string         `json:"name"`
	Namespace         string         `json:"documentNamespace"`
	CreationInfo      creation       `json:"creationInfo"`
	DocumentDescribes []string       `json:"documentDescribes"`
	Packages          []pkg          `json:"packages"`
	Relationships     []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type pkg struct {
	ID               string      `json:"SPDXID"`
	Name             string      `json:"name"`
	Version          string      `json:"versionInfo,omitempty"`
	Download         string      `json:"downloadLocation"`
	FilesAnalyzed    bool        `json:"filesAnalyzed"`
	LicenseConcluded string      `json:"licenseConcluded"`
	LicenseDeclared  string      `json:"licenseDeclared"`
	Copyright        string      `json:"copyrightText"`
	Refs             []reference `json:"externalRefs,omitempty"`
}

type reference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

// bill makes the bill of materials of an image, beside its layout and as an artifact that names the image as its subject. What
// is in it comes from what Go's linker wrote into the programs.
func (m maker) bill(r recipe, arch string, image v1.Image) (v1.Image, error) {
	text, err := m.document(r, arch)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(m.out, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(m.out, fmt.Sprintf("%s_linux_%s.spdx.json", r.name, arch)), text, 0o644); err != nil {
		return nil, err
	}
	artifact := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), spdx)
	artifact, err = mutate.AppendLayers(artifact, static.NewLayer(text, spdx))
	if err != nil {
		return nil, err
	}
	subject, err := partial.Descriptor(image)
	if err != nil {
		return nil, err
	}
	return mutate.Subject(artifact, *subject).(v1.Image), nil
}

func (m maker) document(r recipe, arch string) ([]byte, error) {
	d := document{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: r.name + " linux/" + arch,
		Namespace:    fmt.Sprintf("%s/sbom/%s/%s/linux/%s", source, m.version, r.name, arch),
		CreationInfo: creation{m.time.Format(time.RFC3339), []string{"Organization: Otomi", "Tool: make images"}},
	}
	modules := map[string]debug.Module{}
	for _, name := range r.programs {
		info, err := buildinfo.ReadFile(m.program(name, arch))
		if err != nil {
			return nil, err
		}
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				dep = dep.Replace
			}
			modules[dep.Path] = *dep
		}
		modules["stdlib"] = debug.Module{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")}
		modules[info.Main.Path] = debug.Module{Path: info.Main.Path, Version: m.version}
		id := "SPDXRef-program-" + name
		d.DocumentDescribes = append(d.DocumentDescribes, id)
		d.Packages = append(d.Packages, pkg{
			ID: id, Name: name, Version: m.version, Download: source, LicenseConcluded: "Apache-2.0", LicenseDeclared: "Apache-2.0", Copyright: "NOASSERTION",
		})
		d.Relationships = append(d.Relationships, relationship{d.ID, "DESCRIBES", id})
		for _, dep := range append(info.Deps, &debug.Module{Path: "stdlib"}, &debug.Module{Path: info.Main.Path}) {
			if dep.Replace != nil {
				dep = dep.Replace
			}
			d.Relationships = append(d.Relationships, relationship{id, "CONTAINS", moduleID(dep.Path)})
		}
	}
	for _, module := range modules {
		d.Packages = append(d.Packages, described(module))
	}
	slices.SortFunc(d.Packages, func(a, b pkg) int { return cmp.Compare(a.ID, b.ID) })
	return json.MarshalIndent(d, "", " ")
}

func described(m debug.Module) pkg {
	license := "NOASSERTION"
	if strings.HasPrefix(source, "https://"+m.Path) {
		license = "Apache-2.0"
	}
	return pkg{
		ID: moduleID(m.Path), Name: m.Path, Version: m.Version, Download: "NOASSERTION",
		LicenseConcluded: "NOASSERTION", LicenseDeclared: license, Copyright: "NOASSERTION",
		Refs: []reference{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + m.Version}},
	}
}

// moduleID is an identifier as SPDX allows them: letters, digits, '.' and '-'.
func moduleID(path string) string {
	return "SPDXRef-module-" + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, path)
}
