package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/otomi/kubectl-otomi/tools/sbom"
)

// programs puts this test program, which has what Go's linker writes, where the functions' programs should be.
func programs(t *testing.T) maker {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	m := maker{version: "v1.2.3", revision: "abc", time: time.Unix(1_700_000_000, 0).UTC(), architectures: []string{"amd64", "arm64"}, programs: t.TempDir(), catalog: filepath.Join(t.TempDir(), "catalog.yaml"), license: "../../LICENSE"}
	catalog := ""
	for _, name := range []string{"pipeline", "render-charts"} {
		catalog += "---\nmetadata: {name: " + name + "}\nspec: {description: It does.}\n"
		for _, arch := range m.architectures {
			dir := filepath.Join(m.programs, "linux_"+arch)
			if err := errors.Join(os.MkdirAll(dir, 0o750), os.WriteFile(filepath.Join(dir, name), text, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(m.catalog, []byte(catalog), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestReproducible wants the same digests from the same programs, in another folder and at another time.
func TestReproducible(t *testing.T) {
	m := programs(t)
	var digests [2][]v1.Hash
	for i := range digests {
		m.out = t.TempDir()
		all, err := m.make()
		if err != nil {
			t.Fatal(err)
		}
		for _, image := range all {
			digests[i] = append(digests[i], image.digest)
		}
	}
	if len(digests[0]) != 3 {
		t.Fatalf("%d images, want one for each of two functions and one with both", len(digests[0]))
	}
	for i, d := range digests[0] {
		if d != digests[1][i] {
			t.Errorf("image %d: %s, then %s", i, d, digests[1][i])
		}
	}
}

// TestLayout reads a layout back.
func TestLayout(t *testing.T) {
	m := programs(t)
	m.out = t.TempDir()
	if _, err := m.make(); err != nil {
		t.Fatal(err)
	}
	outer, err := layout.ImageIndexFromPath(filepath.Join(m.out, together))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(outer); err != nil {
		t.Error(err)
	}
	top, err := outer.IndexManifest()
	if err != nil || len(top.Manifests) != 1 {
		t.Fatalf("%v: the layout holds %d images, want one", err, len(top.Manifests))
	}
	index, err := outer.ImageIndex(top.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	described := map[v1.Hash]string{}
	for _, d := range manifest.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if d.Platform.OS == "linux" {
			described[d.Digest] = d.Platform.Architecture
			checkImage(t, image, d.Platform.Architecture)
			continue
		}
		bill, err := image.Manifest()
		if err != nil || bill.Subject == nil || d.ArtifactType != sbom.MediaType {
			t.Fatalf("%v: %+v describes no image", err, d)
		}
		if described[bill.Subject.Digest] == "" {
			t.Errorf("a bill of materials is about %s, which is none of the images", bill.Subject.Digest)
		}
	}
	if len(described) != 2 || len(manifest.Manifests) != 2*len(described) {
		t.Errorf("there are images for %v among %d manifests", described, len(manifest.Manifests))
	}
}

func checkImage(t *testing.T, image v1.Image, arch string) {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != arch || config.Config.User != "65534:65534" || config.Config.Entrypoint[0] != "/pipeline" ||
		config.Config.Labels["org.opencontainers.image.version"] != "v1.2.3" || config.Config.Labels["org.opencontainers.image.licenses"] != "Apache-2.0" {
		t.Errorf("%s: %+v", arch, config)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, l := range layers {
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		files := tar.NewReader(r)
		for h, err := files.Next(); !errors.Is(err, io.EOF); h, err = files.Next() {
			if err != nil {
				t.Fatal(err)
			}
			if h.Uid != 0 || h.ModTime.Unix() != 1_700_000_000 {
				t.Errorf("%s belongs to %d and is of %s", h.Name, h.Uid, h.ModTime)
			}
			found[h.Name] = h.Mode
		}
	}
	if found["pipeline"] != 0o755 || found["render-charts"] != 0o755 || found["etc/passwd"] != 0o644 || found["usr/share/doc/kubectl-otomi/LICENSE"] != 0o644 {
		t.Errorf("the image holds %v", found)
	}
}
