package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// recipe is what one image holds.
type recipe struct {
	name, description, page string // page is about it
	folder                  string // of the programs in the image
	programs                []string
	entrypoint, command     []string
	env                     []string
	base                    func(arch string) (base, error) // nil: nothing but the programs
}

// nobody is who functions run as. kustomize and kpt ask for the user by name, which an image without this file does not know; jobs of
// GitHub ask for root.
const (
	nobody = "65534"
	passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:" + nobody + ":" + nobody + ":nobody:/:/sbin/nologin\n"
	group  = "root:x:0:\nnobody:x:" + nobody + ":\n"
)

// assemble makes the image of one architecture: a layer with the accounts and the license, one with the base and one for each program, so that
// images share the layers of what they share.
func (m maker) assemble(r recipe, arch string, below base) (v1.Image, error) {
	license, err := os.ReadFile(m.license)
	if err != nil {
		return nil, err
	}
	layers := []content{{"accounts and license", []file{
		{name: "etc/passwd", mode: 0o644, data: []byte(passwd)},
		{name: "etc/group", mode: 0o644, data: []byte(group)},
		{name: "usr/share/doc/" + plugin + "/LICENSE", mode: 0o644, data: license},
	}}}
	if len(below.files) > 0 {
		layers = append(layers, content{"packages of Debian", below.files})
	}
	for _, name := range r.programs {
		program, err := os.ReadFile(m.program(name, arch))
		if err != nil {
			return nil, fmt.Errorf("%w\nbuild it with: make images", err)
		}
		what := name
		if name != kubectl { // which has a version of its own
			what += " " + m.version
		}
		layers = append(layers, content{what, []file{{name: path.Join(r.folder, name), mode: 0o755, data: program}}})
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	var additions []mutate.Addendum
	for _, c := range layers {
		l, err := m.layer(c.files)
		if err != nil {
			return nil, err
		}
		history := v1.History{Created: v1.Time{Time: m.time}, CreatedBy: "make images", Comment: c.what}
		additions = append(additions, mutate.Addendum{Layer: l, History: history, MediaType: types.OCILayer})
	}
	if image, err = mutate.Append(image, additions...); err != nil {
		return nil, err
	}
	return m.configure(image, r, arch)
}

// content is what one layer holds.
type content struct {
	what  string
	files []file
}

// configure says how the image runs.
func (m maker) configure(image v1.Image, r recipe, arch string) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created, config.Author = "linux", arch, v1.Time{Time: m.time}, "Otomi"
	config.Config = v1.Config{
		User: nobody + ":" + nobody, Entrypoint: r.entrypoint, Cmd: r.command, WorkingDir: "/", Env: r.env, Labels: m.annotations(r),
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
		"org.opencontainers.image.url":           r.page,
		"org.opencontainers.image.documentation": r.page,
		"org.opencontainers.image.vendor":        "Otomi",
	}
	if r.base == nil { // each of Debian's packages says in usr/share/doc what its licenses are
		all["org.opencontainers.image.licenses"] = "Apache-2.0"
	}
	if m.revision != "" {
		all["org.opencontainers.image.revision"] = m.revision
	}
	return all
}
