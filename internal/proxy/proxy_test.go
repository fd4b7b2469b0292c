package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/proxy"
)

// TestAnswered: a proxy that answers with pages is told from one that cannot be reached, and from a request without one.
func TestAnswered(t *testing.T) {
	status := http.StatusOK
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.invalid")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.Repeat("<html>please log in</html>", 1000))
	}))
	defer page.Close()
	ask := func(by string) error {
		u, err := url.Parse(by)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}}
		answer, err := client.Get("https://kube.invalid/version")
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	}
	for _, status = range []int{http.StatusOK, http.StatusFound, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusBadGateway} {
		if err := ask(page.URL); !proxy.Answered(err) {
			t.Errorf("Answered(%v) = false after %d", err, status)
		}
	}
	if err := ask("http://127.0.0.1:1"); proxy.Answered(err) || strings.Contains(proxy.Cause(err).Error(), "kube.invalid") {
		t.Errorf("Answered(%v) = true, Cause %v", err, proxy.Cause(err))
	}
}

// TestName: what a proxy is called holds no password.
func TestName(t *testing.T) {
	if got := proxy.Name(&url.URL{Scheme: "http", User: url.UserPassword("me", "hunter2"), Host: "proxy:3128"}); got != "http://proxy:3128" {
		t.Errorf("Name = %s", got)
	}
}
