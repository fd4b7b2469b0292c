package state

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func newDir(t *testing.T) Dir {
	t.Helper()
	dir, err := Find(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustLock(t *testing.T, dir Dir) *os.File {
	t.Helper()
	lock, err := dir.Lock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Close() })
	return lock
}

func TestFind(t *testing.T) {
	for name, ok := range map[string]bool{
		"otomi": true, "a": true, "a-1": true, strings.Repeat("a", 40): true,
		"": false, "..": false, "a/b": false, "-a": false, "a-": false, "A": false, strings.Repeat("a", 41): false,
	} {
		if _, err := Find("/x", name); (err == nil) != ok {
			t.Errorf("Find(%q) = %v, want it to be a name: %t", name, err, ok)
		}
	}
}

func TestLock(t *testing.T) {
	dir := newDir(t)
	if locked, err := dir.Locked(); locked || err != nil || dir.Exists() {
		t.Errorf("Locked() of no folder = %t, %v", locked, err)
	}
	lock := mustLock(t, dir)
	if _, err := dir.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("second Lock() = %v, want ErrLocked", err)
	}
	if locked, err := dir.Locked(); !locked || err != nil {
		t.Errorf("Locked() = %t, %v, want true", locked, err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if locked, err := dir.Locked(); locked || err != nil {
		t.Errorf("Locked() after Close = %t, %v, want false", locked, err)
	}
}

// TestRemoveFreesName: the lock of a folder that is gone is no lock of the next folder of that name.
func TestRemoveFreesName(t *testing.T) {
	dir := newDir(t)
	mustLock(t, dir)
	if err := dir.Remove(); err != nil {
		t.Fatal(err)
	}
	mustLock(t, dir)
	if !dir.Exists() {
		t.Error("no folder after the second Lock()")
	}
}

func TestRecord(t *testing.T) {
	dir := newDir(t)
	lock := mustLock(t, dir)
	want := func(status string) {
		t.Helper()
		if got, err := dir.Record(); err != nil || got.Status != status || got.Name != "x" {
			t.Errorf("Record() = %+v, %v, want status %s", got, err, status)
		}
	}
	want(Starting) // before the supervisor has written one
	for _, status := range []string{Running, Failed} {
		if err := dir.Write(Record{Name: "x", Status: status}); err != nil {
			t.Fatal(err)
		}
		want(status)
	}
	_ = lock.Close()
	want(Failed)
	if err := dir.Write(Record{Name: "x", Status: Running}); err != nil {
		t.Fatal(err)
	}
	want(Dead)
}

func TestClearKeepsLock(t *testing.T) {
	dir := newDir(t)
	mustLock(t, dir)
	if err := dir.Write(Record{Name: "x", Status: Running}); err != nil {
		t.Fatal(err)
	}
	if err := dir.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("Lock() after Clear = %v, want ErrLocked", err)
	}
	if got, err := dir.Record(); err != nil || got.Status != Starting {
		t.Errorf("Record() after Clear = %+v, %v, want none", got, err)
	}
}

func TestAll(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(root+"/no-cluster", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "a"} {
		dir, err := Find(root, name)
		if err != nil {
			t.Fatal(err)
		}
		mustLock(t, dir)
	}
	dirs, err := All(root)
	if err != nil || len(dirs) != 2 || dirs[0].Name != "a" || dirs[1].Name != "b" {
		t.Errorf("All() = %v, %v, want a and b", dirs, err)
	}
	if dirs, err := All(root + "/none"); len(dirs) != 0 || err != nil {
		t.Errorf("All() of no folder = %v, %v", dirs, err)
	}
}
