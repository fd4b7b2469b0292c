package vendoring_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

// found is the one finding of a core that asks a server for a chart, with the server's address replaced by U.
func found(t *testing.T, address string, o vendoring.Options) string {
	t.Helper()
	root := coreOf(t, "web ^1 "+address)
	_, findings := vendor(t, root, o, false)
	if got := files(t, root); len(got) != 1 {
		t.Errorf("Resolve left %v", got)
	}
	if len(findings) != 1 || findings[0].At.String() != "charts/Chart.yaml:5:5" {
		t.Fatalf("Resolve found %v, want one finding at the dependency", findings)
	}
	f := findings[0]
	text := f.Rule + ": " + f.Message
	if f.Hint != "" {
		text += " (" + f.Hint + ")"
	}
	text = strings.ReplaceAll(text, address, "U")
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		text = strings.ReplaceAll(text, u.Host, "HOST")
	}
	return text
}

const folderHint = " (the URL of a repository is that of the folder of its index.yaml)"

// TestBadIndex is what may answer instead of a repository. n counts the requests.
func TestBadIndex(t *testing.T) {
	index := func(entries string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "apiVersion: v1\nentries:\n"+entries)
		}
	}
	code := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hunter2", n) }
	}
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		n       int32
		want    string
	}{
		{"404", code(404), 1, "chart-repository: get U/index.yaml: 404 Not Found" + folderHint},
		{"401", code(401), 1, "chart-repository: get U/index.yaml: 401 Unauthorized (give Helm the credentials: helm repo add NAME U… --username NAME --password-stdin)"},
		{"403", code(403), 1, "chart-repository: get U/index.yaml: 403 Forbidden (give Helm the credentials: helm repo add NAME U… --username NAME --password-stdin)"},
		{"500", code(500), 3, "chart-repository: get U/index.yaml: 500 Internal Server Error"},
		{"429", code(429), 3, "chart-repository: get U/index.yaml: 429 Too Many Requests"},
		{"garbage", text("\x00\x01garbage"), 1, `chart-repository: U/index.yaml is no index of charts: it begins with "\x00\x01garbage"` + folderHint},
		{"HTML", text("<!DOCTYPE html><html>sign in</html>"), 1, `chart-repository: U/index.yaml is no index of charts: it begins with "<!DOCTYPE html><html"` + folderHint},
		{"empty", text(""), 1, `chart-repository: U/index.yaml is no index of charts: it begins with ""` + folderHint},
		{"other YAML", text("entries: {}"), 1, `chart-repository: U/index.yaml is no index of charts: it begins with "entries: {}"` + folderHint},
		{"other types", text("apiVersion: v1\nentries: [1]"), 1, `chart-repository: U/index.yaml is no index of charts: it begins with "apiVersion: v1\nentri"` + folderHint},
		{
			"alias bomb", text("apiVersion: v1\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\nentries: {web: [*f,*f,*f,*f,*f,*f,*f]}"), 1,
			`chart-repository: U/index.yaml is no index of charts: it begins with "apiVersion: v1\na: &a"` + folderHint,
		},
		{"no chart", index("  wep: [{version: 1.0.0, urls: [x.tgz]}]"), 1, `chart-version: U/ has no chart "web" (did you mean "wep"?)`},
		{
			"no version", index("  web: [{version: 0.1.0, urls: [x]}, {version: 2.1.0, urls: [x]}, {version: 0.9.0, urls: [x]}, {version: 0.8.0, urls: [x]}, {version: 2.0.0, urls: [x]}, {version: 1.0.0, urls: []}]"), 1,
			"chart-version: U has no version ^1 of web; the nearest of 5 are 2.1.0, 2.0.0, 0.9.0, 0.8.0",
		},
		{"no versions", index("  web: []"), 1, "chart-version: U has no version ^1 of web; there is none"},
		{"scheme", index("  web: [{version: 1.0.0, urls: [\"ftp://x/web.tgz\"]}]"), 1, "chart-repository: index.yaml of U/ has a URL for web that nothing can be fetched from"},
		{"loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, 10, "chart-repository: get U/index.yaml: it redirects more than 10 times"},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "apiVersion: v1")
		}, 3, "chart-repository: get U/index.yaml: the answer ends early"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for chunk := make([]byte, 1<<20); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, 1, "chart-repository: get U/index.yaml: it is larger than 64 MiB"},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 1, "chart-repository: get U/index.yaml: it did not answer within 2s (--timeout allows more)"},
		{"drips", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "#")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, 1, "chart-repository: get U/index.yaml: it did not answer within 2s (--timeout allows more)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n.Add(1)
				tc.handler(w, r)
			}))
			defer s.Close()
			o := options()
			o.Timeout = 2 * time.Second
			if got := found(t, s.URL, o); got != tc.want {
				t.Errorf("Resolve found\n%s, want\n%s", got, tc.want)
			}
			if got := n.Load(); got != tc.n {
				t.Errorf("%d requests, want %d", got, tc.n)
			}
		})
	}
}

