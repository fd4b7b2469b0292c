// Package proxytest has a proxy for tests that does not let anybody through.
package proxytest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// ShortPage starts a proxy that answers with a page in one piece with what says that the connection is made, and returns its
// HOST:PORT. It ends with the test.
func ShortPage(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>log in</html>")
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}
