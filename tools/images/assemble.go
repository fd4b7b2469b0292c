package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// recipe is what one image holds.
type recipe struct {
	name, description string
	programs          []string
	entrypoint        string
}

// nobody is who functions run as. kustomize and kpt ask for the user by name, which an image without this file does not know.
const (
	nobody = "65534"
	passwd = "nobody:x:" + nobody + ":" + nobody + ":nobody:/:/sbin/nologin\n"
	group  = "nobody:x:" + nobody + ":\n"
)

// assemble makes the image of one architecture: a layer with the accounts and one for each program, so that images share the
// layers of what they share.
func (m maker) assemble(r recipe, arch string) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	accounts, err := m.layer([]file{{"etc/passwd", 0o644, []byte(passwd)}, {"etc/group", 0o644, []byte(group)}})
	if err != nil {
		return nil, err
	}
	history := func(what string) v1.History {
		return v1.History{Created: v1.Time{Time: m.time}, CreatedBy: "make images", Comment: what}
	}
	additions := []mutate.Addendum{{Layer: accounts, History: history("accounts"), MediaType: types.OCILayer}}
	for _, name := range r.programs {
		program, err := os.ReadFile(m.program(name, arch))
		if err != nil {
			return nil, fmt.Errorf("%w\nbuild it with: make images", err)
		}
		l, err := m.layer([]file{{name, 0o755, program}})
		if err != nil {
			return nil, err
		}
		additions = append(additions, mutate.Addendum{Layer: l, History: history(name + " " + m.version), MediaType: types.OCILayer})
	}
	if image, err = mutate.Append(image, additions...); err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created, config.Author = "linux", arch, v1.Time{Time: m.time}, "Otomi"
	config.Config = v1.Config{
		User: nobody + ":" + nobody, Entrypoint: []string{"/" + r.entrypoint}, WorkingDir: "/", Env: []string{"PATH=/"}, Labels: m.annotations(r),
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, m.annotations(r)).(v1.Image), nil
}

func (m maker) program(name, arch string) string {
	return filepath.Join(m.programs, "linux_"+arch, name)
}

// annotations are OCI's own words about an image, used as its labels, too.
func (m maker) annotations(r recipe) map[string]string {
	all := map[string]string{
		"org.opencontainers.image.title":         r.name,
		"org.opencontainers.image.description":   r.description,
		"org.opencontainers.image.version":       m.version,
		"org.opencontainers.image.created":       m.time.Format(time.RFC3339),
		"org.opencontainers.image.source":        source,
		"org.opencontainers.image.url":           source + "/tree/main/krm-functions/" + r.name,
		"org.opencontainers.image.documentation": source + "/tree/main/krm-functions/" + r.name,
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.vendor":        "Otomi",
	}
	if r.name == together {
		all["org.opencontainers.image.url"], all["org.opencontainers.image.documentation"] = source, source+"/tree/main/krm-functions"
	}
	if m.revision != "" {
		all["org.opencontainers.image.revision"] = m.revision
	}
	return all
}

// file is one of a layer.
type file struct {
	name string
	mode int64
	data []byte
}

// layer packs files that belong to root and are as old as the commit.
func (m maker) layer(files []file) (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, dir := range parents(files) {
		if err := w.WriteHeader(&tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755, ModTime: m.time, Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: f.mode, Size: int64(len(f.data)), ModTime: m.time, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// parents are the folders of files, which docker would otherwise make with the time of the day.
func parents(files []file) []string {
	var dirs []string
	for _, f := range files {
		if dir := filepath.Dir(f.name); dir != "." && (len(dirs) == 0 || dirs[len(dirs)-1] != dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
