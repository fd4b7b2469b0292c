package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// published are the tags that the images of a version get, as make says.
func published(t *testing.T, version string) []string {
	t.Helper()
	cmd := exec.Command("make", "--dry-run", "--silent", "release/publish", "VERSION="+version)
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "MAKEFLAGS=") // not what a make that the tests run under was given
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	var tags []string
	for _, m := range regexp.MustCompile(`crane push "\$image" "`+registry+`/\$\(basename "\$image"\):([^"]+)"`).FindAllStringSubmatch(string(out), -1) {
		tags = append(tags, m[1])
	}
	return tags
}

// TestTags wants that the latest is a version that is meant for all.
func TestTags(t *testing.T) {
	t.Setenv("MAKEFLAGS", " -- TAGS=mine")
	for version, want := range map[string][]string{"v1.2.3": {"v1.2.3", "latest"}, "v1.2.3-rc.1": {"v1.2.3-rc.1"}} {
		if got := published(t, version); !slices.Equal(got, want) {
			t.Errorf("the images of %s are published as %q, want %q", version, got, want)
		}
	}
}

// TestPages wants that every image that a page or an example names is published: with the tag of a version that the changelog knows,
// or without one. What is tagged dev, examples load themselves.
func TestPages(t *testing.T) {
	changes, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, version := range regexp.MustCompile(`(?m)^## .*?(\d+\.\d+\.\d+)`).FindAllSubmatch(changes, -1) {
		tags = append(tags, published(t, "v"+string(version[1]))...)
	}
	named := 0
	for name, text := range pages(t) {
		for _, m := range regexp.MustCompile(registry+`/[a-z-]+(?::([\w.-]+))?`).FindAllStringSubmatch(text, -1) {
			tag := m[1]
			if tag == "" {
				tag = "latest"
			}
			named++
			if !slices.Contains(tags, tag) && (tag != localTag || !strings.HasPrefix(name, "../../examples/")) {
				t.Errorf("%s: %s is never published: the releases have the tags %q", name, m[0], tags)
			}
		}
	}
	if named < 30 {
		t.Errorf("%d images are named: the test does not see them all", named)
	}
}

// pages are the files that people read and copy from.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, top := range []string{"README.md", "docs", "examples", "krm-functions"} {
		err := filepath.WalkDir("../../"+top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".md", ".yaml", ""}, filepath.Ext(name)) {
				return err
			}
			text, err := os.ReadFile(name)
			all[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
