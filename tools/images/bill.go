package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

// bill makes the bill of materials of an image, beside its layout and as an artifact that names the image as its subject.
func (m maker) bill(r recipe, arch string, below base, image v1.Image) (v1.Image, error) {
	b := sbom.Bill{Name: r.name, Version: m.version, Platform: "linux/" + arch, Time: m.time, Source: source, Debian: below.packages}
	for _, name := range r.programs {
		p := sbom.Program{Name: name, Version: m.version, File: m.program(name, arch), License: "Apache-2.0"}
		if name == kubectl {
			var err error
			if p.Version, err = kubectlVersion(p.File); err != nil {
				return nil, err
			}
		}
		b.Programs = append(b.Programs, p)
	}
	text, err := b.Document()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(m.out, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(m.out, fmt.Sprintf("%s_linux_%s.spdx.json", r.name, arch)), text, 0o644); err != nil {
		return nil, err
	}
	artifact := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), sbom.MediaType)
	artifact, err = mutate.AppendLayers(artifact, static.NewLayer(text, sbom.MediaType))
	if err != nil {
		return nil, err
	}
	subject, err := partial.Descriptor(image)
	if err != nil {
		return nil, err
	}
	return mutate.Subject(artifact, *subject).(v1.Image), nil
}

// kubectlVersion is that of the module which the program consists of: those of Kubernetes 1.N are v0.N.
func kubectlVersion(file string) (string, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read version of kubectl: %w", err)
	}
	for _, dep := range info.Deps {
		if dep.Path == "k8s.io/kubectl" {
			return strings.Replace(dep.Version, "v0.", "v1.", 1), nil
		}
	}
	return "", fmt.Errorf("read version of kubectl: %s does not hold it", file)
}
