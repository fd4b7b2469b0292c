package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/controlplane"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// Descriptors of what a component inherits, in the order of exec.Cmd.ExtraFiles.
const (
	lifelineFD = 3 // its end is the component's end
	_              // the lock, which only needs to be open
	listenerFD = 5
)

// child is a running component.
type child struct {
	name string
	cmd  *exec.Cmd
	gone chan struct{}
}

// startChild starts a component. When it ends, so does the cluster.
func (s *supervisor) startChild(c controlplane.Component) error {
	log, err := os.OpenFile(s.Dir.Log(c.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", c.Name, err)
	}
	defer func() { _ = log.Close() }()

	args := []string{"component", "--lifeline=" + strconv.Itoa(lifelineFD)}
	extra := []*os.File{s.lifeline, s.lock}
	if c.Listener != nil {
		args = append(args, "--listener="+strconv.Itoa(listenerFD))
		extra = append(extra, c.Listener)
	}
	cmd := exec.Command(s.Executable)
	cmd.Args = append(append([]string{ProgramName}, append(args, c.Name)...), c.Args...)
	cmd.Dir = s.Dir.Path
	// Settings of the user's shell (ETCD_*, proxies, KUBECONFIG) must not change what a cluster is.
	cmd.Env = []string{"HOME=" + s.Dir.Path, "TMPDIR=" + s.Dir.Path}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = extra
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.Name, err)
	}
	started := &child{name: c.Name, cmd: cmd, gone: make(chan struct{})}
	s.children = append(s.children, started)
	go func() {
		defer close(started.gone)
		err := cmd.Wait()
		s.cancel(diedError(s.Dir, c.Name, err))
	}()
	return nil
}

// killAll ends the components and waits until they are gone. Their data goes with them, so there is nothing to finish.
func (s *supervisor) killAll() {
	for _, c := range s.children {
		_ = c.cmd.Process.Kill() // fails only when it has already ended
	}
	for _, c := range s.children {
		<-c.gone
	}
}

// diedError tells which component ended and what it said last.
func diedError(dir state.Dir, name string, err error) error {
	if err == nil {
		err = errors.New("exited")
	}
	text := fmt.Sprintf("%s: %v", name, err)
	if tail := lastLines(dir.Log(name), 5); tail != "" {
		text += "\n" + tail + "\nlog: " + dir.Log(name)
	}
	return errors.New(text)
}

// lastLines reads the end of a log; a log that cannot be read has no lines.
func lastLines(path string, count int) string {
	const most = 8 << 10
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > most {
		if _, err := file.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
