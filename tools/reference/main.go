// Command reference makes pages of docs/reference from what says it already: values.md from the schema of the core's values, kinds.md from
// the Go types that files are read into, with their comments, and from the functions' catalog. The page on the commands is made by a test of
// theirs, for nothing else can ask them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	pages, err := generate(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, text := range pages {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// generate returns the pages' texts as they should be, for the repository in the folder.
func generate(root string) (map[string]string, error) {
	values, err := valuesPage(filepath.Join(root, "platform/schema.yaml"))
	if err != nil {
		return nil, fmt.Errorf("write the page on values: %w", err)
	}
	kinds, err := kindsPage(root)
	if err != nil {
		return nil, fmt.Errorf("write the page on kinds: %w", err)
	}
	return map[string]string{"docs/reference/values.md": values, "docs/reference/kinds.md": kinds}, nil
}

const made = "<!-- Made by `make generate/reference`. -->\n"
