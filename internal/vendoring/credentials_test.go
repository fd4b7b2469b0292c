package vendoring_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/vendoring"
)

const password = "hunter2-hunter2"

// guarded lets only requests with the password through.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, p, _ := r.BasicAuth(); p != password {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// open refuses requests that carry credentials: they are for somebody else.
func open(t *testing.T) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s was sent credentials of another host", r.URL)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// knowing are options with a repositories.yaml.
func knowing(t *testing.T, entries ...string) vendoring.Options {
	t.Helper()
	o := options()
	o.Repositories = filepath.Join(t.TempDir(), "repositories.yaml")
	write(t, o.Repositories, "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- "+strings.Join(entries, "\n- ")+"\n")
	return o
}

func TestRepositoryCredentials(t *testing.T) {
	s := serve(t, all(t, "web@1.0.0"), guarded)
	good := knowing(t, fmt.Sprintf("{name: acme, url: %s/, username: me, password: %s}", s.URL, password))
	for _, repository := range []string{s.URL, s.URL + "/", "@acme", "alias:acme"} {
		if changes, findings := vendor(t, coreOf(t, "web ^1 "+repository), good, false); len(findings) > 0 || changes[0] != "web-1.0.0.tgz fetched" {
			t.Errorf("%s: Resolve = %v, %v", repository, changes, findings)
		}
	}
	inURL := knowing(t, fmt.Sprintf("{name: acme, url: %s}", strings.Replace(s.URL, "http://", "http://me:"+password+"@", 1)))
	if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), inURL, false); len(findings) > 0 {
		t.Errorf("Resolve found %v with the credentials in the URL", findings)
	}
	if got := found(t, "@acm", good); got != `chart-repository: Helm knows no repository "acm" (did you mean "acme"?)` {
		t.Errorf("Resolve found %s", got)
	}
	wrong := knowing(t, fmt.Sprintf("{name: acme, url: %s/, username: me, password: %s}", s.URL, "wrong"+password))
	if got := found(t, s.URL, wrong); !strings.Contains(got, "401 Unauthorized") || strings.Contains(got, password) {
		t.Errorf("Resolve found %s", got)
	}
	broken := knowing(t, "{name: acme, password: ["+password+"}")
	if got := found(t, "@acme", broken); !strings.HasSuffix(got, "is no repositories.yaml") || strings.Contains(got, password) {
		t.Errorf("Resolve found %s", got)
	}
}

// TestCredentialsStay: an archive elsewhere, by the index or by a redirect, is fetched without the repository's credentials.
func TestCredentialsStay(t *testing.T) {
	elsewhere := serve(t, all(t, "web@1.0.0"), open(t))
	for _, name := range []string{"absolute", "redirect"} {
		s := serve(t, nil, func(next http.Handler) http.Handler {
			return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/index.yaml" {
					next.ServeHTTP(w, r)
					return
				}
				http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
			}))
		})
		at := map[string]string{"absolute": elsewhere.URL + "/", "redirect": ""}[name]
		write(t, filepath.Join(s.dir, "index.yaml"), "apiVersion: v1\nentries:\n  web: [{version: 1.0.0, urls: [\""+at+"web-1.0.0.tgz\"]}]\n")
		o := knowing(t, fmt.Sprintf("{name: acme, url: %s, username: me, password: %s}", s.URL, password))
		if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), o, false); len(findings) > 0 {
			t.Errorf("%s: Resolve found %v", name, findings)
		}
		if got := elsewhere.requests(); len(got) != 1 {
			t.Errorf("%s: elsewhere was asked for %v", name, got)
		}
	}
}

// TestCredentialsEverywhere: Helm's pass_credentials_all says that the URLs of an index may have them.
func TestCredentialsEverywhere(t *testing.T) {
	elsewhere := serve(t, all(t, "web@1.0.0"), guarded)
	s := serve(t, nil, guarded)
	write(t, filepath.Join(s.dir, "index.yaml"), "apiVersion: v1\nentries:\n  web: [{version: 1.0.0, urls: [\""+elsewhere.URL+"/web-1.0.0.tgz\"]}]\n")
	o := knowing(t, fmt.Sprintf("{name: acme, url: %s, username: me, password: %s, pass_credentials_all: true}", s.URL, password))
	if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), o, false); len(findings) > 0 {
		t.Errorf("Resolve found %v", findings)
	}
	o = knowing(t, fmt.Sprintf("{name: acme, url: %s, username: me, password: %s}", s.URL, password))
	if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), o, false); !findings.Failed() {
		t.Error("the other host was sent the credentials")
	}
}

