// Command policies makes what is written of the policies elsewhere from what they say of themselves in their METADATA: the page
// docs/policies.md, with samples of test/policies, and the policies' part of platform/schema.yaml.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

// The files that it makes, or a part of, in the repository.
const (
	page     = "docs/policies.md"
	settings = "platform/schema.yaml"
)

func main() {
	files, err := generate(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// generate returns the files' texts as they should be, for the repository in the folder.
func generate(dir string) (map[string]string, error) {
	set, findings := policy.Load(os.DirFS(dir), nil)
	if findings.Failed() {
		return nil, fmt.Errorf("load policies: %s", findings[0])
	}
	schema, err := os.ReadFile(filepath.Join(dir, settings))
	if err != nil {
		return nil, err
	}
	united, err := splice(string(schema), set.Policies())
	if err != nil {
		return nil, err
	}
	text, err := document(set, filepath.Join(dir, "test/policies"))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", page, err)
	}
	return map[string]string{settings: united, page: text}, nil
}
