package cluster

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// TestBare: an address keeps its credentials to itself, whatever is wrong with it.
func TestBare(t *testing.T) {
	for _, c := range []struct{ host, want, user, password string }{
		{"https://kube:6443", "https://kube:6443", "", ""},
		{"kube:6443", "kube:6443", "", ""},
		{"https://kube/k8s/clusters/a@b", "", "", ""},
		{"https://kube/k8s/clusters/a%40b", "https://kube/k8s/clusters/a%40b", "", ""},
		{"http://bob:xyzzy@kube:1", "http://kube:1", "bob", "xyzzy"},
		{"https://bob:xyzzy%2F@kube/prefix", "https://kube/prefix", "bob", "xyzzy/"},
		{"https://xyzzy@kube", "https://kube", "xyzzy", ""},
		{"bob:xyzzy@kube:1", "http://kube:1", "bob", "xyzzy"},
		{"//bob:xyzzy@kube", "", "", ""},
		{"http://bob:xyzzy/xyzzy@kube", "", "", ""},
		{"http://bob:1/xyzzy@kube", "", "", ""},
		{"http://bob:xyzzy xyzzy@kube", "", "", ""},
		{"http://bob:xyzzy%zz@kube", "", "", ""},
	} {
		got, err := bare(&rest.Config{Host: c.host, BearerToken: "token"})
		switch {
		case c.want == "":
			if err == nil || strings.Contains(err.Error(), "xyzzy") || !strings.Contains(err.Error(), "no valid address") {
				t.Errorf("bare(%q) = %v, %v, want an error without the password", c.host, got, err)
			}
		case err != nil || got.Host != c.want || got.Username != c.user || got.Password != c.password || (got.BearerToken == "") != (c.user != ""):
			t.Errorf("bare(%q) = %v, %v, want %q and the credentials %q, %q", c.host, got, err, c.want, c.user, c.password)
		}
	}
}

// TestCredentialsOfAddress: they are sent, and no error shows them.
func TestCredentialsOfAddress(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "bob" || password != "xyzzy" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"gitVersion": "v1.33.1"}`)
	}))
	config := &rest.Config{Host: strings.Replace(server.URL, "://", "://bob:xyzzy@", 1)}
	if got, err := Version(t.Context(), config); got != "v1.33.1" || err != nil {
		t.Errorf("Version = %s, %v", got, err)
	}
	server.Close()
	_, err := Version(t.Context(), config)
	_, err2 := Connect(t.Context(), config, Options{Now: time.Now})
	for _, err := range []error{err, err2} {
		if err == nil || strings.Contains(err.Error(), "bob") || !strings.Contains(err.Error(), server.URL) {
			t.Errorf("error = %v, want one that names %s without credentials", err, server.URL)
		}
	}
}
