package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/google/shlex"
	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

func (a *app) secretsEditCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "edit FILE",
		Short: "Edit an encrypted file, or make one",
		Long: `Edit an encrypted file, or make one, with $VISUAL, else $EDITOR, else vi (on Windows: notepad). Only what was changed is
encrypted anew, so that git shows what it was. Without a change the file stays as it is.

The plain text is in a temporary file that only you can read, outside the repo and in memory where the system has such a
place, and gone when the command ends, however it ends.`,
		Example: `  # Edit the secrets of an app
  kubectl otomi secrets edit env/apps/secrets.web.yaml

  # With another editor
  EDITOR="code --wait" kubectl otomi secrets edit env/secrets.mail.yaml`,
		Args: files(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, stop := newInterrupts(cmd.Context())
			defer stop()
			err := a.eachFile(in, args, func(_ context.Context, f *repoFiles, name string) error { return a.edit(in, f, name) })
			switch {
			case err == nil:
				return nil
			case in.Err() != nil:
				fmt.Fprintf(a.ErrOut, "interrupted: %s is as it was\n", args[0])
				return exitCode(exitInterrupted)
			default: // a Ctrl-C that was the editor's says nothing of how the command ended
				return exitCode(a.exit(context.WithoutCancel(cmd.Context()), cmd, err))
			}
		},
	}
}

func (a *app) edit(in *interrupts, f *repoFiles, name string) error {
	old, err := f.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, f.config.Check(name) // who can read it must be known before somebody writes it
		if err == nil {
			err = a.asLayer(f, name)
		}
	} else if err == nil {
		err = asYAML(name)
	}
	if err == nil {
		err = f.writable(name) // or all that is typed would be lost
	}
	if err != nil {
		return err
	}
	var before []byte
	if old != nil {
		if before, err = until(in, func() ([]byte, error) { return secrets.Decrypt(name, old) }); err != nil {
			return err
		}
	}
	changed, err := a.editText(in, f, name, old, before)
	if err != nil {
		return err
	}
	if !changed {
		_, err := fmt.Fprintf(a.Out, "%s: unchanged\n", name)
		return err
	}
	word := "edited"
	if old == nil {
		word = "made"
	}
	_, err = fmt.Fprintf(a.Out, "%s: %s\n", name, word)
	return err
}

// editText lets the user edit the text until it can be encrypted and written, and says whether it was changed.
func (a *app) editText(in *interrupts, f *repoFiles, name string, old, before []byte) (changed bool, err error) {
	s, inMemory, err := newScratch(f.dir, filepath.Base(name), before)
	if err != nil {
		return false, err
	}
	defer func() {
		if err := s.remove(); err != nil {
			a.report(diag.Findings{diag.Warningf("plain-left", diag.Position{}, "the plain text could not be removed: %v", cause(err)).
				WithHint("remove the folder yourself: %s", s.dir)})
		}
	}()
	if !inMemory {
		a.report(diag.Findings{diag.Warningf("plain-on-disk", diag.Position{}, "there is no folder in memory, so the plain text is in %s until the editor is done", s.file)})
	}
	for {
		if err := a.runEditor(in, s.file); err != nil {
			return false, err
		}
		text, err := os.ReadFile(s.file)
		if err != nil {
			return false, fmt.Errorf("read what was edited: %w", cause(err))
		}
		if bytes.Equal(text, before) {
			return false, nil
		}
		err = a.seal(in, f, name, old, text)
		if err == nil || in.Err() != nil || !terminal(a.In) {
			return true, err
		}
		a.report(asFindings(name, err))
		if !a.again(in) {
			return false, reported{err}
		}
	}
}

// seal encrypts what was edited, and writes it.
func (a *app) seal(ctx context.Context, f *repoFiles, name string, old, text []byte) error {
	out, err := until(ctx, func() ([]byte, error) {
		if old == nil {
			return f.config.Encrypt(name, text, time.Now())
		}
		return f.config.Edit(name, old, text, time.Now())
	})
	if err != nil {
		return err
	}
	return a.replace(ctx, f, name, out, old)
}

// again asks whether to edit once more.
func (a *app) again(in *interrupts) bool {
	fmt.Fprint(a.ErrOut, "press Enter to edit it again, Ctrl-C to leave the file as it was: ")
	answer := make(chan error, 1)
	go func() {
		_, err := bufio.NewReader(a.In).ReadString('\n')
		answer <- err
	}()
	select {
	case err := <-answer:
		if err == nil {
			return true
		}
	case <-in.Done():
	}
	fmt.Fprintln(a.ErrOut, "")
	return false
}

// runEditor waits for the editor, and ends it when the command is to end.
func (a *app) runEditor(in *interrupts, name string) error {
	command, from := editor(runtime.GOOS)
	words, err := splitCommand(command, runtime.GOOS)
	if err != nil || len(words) == 0 {
		return usagef("$%s is no command: %s", from, command)
	}
	cmd := exec.CommandContext(in, words[0], append(words[1:], name)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.In, a.product, a.ErrOut
	if f := file(a.ErrOut); f != nil { // itself, not a pipe to it: editors look whether it is a terminal
		cmd.Stderr = f
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	if err := in.edit(cmd.Run); err != nil {
		if interrupted(err) {
			in.end()
		}
		if reason := unstarted(cmd, err); reason != nil {
			return noEditor(words[0], from, reason)
		}
		return fmt.Errorf("edit with %s: %w; nothing was changed", words[0], err)
	}
	return nil
}

// noEditor is about an editor that cannot be started, and the variable that names it or could name another.
func noEditor(program, from string, reason error) error {
	origin := "$" + from
	if from == "" {
		from, origin = "EDITOR", "neither $VISUAL nor $EDITOR is set"
	}
	return diag.Findings{diag.Errorf("secrets", diag.Position{}, "edit with %s (%s): %v; nothing was changed", program, origin, reason).
		WithHint("set %s to an editor that is installed, such as %s=nano", from, from)}
}

// editor is the user's, with the variable that names it, else the one that every machine of a system has.
func editor(system string) (command, from string) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if e := os.Getenv(name); !blank(e) {
			return e, name
		}
	}
	if system == "windows" {
		return "notepad", ""
	}
	return "vi", ""
}

// splitCommand gives a program and its arguments, as a shell splits them; Windows' paths keep their backslashes.
func splitCommand(command, system string) ([]string, error) {
	if system == "windows" {
		command = strings.ReplaceAll(command, `\`, `\\`)
	}
	return shlex.Split(command)
}
