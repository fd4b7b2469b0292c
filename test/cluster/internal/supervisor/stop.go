package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// Stop ends a cluster and removes all that it left. It returns when no process of it is alive.
func Stop(ctx context.Context, dir state.Dir) error {
	for dir.Exists() {
		lock, err := dir.Lock()
		if err == nil {
			return errors.Join(dir.Remove(), lock.Close())
		}
		if !errors.Is(err, state.ErrLocked) {
			return err
		}
		if err := killGroup(dir); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop cluster %s: %w: some of its processes do not end", dir.Name, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// killGroup kills all processes of the cluster at once. As long as one of them lives, and the lock says so, their group's
// number cannot belong to anyone else.
func killGroup(dir state.Dir) error {
	record, err := dir.Record()
	if err != nil {
		return err
	}
	if record.Group <= 1 {
		return nil // its supervisor has not said so yet
	}
	if err := unix.Kill(-record.Group, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("stop cluster %s: %w", dir.Name, err)
	}
	return nil
}
