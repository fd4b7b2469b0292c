package main

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// engine is a docker or podman that answers; empty: there is none.
func engine() string {
	for _, program := range []string{"docker", "podman"} {
		if exec.Command(program, "info").Run() == nil {
			return program
		}
	}
	return ""
}

// loadAll gives the images of this machine's architecture to an engine.
func loadAll(images []made) (string, error) {
	program := engine()
	if program == "" {
		return "", nil
	}
	tagged := map[name.Tag]v1.Image{}
	for _, m := range images {
		tag, err := name.NewTag(fmt.Sprintf("%s/%s:%s", registry, m.name, localTag))
		if err != nil {
			return "", err
		}
		image, known := m.images[runtime.GOARCH]
		if !known {
			return "", fmt.Errorf("load images: there are none for %s", runtime.GOARCH)
		}
		tagged[tag] = image
	}
	cmd := exec.Command(program, "load")
	r, w := io.Pipe()
	cmd.Stdin = r
	go func() { w.CloseWithError(tarball.MultiWrite(tagged, w)) }()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s load: %w\n%s", program, err, out)
	}
	return program, nil
}
