package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// externalDiff has a program compare two folders, as kubectl diff does: LIVE-… with what there is and MERGED-… with what there
// would be, a file per object, secrets masked. Its exit codes are diff's: 0 no differences, 1 differences, above: it failed. The
// plan goes to stderr: stdout is the program's.
func (a *app) externalDiff(ctx context.Context, command string, p *plan.Plan, changes []cluster.Change) (different bool, err error) {
	dirs, remove, err := diffDirs(changes)
	defer remove()
	if err != nil {
		return false, fmt.Errorf("write files for KUBECTL_EXTERNAL_DIFF: %w", cause(err))
	}
	if err := a.printPlan(a.ErrOut, p); err != nil {
		return false, err
	}
	words := strings.Fields(command)
	err = a.compareDirs(ctx, words, dirs)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return true, nil
	default:
		return false, fmt.Errorf("run KUBECTL_EXTERNAL_DIFF (%s): %w", words[0], err)
	}
}

// compareDirs runs the program. Its words may hold letters, digits, - and =, others are left out as kubectl does; no shell is asked.
func (a *app) compareDirs(ctx context.Context, words, dirs []string) error {
	plain := regexp.MustCompile(`^[a-zA-Z0-9=-]+$`)
	args := slices.DeleteFunc(slices.Clone(words[1:]), func(word string) bool { return !plain.MatchString(word) })
	cmd := exec.CommandContext(ctx, words[0], append(args, dirs...)...) //nolint:gosec // it is the user's choice
	cmd.WaitDelay = time.Second                                         // for what it may have started itself
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.In, &said, a.ErrOut
	if terminal(a.Out) {
		cmd.Stdout = file(a.Out) // pagers and editors need it; the files hold no secret
	}
	err := cmd.Run()
	if reason := unstarted(cmd, err); reason != nil {
		return errors.New(reason.Error() + "\ncorrect KUBECTL_EXTERNAL_DIFF: name a program that is installed")
	}
	_, printed := a.Out.Write(said.Bytes())
	return errors.Join(err, printed)
}

// diffDirs writes both sides of the changes into new folders that only the user may read; remove takes them away again.
func diffDirs(changes []cluster.Change) (dirs []string, remove func(), err error) {
	remove = func() {
		for _, dir := range dirs {
			_ = os.RemoveAll(dir) // of a folder for temporary files
		}
	}
	for _, side := range []struct {
		name string
		of   func(cluster.Change) map[string]any
	}{
		{"LIVE-", func(c cluster.Change) map[string]any { return c.Before }},
		{"MERGED-", func(c cluster.Change) map[string]any { return c.After }},
	} {
		dir, err := os.MkdirTemp("", side.name) // which only the user may open
		if err != nil {
			return dirs, remove, err
		}
		dirs = append(dirs, dir)
		for _, c := range changes {
			if err := writeSide(filepath.Join(dir, fileOf(c)), side.of(c)); err != nil {
				return dirs, remove, err
			}
		}
	}
	return dirs, remove, nil
}

// writeSide writes one side of a change; the file of what does not exist is empty.
func writeSide(name string, content map[string]any) (err error) {
	var text []byte
	if content != nil {
		if text, err = yaml.Marshal(content); err != nil {
			return err
		}
	}
	return os.WriteFile(name, text, 0o600)
}

// fileOf is the name that kubectl diff gives an object's file: GROUP.VERSION.KIND.NAMESPACE.NAME.
func fileOf(c cluster.Change) string {
	content := c.After
	if content == nil {
		content = c.Before
	}
	version, _ := content["apiVersion"].(string)
	group, number, grouped := strings.Cut(version, "/")
	if !grouped {
		group, number = "", version
	}
	name := strings.Join([]string{group, number, c.ID.Kind, c.ID.Namespace, c.ID.Name}, ".")
	return strings.ReplaceAll(strings.TrimPrefix(name, "."), string(filepath.Separator), "_")
}
