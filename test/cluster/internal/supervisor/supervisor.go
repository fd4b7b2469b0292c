// Package supervisor keeps the processes of a cluster together: they start together and end together, whatever ends them.
//
// Launch starts a supervisor, a process of its own, and returns when the cluster is ready. Run is that process: it
// starts the components, and stops them all when one of them dies, when it is asked to, or when a process that it was
// told to watch is gone. Stop ends a cluster from outside. Three things make sure that nothing is left:
//
//   - every component holds the reading end of a pipe whose only writing end is the supervisor's, and ends when it closes,
//     which it also does when the supervisor is killed (on Linux the kernel kills them besides);
//   - all of them share one process group, which Stop kills;
//   - all of them hold the lock of the cluster's folder, so that "it is free" means "they are all gone".
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/controlplane"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// Options are what a cluster is started with.
type Options struct {
	Dir         state.Dir
	Context     string        // name of the kubeconfig's context
	Nodes       int           // how many nodes
	Audit       bool          // log every request
	UntilExitOf int           // the cluster ends with this process; 0: with none
	Timeout     time.Duration // how long it may take to get ready
	Version     string        // the Kubernetes release
	Executable  string        // this program, which is also every component
}

// Pipes connect the supervisor to its launcher.
type Pipes struct {
	Lock     *os.File // the cluster's lock, already held
	Report   *os.File // progress, to the launcher
	Launcher *os.File // one byte when the launcher has taken note; closed without it, the launcher is gone
}

var (
	// errAbandoned means that whoever started the cluster died before it was ready.
	errAbandoned = errors.New("the launcher is gone")
	// errParentGone means that the process which the cluster was to live with is gone.
	errParentGone = errors.New("the watched process is gone")
)

// Run starts the components and stays until the cluster is to end. It returns nil when that was wanted.
func Run(ctx context.Context, opts Options, pipes Pipes) error {
	// The kernel kills the components when the thread that started them ends, so it must not end before this process.
	runtime.LockOSThread()
	group := unix.Getpgrp()
	if group != os.Getpid() {
		return fmt.Errorf("supervise cluster %s: not the leader of its process group", opts.Dir.Name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &supervisor{
		Options: opts, lock: pipes.Lock, cancel: cancel,
		report: newReporter(pipes.Report),
		record: state.Record{Name: opts.Dir.Name, Status: state.Starting, Nodes: opts.Nodes, Group: group, Started: time.Now().UTC()},
	}
	err := s.run(ctx, pipes.Launcher)
	s.killAll()
	if wanted(err) {
		s.report.fail(err)
		return opts.Dir.Remove()
	}
	// The folder stays: its logs tell why.
	s.record.Status, s.record.Reason = state.Failed, err.Error()
	err = errors.Join(err, opts.Dir.Write(s.record))
	s.report.fail(err)
	return err
}

func wanted(err error) bool {
	return errors.Is(err, errAbandoned) || errors.Is(err, errParentGone) || errors.Is(err, context.Canceled)
}

type supervisor struct {
	Options
	lock     *os.File
	lifeline *os.File // what the components read from
	end      *os.File // what nobody writes to: it only must be open, here alone
	cancel   context.CancelCauseFunc
	report   *reporter
	record   state.Record
	children []*child
}

// run is the life of a cluster. It returns the cause of its end.
func (s *supervisor) run(ctx context.Context, launcher *os.File) error {
	if err := s.Dir.Write(s.record); err != nil {
		return err
	}
	if s.UntilExitOf != 0 {
		if err := watch(s.UntilExitOf, func() { s.cancel(errParentGone) }); err != nil {
			return err
		}
	}
	var err error
	if s.lifeline, s.end, err = os.Pipe(); err != nil {
		return fmt.Errorf("make lifeline: %w", err)
	}
	acknowledged := make(chan struct{})
	go awaitLauncher(launcher, acknowledged, s.cancel)

	starting, done := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("not ready in %s", s.Timeout))
	defer done()
	if err := s.start(starting); err != nil {
		// When a component died, or the launcher did, the wait that was interrupted is only a consequence.
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	s.record.Status = state.Running
	if err := s.Dir.Write(s.record); err != nil {
		return err
	}
	s.report.ready()
	select {
	case <-acknowledged:
	case <-ctx.Done():
	}
	s.report.close()
	<-ctx.Done()
	return context.Cause(ctx)
}

// start brings the cluster up, step by step.
func (s *supervisor) start(ctx context.Context) error {
	s.report.step("preparing keys and ports")
	plane, err := controlplane.Prepare(controlplane.Spec{
		Dir: s.Dir, Context: s.Context, Nodes: s.Nodes, Version: s.Version, Audit: s.Audit, Now: time.Now(),
	})
	if err != nil {
		return err
	}
	defer func() { _ = plane.Close() }()
	s.record.Server = plane.Server

	s.report.step("starting etcd and kube-apiserver")
	for _, component := range []controlplane.Component{plane.Etcd(), plane.APIServer()} {
		if err := s.startChild(component); err != nil {
			return err
		}
	}
	if s.record.Version, err = plane.AwaitAPI(ctx); err != nil {
		return err
	}
	s.report.step("starting controllers, scheduler and nodes")
	for _, component := range plane.Others() {
		if err := s.startChild(component); err != nil {
			return err
		}
	}
	return plane.Complete(ctx)
}

// awaitLauncher gives the cluster up if the launcher dies before it knows of it: nobody would ever stop it.
func awaitLauncher(launcher *os.File, acknowledged chan<- struct{}, cancel context.CancelCauseFunc) {
	defer func() { _ = launcher.Close() }()
	if n, _ := launcher.Read(make([]byte, 1)); n == 0 {
		cancel(errAbandoned)
		return
	}
	close(acknowledged)
}
