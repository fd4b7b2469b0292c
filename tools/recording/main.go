// Command recording runs a command and draws what it prints as a picture that moves, an SVG which needs no script and no player:
//
//	recording FILE COMMAND [ARG...]
//
// It shows what was printed at the moment it was printed, but that nobody waits for long and every line can be read.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: recording FILE COMMAND [ARG...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], exec.Command(os.Args[2], os.Args[3:]...)); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run draws what the command prints into a file, and passes it on as it comes. Nothing is drawn of a command that fails.
func run(file string, command *exec.Cmd) error {
	r, w := io.Pipe()
	command.Stdout, command.Stderr = w, w
	start := time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	go func() { _ = w.CloseWithError(command.Wait()) }() // never an error
	var lines []line
	for from := bufio.NewReader(r); ; {
		text, err := from.ReadString('\n')
		if err == nil || text != "" {
			text = strings.TrimSuffix(text, "\n")
			fmt.Println(text)
			lines = append(lines, wrap(text, time.Since(start))...)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("run %s: %w", command, err)
		}
	}
	return os.WriteFile(file, draw(pace(lines)), 0o644)
}