func TestTLS(t *testing.T) {
	plain := serve(t, all(t, "web@1.0.0"), nil)
	s := httptest.NewUnstartedServer(plain.Config.Handler)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	defer s.Close()
	dir := t.TempDir()
	pair := s.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	write(t, dir+"/key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	for _, tc := range []struct{ entry, want string }{
		{"caFile: D/ca.pem", ""},
		{"insecure_skip_tls_verify: true", ""},
		{"caFile: D/ca.pem, certFile: D/ca.pem, keyFile: D/key.pem", ""},
		{"caFile: D/key.pem", "chart-repository: read caFile of repository acme: D/key.pem holds no certificate"},
		{"caFile: D/none.pem", "chart-repository: read caFile of repository acme: open D/none.pem: no such file or directory"},
		{"certFile: D/ca.pem, keyFile: D/none.pem", "chart-repository: read certFile and keyFile of repository acme: open D/none.pem: no such file or directory"},
	} {
		o := knowing(t, "{name: acme, url: "+s.URL+", "+strings.ReplaceAll(tc.entry, "D", dir)+"}")
		if tc.want != "" {
			if got := strings.ReplaceAll(found(t, "@acme", o), dir, "D"); got != tc.want {
				t.Errorf("%s: Resolve found %s, want %s", tc.entry, got, tc.want)
			}
			continue
		}
		if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), o, false); len(findings) > 0 {
			t.Errorf("%s: Resolve found %v", tc.entry, findings)
		}
	}
}

// TestClientCertificate: it is shown to the repository, and to nobody that it redirects to.
func TestClientCertificate(t *testing.T) {
	files := serve(t, all(t, "web@1.0.0"), nil)
	certificates := map[string]int{}
	start := func(name string, handler http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			certificates[name] += len(r.TLS.PeerCertificates)
			handler.ServeHTTP(w, r)
		}))
		s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	other := start("other", files.Config.Handler)
	own := start("own", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	}))
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(own.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate().Raw})))
	write(t, dir+"/key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	o := knowing(t, fmt.Sprintf("{name: acme, url: %s, insecure_skip_tls_verify: true, certFile: %s/ca.pem, keyFile: %s/key.pem}", own.URL, dir, dir))
	if _, findings := vendor(t, coreOf(t, "web ^1 @acme"), o, false); len(findings) > 0 {
		t.Fatal(findings)
	}
	if certificates["own"] == 0 || certificates["other"] != 0 {
		t.Errorf("certificates shown: %v", certificates)
	}
	down := start("down", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, files.URL+r.URL.Path, http.StatusFound)
	}))
	o = knowing(t, "{name: acme, url: "+down.URL+", insecure_skip_tls_verify: true}")
	if got := found(t, "@acme", o); !strings.HasSuffix(got, "/index.yaml: it redirects from https to http") {
		t.Errorf("Resolve found %s", got)
	}
}

// TestProxy: requests go through the proxy, and its password is not shown.
func TestProxy(t *testing.T) {
	files := serve(t, all(t, "web@1.0.0"), nil)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		files.Config.Handler.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	o := options()
	o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	if _, findings := vendor(t, coreOf(t, "web ^1 http://charts.invalid/x"), o, false); !findings.Failed() || len(asked) != 1 || asked[0] != "http://charts.invalid/x/index.yaml" {
		t.Errorf("Resolve found %v, asked %v", findings, asked)
	}
	if _, findings := vendor(t, coreOf(t, "web ^1 http://charts.invalid"), o, false); len(findings) > 0 {
		t.Errorf("Resolve found %v", findings)
	}
	o.Proxy = func(*http.Request) (*url.URL, error) { return nil, errors.New("bad proxy " + password) }
	if got := found(t, "http://charts.invalid", o); !strings.HasPrefix(got, "chart-repository: get U/index.yaml: read HTTP_PROXY: want http://") || strings.Contains(got, password) {
		t.Errorf("Resolve found %s", got)
	}
}

// helper puts a credential helper on PATH.
func helper(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/docker-credential-test", []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}
