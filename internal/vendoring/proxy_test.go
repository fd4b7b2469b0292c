package vendoring_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/proxy/proxytest"
)

// TestProxyFails: a proxy that cannot be reached, or ends the connection with a page too short to be seen, is named with what to do.
func TestProxyFails(t *testing.T) {
	for _, tc := range []struct{ name, proxy, want string }{
		{"down", "http://bob:" + password + "@127.0.0.1:1", "connection refused (asked by the proxy http://127.0.0.1:1 of HTTPS_PROXY) (correct HTTPS_PROXY, or add charts.invalid to NO_PROXY; or check the address)"},
		{"page", "http://" + proxytest.ShortPage(t), "the connection ended without an answer: EOF (asked by the proxy PROXY of HTTPS_PROXY) (correct HTTPS_PROXY, or add charts.invalid to NO_PROXY)"},
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
