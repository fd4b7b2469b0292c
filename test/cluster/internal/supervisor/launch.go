package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// ProgramName is what the processes of a cluster are called, as ps shows them.
const ProgramName = "devcluster"

// InheritedPipes are the pipes of a process that Launch has started, in the order of exec.Cmd.ExtraFiles.
func InheritedPipes() Pipes {
	return Pipes{
		Lock:     os.NewFile(3, "lock"),
		Report:   os.NewFile(4, "report"),
		Launcher: os.NewFile(5, "launcher"),
	}
}

// Launch starts a cluster and returns when it is ready. When it fails, or ctx ends first, no process is left.
func Launch(ctx context.Context, opts Options, progress func(step string)) error {
	lock, err := lockNew(ctx, opts.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if err := opts.Dir.Clear(); err != nil {
		return err
	}
	report, reportEnd, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start supervisor: %w", err)
	}
	defer func() { _ = report.Close() }()
	launcherEnd, launcher, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start supervisor: %w", errors.Join(err, reportEnd.Close()))
	}
	defer func() { _ = launcher.Close() }()

	cmd, err := startSupervisor(opts, []*os.File{lock, reportEnd, launcherEnd})
	// The ends of the supervisor must be open in the supervisor only, or their closing would go unnoticed.
	err = errors.Join(err, reportEnd.Close(), launcherEnd.Close(), lock.Close())
	if err != nil {
		return fmt.Errorf("start supervisor: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = launcher.Close() })
	defer stop()
	if err := follow(report, progress); err != nil {
		_ = launcher.Close()
		_ = cmd.Wait() // it has said why it ends
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("start cluster %s: %w", opts.Dir.Name, err)
	}
	if _, err := launcher.Write([]byte{1}); err != nil {
		return fmt.Errorf("start cluster %s: %w", opts.Dir.Name, errors.Join(err, cmd.Wait()))
	}
	return cmd.Process.Release()
}

// lockNew takes the lock, or says that the cluster is there already. Whoever only looks holds the lock for a moment too.
func lockNew(ctx context.Context, dir state.Dir) (*os.File, error) {
	for attempt := 1; ; attempt++ {
		lock, err := dir.Lock()
		if !errors.Is(err, state.ErrLocked) {
			return lock, err
		}
		if attempt == 10 {
			return nil, fmt.Errorf("start cluster %s: it is up already", dir.Name)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func startSupervisor(opts Options, inherited []*os.File) (*exec.Cmd, error) {
	log, err := os.OpenFile(opts.Dir.Log("supervisor"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(opts.Executable)
	cmd.Args = []string{
		ProgramName, "supervise",
		"--dir=" + opts.Dir.Path,
		"--context=" + opts.Context,
		"--nodes=" + strconv.Itoa(opts.Nodes),
		"--audit=" + strconv.FormatBool(opts.Audit),
		"--until-exit-of=" + strconv.Itoa(opts.UntilExitOf),
		"--timeout=" + opts.Timeout.String(),
	}
	cmd.Dir = opts.Dir.Path
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = inherited
	// A session of its own: Ctrl-C in the terminal and the end of the terminal are the launcher's, not the cluster's.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, cmd.Start()
}

// follow passes the supervisor's steps on until the cluster is ready or has failed.
func follow(report io.Reader, progress func(string)) error {
	decoder := json.NewDecoder(report)
	for {
		var m message
		if err := decoder.Decode(&m); err != nil {
			return errors.New("the supervisor ended without a word")
		}
		switch {
		case m.Ready:
			return nil
		case m.Error != "":
			return errors.New(m.Error)
		default:
			progress(m.Step)
		}
	}
}
