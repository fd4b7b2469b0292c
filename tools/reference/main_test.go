package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGenerated holds the committed pages to what they are made of.
func TestGenerated(t *testing.T) {
	const root = "../.."
	pages, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale, run make generate/reference (-want +got):\n%s", name, diff)
		}
	}
}

// TestMergeTable holds the table on the page about layers to that of Merge's documentation, which a test holds to what Merge does.
func TestMergeTable(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	table := regexp.MustCompile(`(?m)^(//\t.*\n)+`).FindString(read("internal/values/merge.go"))
	if table = strings.ReplaceAll(table, "//\t", ""); table == "" || !strings.Contains(read("docs/concepts/layers.md"), "\n"+table) {
		t.Errorf("docs/concepts/layers.md does not have the table of values.Merge:\n%s", table)
	}
}
