package vendoring_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestProxyFails: a proxy that cannot be reached, or ends the connection with a page too short to be seen, is named with what to do.
func TestProxyFails(t *testing.T) {
	for _, tc := range []struct{ name, proxy, want string }{
		{"down", "http://bob:" + password + "@127.0.0.1:1", "connection refused (asked by the proxy http://127.0.0.1:1 of HTTPS_PROXY) (correct HTTPS_PROXY, or add charts.invalid to NO_PROXY; or check the address)"},
		{"page", shortPage(t), "the connection ended without an answer: EOF (asked by the proxy PROXY of HTTPS_PROXY) (correct HTTPS_PROXY, or add charts.invalid to NO_PROXY)"},
		{"no address", "//bob:" + password + "@127.0.0.1:1", "read HTTPS_PROXY: want http://[USER:PASSWORD@]HOST:PORT, also https or socks5, with what is special in a password encoded (/ as %2F, @ as %40) (correct HTTPS_PROXY, or add charts.invalid to NO_PROXY)"},
	} {
		o := options()
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(tc.proxy) }
		for repository, what := range map[string]string{"https://charts.invalid": "https://charts.invalid/index.yaml", "oci://charts.invalid/x": "oci://charts.invalid/x/web:1.0.0"} {
			_, findings := vendor(t, coreOf(t, "web 1.0.0 "+repository), o, false)
			want := "get " + what + ": " + strings.ReplaceAll(tc.want, "PROXY of", tc.proxy+" of")
			if got := fmt.Sprintf("%s (%s)", findings[0].Message, findings[0].Hint); got != want {
				t.Errorf("%s: Resolve found\n%s, want\n%s", tc.name, got, want)
			}
		}
	}
}

// shortPage is a proxy that answers with a page in one piece with what says that the connection is made.
func shortPage(t *testing.T) string {
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
	return "http://" + l.Addr().String()
}
