package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"k8s.io/client-go/rest"
)

// fence is the last word before a request goes out: what writes for the holder of a lock waits until the lock is safe, and is
// not sent once it is lost. It stands this far down because requests are repeated, and kinds looked up, further up: a run that is
// suspended in the middle of that must not send what it checked before. Past this check a request may still wait for its turn on
// the connection; that is why the lock has connections of its own, see fencedConn.
type fence struct{ next http.RoundTripper }

type fenceKey struct{}

// fenced makes requests with the context subject to the lock.
func fenced(ctx context.Context, lock *Lock) context.Context {
	if lock == nil {
		return ctx
	}
	return context.WithValue(ctx, fenceKey{}, lock)
}

// RoundTrip implements http.RoundTripper.
func (f fence) RoundTrip(r *http.Request) (*http.Response, error) {
	lock, _ := r.Context().Value(fenceKey{}).(*Lock)
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || strings.Contains(r.URL.RawQuery, "dryRun=All")
	if lock == nil || reads {
		return f.next.RoundTrip(r)
	}
	if err := lock.Check(r.Context()); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // an http.RoundTripper has to
		}
		return nil, err
	}
	answer, err := lock.wire.RoundTrip(r)
	if lost := lock.Err(); err != nil && lost != nil {
		return nil, lost // the connection was closed for that
	}
	return answer, err
}

// dialer opens connections.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// fencedWire is what writes under a lock go through. Renewals and reads go another way: they must never queue behind what the
// lock holds back.
func fencedWire(config *rest.Config, lock *Lock) (http.RoundTripper, error) {
	config = rest.CopyConfig(config)
	dial := dialer(config.Dial)
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	config.Dial = lock.dial(dial)
	wire, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("configure client for %s: %w", config.Host, err)
	}
	return wire, nil
}

func (l *Lock) dial(next dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &fencedConn{Conn: conn, lock: l}
		c.open, c.shut = context.WithCancel(l.held)
		context.AfterFunc(c.open, func() { _ = conn.Close() })
		return c, nil
	}
}

// fencedConn is a connection that nothing leaves unless the lock is safe in that moment. Whatever was on its way when the process
// was suspended, down to half a request, waits for the next renewal, or goes down with the connection. It ends with the lock.
type fencedConn struct {
	net.Conn
	lock *Lock
	open context.Context // until it is closed
	shut context.CancelFunc
}

// Write implements net.Conn.
func (c *fencedConn) Write(b []byte) (int, error) {
	if err := c.lock.Check(c.open); err != nil {
		_ = c.Close() // the connection is of no more use
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close implements net.Conn. It lets go of a Write that waits.
func (c *fencedConn) Close() error {
	c.shut()
	return c.Conn.Close()
}