// TestBadArchive is what may be served as an archive.
func TestBadArchive(t *testing.T) {
	good := packed(t, "web", "1.0.0")
	const begin = "chart-archive: what was fetched as web-1.0.0.tgz is not that chart: "
	for _, tc := range []struct {
		name, digest string
		data         []byte
		want         string
	}{
		{"HTML", "", []byte("<!DOCTYPE html>"), begin + `it is no gzip archive: it begins with "<!DOCTYPE html>"`},
		{"cut", "", good[:len(good)-20], begin + "it is damaged: unexpected EOF"},
		{"digest", strings.Repeat("0", 64), good, "chart-archive: web-1.0.0.tgz has sha256 " + archive.Digest(good) + ", index.yaml of U/ says " + strings.Repeat("0", 64)},
		{"other chart", "", packed(t, "db", "1.0.0"), begin + "it is db 1.0.0"},
		{"other version", "", packed(t, "web", "1.0.1"), begin + "it is web 1.0.1"},
		{"no chart", "", pack(t, map[string]string{"web/README.md": "x"}), begin + "Chart.yaml file is missing"},
		{"invalid chart", "", pack(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: x}"}), begin + `validation: chart.metadata.version "x" is invalid`},
		{
			"lacks a dependency", "", pack(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0, dependencies: [{name: db, version: ^1, repository: https://x}]}"}),
			begin + "it depends on db and does not hold them",
		},
		{"leads out", "", pack(t, map[string]string{"web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}", "web/../../x": "x"}), begin + `"web/../../x" leads out of the chart`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/index.yaml" {
					_, _ = io.WriteString(w, `{"apiVersion": "v1", "entries": {"web": [{"version": "1.0.0", "digest": "`+tc.digest+`", "urls": ["web-1.0.0.tgz"]}]}}`)
					return
				}
				_, _ = w.Write(tc.data)
			}))
			defer s.Close()
			if got := found(t, s.URL, options()); got != tc.want {
				t.Errorf("Resolve found\n%s, want\n%s", got, tc.want)
			}
		})
	}
}

// TestUnreachable is what may be wrong on the way.
func TestUnreachable(t *testing.T) {
	down := httptest.NewServer(nil)
	down.Close()
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	for _, tc := range []struct{ name, url, want string }{
		{"down", down.URL, "chart-repository: get U/index.yaml: connection refused (check the address; where a proxy leads out, HTTP_PROXY names it)"},
		{"unknown host", "http://charts.invalid", "chart-repository: get U/index.yaml: the host HOST is not known (check the address; where a proxy leads out, HTTP_PROXY names it)"},
		{"unknown authority", secure.URL, "chart-repository: get U/index.yaml: its certificate is signed by an unknown authority (helm repo add --ca-file FILE names the authority that signed it)"},
		{"registry down", "oci://" + strings.TrimPrefix(down.URL, "http://") + "/charts", "chart-repository: get U/web: connection refused (check the address; where a proxy leads out, HTTPS_PROXY names it)"},
	} {
		if got := found(t, tc.url, options()); got != tc.want {
			t.Errorf("%s: Resolve found\n%s, want\n%s", tc.name, got, tc.want)
		}
	}
}

// TestPasses: a server that fails for a while is asked again.
func TestPasses(t *testing.T) {
	var n atomic.Int32
	s := serve(t, all(t, "web@1.0.0"), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%3 != 0 {
				w.Header().Set("Content-Length", strconv.Itoa(100)) // and then nothing: the connection breaks
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	if _, findings := vendor(t, coreOf(t, "web ^1 "+s.URL), options(), false); len(findings) > 0 || n.Load() != 6 {
		t.Errorf("Resolve found %v after %d requests", findings, n.Load())
	}
}
