package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const lockName = "lock"

// ErrLocked says that processes of the cluster are alive.
var ErrLocked = errors.New("the cluster's processes are alive")

// Lock creates the folder if need be and locks it. The lock belongs to the open file, not to a process: the supervisor
// and all components inherit the file, so that the lock is held until the last of them is gone, however they end.
func (d Dir) Lock() (*os.File, error) {
	for {
		if err := os.MkdirAll(d.File("logs"), 0o700); err != nil {
			return nil, fmt.Errorf("make folder of cluster %s: %w", d.Name, err)
		}
		file, err := os.OpenFile(d.File(lockName), os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed by whoever held the lock a moment ago
		}
		if err != nil {
			return nil, fmt.Errorf("lock cluster %s: %w", d.Name, err)
		}
		current, err := d.tryLock(file)
		if err == nil && current {
			return file, nil
		}
		_ = file.Close()
		if err != nil {
			return nil, err
		}
	}
}

// tryLock locks file, and tells whether it is still the one that others will find.
func (d Dir) tryLock(file *os.File) (current bool, err error) {
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, ErrLocked
		}
		return false, fmt.Errorf("lock cluster %s: %w", d.Name, err)
	}
	mine, err := file.Stat()
	if err != nil {
		return false, fmt.Errorf("lock cluster %s: %w", d.Name, err)
	}
	theirs, err := os.Stat(d.File(lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock cluster %s: %w", d.Name, err)
	}
	return os.SameFile(mine, theirs), nil
}

// Locked tells whether any process of the cluster is alive.
func (d Dir) Locked() (bool, error) {
	file, err := os.OpenFile(d.File(lockName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at lock of cluster %s: %w", d.Name, err)
	}
	defer func() { _ = file.Close() }()
	// A shared lock is refused while the processes hold theirs, and does not disturb others who look at the same time.
	err = unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at lock of cluster %s: %w", d.Name, err)
	}
	return false, nil
}

// Clear empties the folder but for the lock, which the caller must hold.
func (d Dir) Clear() error {
	entries, err := os.ReadDir(d.Path)
	if err != nil {
		return fmt.Errorf("clear folder of cluster %s: %w", d.Name, err)
	}
	for _, entry := range entries {
		if entry.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(d.File(entry.Name())); err != nil {
			return fmt.Errorf("clear folder of cluster %s: %w", d.Name, err)
		}
	}
	if err := os.MkdirAll(d.File("logs"), 0o700); err != nil {
		return fmt.Errorf("clear folder of cluster %s: %w", d.Name, err)
	}
	return nil
}

// Remove deletes the folder, whose lock the caller must hold. It is moved away first: from then on the name is free, and
// what the next holder of the name makes is not deleted with it.
func (d Dir) Remove() error {
	gone := filepath.Join(filepath.Dir(d.Path), fmt.Sprintf(".%s.%d.removed", d.Name, os.Getpid()))
	if err := os.Rename(d.Path, gone); err != nil {
		return fmt.Errorf("remove folder of cluster %s: %w", d.Name, err)
	}
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("remove folder of cluster %s: %w", d.Name, err)
	}
	return nil
}
