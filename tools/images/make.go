package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

const (
	registry = "ghcr.io/otomi"
	together = "krm-functions" // the image with all functions
	plugin   = "kubectl-otomi"
	kubectl  = "kubectl"
	localTag = "dev"
	source   = "https://github.com/otomi/kubectl-otomi"
)

// maker holds what images are made of.
type maker struct {
	version, revision                    string
	time                                 time.Time
	programs, packages, catalog, license string // read
	out                                  string
	architectures                        []string // as Go calls them
}

// made is an image that lies in its layout.
type made struct {
	name   string
	digest v1.Hash
	images map[string]v1.Image // by architecture
	bytes  map[string]int64    // of the image as it is pulled
}

// String is a line about the image: its reference, digest and sizes.
func (m made) String() string {
	line := fmt.Sprintf("%s/%s@%s", registry, m.name, m.digest)
	for _, arch := range slices.Sorted(maps.Keys(m.bytes)) {
		line += fmt.Sprintf("  %s %.1f MiB", arch, float64(m.bytes[arch])/(1<<20))
	}
	return line
}

// function is what the catalog says of a function.
type function struct {
	name, description string
}

// make writes all layouts.
func (m maker) make() ([]made, error) {
	recipes, err := m.recipes()
	if err != nil {
		return nil, err
	}
	var all []made
	for _, r := range recipes {
		image, err := m.image(r)
		if err != nil {
			return nil, fmt.Errorf("make image %s: %w", r.name, err)
		}
		all = append(all, image)
	}
	return all, nil
}

// recipes are those of each function, of all together, and of the plugin where there are packages for it.
func (m maker) recipes() ([]recipe, error) {
	functions, err := m.functions()
	if err != nil {
		return nil, err
	}
	page, env := source+"/tree/main/krm-functions", []string{"PATH=/"}
	var all []recipe
	whole := recipe{name: together, page: page, env: env, entrypoint: []string{"/pipeline"}, description: "All KRM functions of kubectl otomi; the entrypoint is the pipeline of the others."}
	for _, f := range functions {
		whole.programs = append(whole.programs, f.name)
		all = append(all, recipe{name: f.name, description: f.description, page: page + "/" + f.name, env: env, entrypoint: []string{"/" + f.name}, programs: []string{f.name}})
	}
	all = append(all, whole)
	if m.packages != "" {
		all = append(all, m.command())
	}
	return all, nil
}

// command is the image for CI systems and Pods: the plugin, kubectl, git with ssh, and a shell. It has no entrypoint, because CI
// systems run their scripts in it.
func (m maker) command() recipe {
	return recipe{
		name: plugin, description: "kubectl otomi with kubectl, git and a shell, for CI systems and Pods.", page: source,
		folder: "usr/bin", programs: []string{kubectl, plugin}, command: []string{kubectl, "otomi", "--help"},
		// Any user may run it, and has no home then.
		env: []string{"PATH=/usr/bin:/bin", "HOME=/tmp"},
		base: func(arch string) (base, error) {
			b, err := m.debian(arch)
			if err == nil && len(b.packages) == 0 {
				err = fmt.Errorf("there are no packages for %s in %s\ndownload them with: tools/images/packages.sh", arch, m.packages)
			}
			b.files = append(append(b.files, applets()...), file{name: "tmp", mode: 0o1777, dir: true})
			return b, err
		},
	}
}

func (m maker) functions() ([]function, error) {
	text, err := os.ReadFile(m.catalog)
	if err != nil {
		return nil, err
	}
	var all []function
	for documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", m.catalog, err)
		}
		var d struct {
			Metadata struct{ Name string }
			Spec     struct{ Description string }
		}
		if err := yaml.Unmarshal(document, &d); err != nil {
			return nil, fmt.Errorf("read %s: %w", m.catalog, err)
		}
		if d.Metadata.Name != "" {
			all = append(all, function{d.Metadata.Name, d.Spec.Description})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read %s: it lists no functions", m.catalog)
	}
	return all, nil
}

// image writes the layout of one image: an index over the architectures, and each one's bill of materials, which names the
// image that it is about.
func (m maker) image(r recipe) (made, error) {
	out := made{name: r.name, images: map[string]v1.Image{}, bytes: map[string]int64{}}
	var index v1.ImageIndex = empty.Index
	index = mutate.Annotations(mutate.IndexMediaType(index, types.OCIImageIndex), m.annotations(r)).(v1.ImageIndex)
	for _, arch := range m.architectures {
		var below base
		if r.base != nil {
			var err error
			if below, err = r.base(arch); err != nil {
				return out, err
			}
		}
		image, err := m.assemble(r, arch, below)
		if err != nil {
			return out, err
		}
		bill, err := m.bill(r, arch, below, image)
		if err != nil {
			return out, err
		}
		if out.bytes[arch], err = size(image); err != nil {
			return out, err
		}
		out.images[arch] = image
		index = mutate.AppendManifests(index,
			mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}},
			mutate.IndexAddendum{Add: bill, Descriptor: v1.Descriptor{ArtifactType: sbom.MediaType, Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}})
	}
	dir := filepath.Join(m.out, r.name)
	if err := os.RemoveAll(dir); err != nil {
		return out, err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return out, err
	}
	// One layout holds one image; its name is how tools that copy layouts find it.
	name := map[string]string{"org.opencontainers.image.ref.name": m.version}
	if err := path.AppendIndex(index, layout.WithAnnotations(name)); err != nil {
		return out, err
	}
	out.digest, err = index.Digest()
	return out, err
}

// size is how many bytes are pulled.
func size(image v1.Image) (int64, error) {
	manifest, err := image.Manifest()
	if err != nil {
		return 0, err
	}
	sum := manifest.Config.Size
	for _, l := range manifest.Layers {
		sum += l.Size
	}
	return sum, nil
}
