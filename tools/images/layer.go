package main

import (
	"archive/tar"
	"bytes"
	"io"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// file is one of a layer: a regular one, or a link.
type file struct {
	name       string
	mode       int64
	data       []byte
	soft, hard string // what a link leads to
	dir        bool
}

// layer packs files that belong to root and are as old as the commit.
func (m maker) layer(files []file) (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, f := range append(parents(files), files...) {
		h := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: f.mode, Size: int64(len(f.data)), ModTime: m.time}
		switch {
		case f.dir:
			h.Name, h.Typeflag = f.name+"/", tar.TypeDir
		case f.soft != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.soft
		case f.hard != "":
			h.Typeflag, h.Linkname = tar.TypeLink, f.hard
		}
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
func parents(files []file) []file {
	var names []string
	for _, f := range files {
		for dir := path.Dir(f.name); dir != "."; dir = path.Dir(dir) {
			names = append(names, dir)
		}
	}
	slices.Sort(names)
	var dirs []file
	for _, name := range slices.Compact(names) {
		dirs = append(dirs, file{name: name, mode: 0o755, dir: true})
	}
	return dirs
}
