package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// TestFencedConn: a write waits while the lock is stale, goes on when it is renewed, and fails for good once it is lost.
func TestFencedConn(t *testing.T) {
	start := time.Now()
	now := start
	l := &Lock{client: &Client{now: func() time.Time { return now }}, renewed: start, options: LockOptions{Renew: 10 * time.Millisecond, Grace: time.Second}}
	l.held, l.cut = context.WithCancel(context.Background())
	defer l.cut()
	ours, theirs := net.Pipe()
	arrived := make(chan byte, 10)
	go func() {
		for b := make([]byte, 1); ; {
			if _, err := theirs.Read(b); err != nil {
				close(arrived)
				return
			}
			arrived <- b[0]
		}
	}()
	conn, err := l.dial(func(context.Context, string, string) (net.Conn, error) { return ours, nil })(t.Context(), "tcp", "server")
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	write := func(text string) {
		_, err := io.WriteString(conn, text)
		written <- err
	}
	if write("1"); <-written != nil || <-arrived != '1' {
		t.Fatal("a write while the lock is fresh fails")
	}

	now = start.Add(time.Minute) // it slept
	go write("2")
	select {
	case <-arrived:
		t.Fatal("something was written while the lock was stale")
	case err := <-written:
		t.Fatalf("a write ended while the lock was stale: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	l.lock.Lock()
	l.renewed = now
	l.lock.Unlock()
	if err := <-written; err != nil || <-arrived != '2' {
		t.Fatalf("after the renewal the write = %v, want it done", err)
	}

	l.lock.Lock()
	l.lost = &LockedError{Lost: true, Holder: "thief@host"}
	l.lock.Unlock()
	if write("3"); !errors.Is(<-written, ErrLocked) {
		t.Error("a write after the lock was lost does not say so")
	}
	l.lock.Lock()
	l.lost = nil
	l.lock.Unlock()
	if write("4"); <-written == nil {
		t.Error("the connection is still open after the lock was lost")
	}
	if b, more := <-arrived; more {
		t.Errorf("after the lock was lost %c arrived", b)
	}
}

// TestFencedConnEnds: connections, and what waits for them, end with the lock and when they are closed.
func TestFencedConnEnds(t *testing.T) {
	start := time.Now()
	for name, end := range map[string]func(*Lock, net.Conn){
		"given back": func(l *Lock, _ net.Conn) { l.cut() },
		"closed":     func(_ *Lock, c net.Conn) { _ = c.Close() },
	} {
		l := &Lock{client: &Client{now: func() time.Time { return start.Add(time.Minute) }}, renewed: start}
		l.options = LockOptions{Renew: 10 * time.Millisecond, Grace: time.Second}
		l.held, l.cut = context.WithCancel(context.Background())
		ours, theirs := net.Pipe()
		conn, err := l.dial(func(context.Context, string, string) (net.Conn, error) { return ours, nil })(t.Context(), "tcp", "server")
		if err != nil {
			t.Fatal(err)
		}
		written := make(chan error, 1)
		go func() {
			_, err := io.WriteString(conn, "1")
			written <- err
		}()
		end(l, conn)
		if err := <-written; err == nil {
			t.Errorf("%s: the write that waited = nil, want an error", name)
		}
		if n, err := theirs.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: the other side read %d bytes, %v, want EOF", name, n, err)
		}
		l.cut()
	}
}
