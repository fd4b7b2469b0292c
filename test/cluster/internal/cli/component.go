package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/component"
)

// newComponents are the components by their own names and with their own flags.
func newComponents() []*cobra.Command {
	var commands []*cobra.Command
	for _, name := range component.Names() {
		commands = append(commands, &cobra.Command{
			Use:                name,
			Short:              "Run " + name + " alone",
			DisableFlagParsing: true,
			RunE: func(command *cobra.Command, args []string) error {
				return component.Run(command.Context(), name, args, nil)
			},
		})
	}
	return commands
}

// newComponent is how the supervisor starts a component: with what it inherits as numbers of open files.
func newComponent() *cobra.Command {
	var lifeline, listener int
	command := &cobra.Command{
		Use:    "component NAME [FLAG...]",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if lifeline >= 0 {
				go endWith(os.NewFile(uintptr(lifeline), "lifeline"))
			}
			socket, err := inheritListener(listener)
			if err != nil {
				return err
			}
			return component.Run(command.Context(), args[0], args[1:], socket)
		},
	}
	command.Flags().SetInterspersed(false)
	command.Flags().IntVar(&lifeline, "lifeline", -1, "end when this file ends")
	command.Flags().IntVar(&listener, "listener", -1, "serve on this socket")
	return command
}

// endWith kills this process when nobody can write to the lifeline any more. A component's own way to end would wait for
// requests under way, for a client that may never read again.
func endWith(lifeline *os.File) {
	_, _ = io.Copy(io.Discard, lifeline)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func inheritListener(fd int) (net.Listener, error) {
	if fd < 0 {
		return nil, nil
	}
	file := os.NewFile(uintptr(fd), "listener")
	socket, err := net.FileListener(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("inherit listener: %w", err)
	}
	return socket, nil
}
