package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/scaffold"
)

// gitTop is the git repository that the folder is in or is to be in, "" for none, and the folder in it, "" for its top.
func gitTop(dir string) (top, folder string) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", ""
	}
	for top = full; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			break
		}
		if top == filepath.Dir(top) {
			return "", ""
		}
	}
	if top == full {
		return top, ""
	}
	return top, filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(full, top), string(filepath.Separator)))
}

// atTop says how the checks of a values repo get to the top of the git repository that it is in a folder of. What is there already, such
// as the checks of another values repo, has to stay.
func atTop(top string, o scaffold.Options) string {
	const workflows, hooks = ".github/workflows/", ".pre-commit-config.yaml"
	workflow := fmt.Sprintf("move %s/%s%s to %[2]s%[3]s", o.Folder, workflows, o.Workflow())
	if exists(top, workflows+o.Workflow()) {
		workflow += " under another name: there is one of this name already"
	}
	hook := fmt.Sprintf("move %s/%s to %[2]s", o.Folder, hooks)
	if exists(top, hooks) {
		hook = fmt.Sprintf("add what %s/%s lists below repos to what %[2]s lists there already", o.Folder, hooks)
	}
	return fmt.Sprintf(`
It is in the git repository %s. GitHub and pre-commit look only at the top of that. To have every commit checked, do there:

  %s
  %s
  pre-commit install
`, top, workflow, hook)
}

func exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil
}
