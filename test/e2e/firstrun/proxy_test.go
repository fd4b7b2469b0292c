package firstrun

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/proxy/proxytest"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

const behindProxy = `
-- direct --
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://kube.invalid:6443"}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
users: [{name: c, user: {}}]
current-context: c
-- proxied --
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://kube.invalid:6443", proxy-url: "http://me:hunter2@PROXY"}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
users: [{name: c, user: {}}]
current-context: c
-- posing --
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://PROXY"}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
users: [{name: c, user: {}}]
current-context: c
-- broken --
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://kube.invalid:6443", proxy-url: "http://me:hunter2@[PROXY"}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
users: [{name: c, user: {}}]
current-context: c
-- charts/Chart.yaml --
dependencies: [{name: web, version: 1.0.0, repository: "https://charts.invalid"}]
-- oci/charts/Chart.yaml --
dependencies: [{name: web, version: 1.0.0, repository: "oci://charts.invalid/x"}]
`

// TestProxyAnswers: what a proxy answers with in the place of a server is said to be the proxy's, with what to do about it.
func TestProxyAnswers(t *testing.T) {
	for _, answer := range []struct {
		status int
		kind   string
	}{{200, "text/html"}, {200, ""}, {302, "text/html"}, {403, "text/html"}, {403, ""}, {407, "text/html"}, {502, "text/html"}} {
		page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{answer.kind}
			if answer.kind == "" {
				w.Header()["Content-Type"] = nil
			}
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, "<html><script>page()</script></html>")
		}))
		defer page.Close()
		at := strings.TrimPrefix(page.URL, "http://")
		dir := t.TempDir()
		rig.Write(t, dir, valuesRepo+strings.ReplaceAll(behindProxy, "PROXY", at))
		byEnvironment := []string{"HTTPS_PROXY=http://me:hunter2@" + at, "NO_PROXY=", "KUBECONFIG=direct"}
		for _, c := range []struct {
			env  []string
			args string
			says []string
		}{
			{byEnvironment, "apply --cluster dev --yes", []string{"the proxy " + page.URL + " of HTTPS_PROXY answered instead of the server", "add kube.invalid to NO_PROXY"}},
			{byEnvironment, "version", []string{"the proxy " + page.URL + " of HTTPS_PROXY answered instead of the server"}},
			{byEnvironment, "core vendor .", []string{"the proxy " + page.URL + " answered instead of charts.invalid", "add charts.invalid to NO_PROXY"}},
			{byEnvironment, "core vendor oci", []string{"the proxy " + page.URL + " answered instead of charts.invalid", "add charts.invalid to NO_PROXY"}},
			{[]string{"KUBECONFIG=proxied"}, "status --cluster dev", []string{"the proxy " + page.URL + " of the kubeconfig's proxy-url answered instead", "correct the cluster's proxy-url in the kubeconfig"}},
			{[]string{"KUBECONFIG=direct"}, "status --cluster dev --proxy-url " + page.URL, []string{"the proxy " + page.URL + " of --proxy-url answered instead", "\ncorrect --proxy-url\n"}},
			{[]string{"KUBECONFIG=proxied"}, "version", []string{"the proxy " + page.URL + " of the kubeconfig's proxy-url answered instead"}},
			{[]string{"KUBECONFIG=posing"}, "version", []string{"it answers with a web page, as a proxy"}},
			{[]string{"KUBECONFIG=posing"}, "diff --cluster dev", []string{"it answers with a web page, as a proxy", "kubectl cluster-info"}},
			{[]string{"KUBECONFIG=broken"}, "status --cluster dev", []string{"proxy-url"}},
			{[]string{"HTTPS_PROXY=http://me:hunter2@127.0.0.1:1", "NO_PROXY=", "KUBECONFIG=direct"}, "status --cluster dev", []string{"connection refused (asked by the proxy http://127.0.0.1:1 of HTTPS_PROXY)", "NO_PROXY"}},
		} {
			r := rig.Run(t, dir, append([]string{"HOME=" + filepath.Join(dir, "home"), "PATH=" + os.Getenv("PATH")}, c.env...), "kubectl-otomi", strings.Fields(c.args)...)
			said := r.Stdout + r.Stderr
			for _, text := range c.says {
				if !strings.Contains(said, text) || strings.Contains(said, "hunter2") || strings.Contains(said, "<script>") {
					t.Errorf("%d %q, %v %s: want %q, no password and no page:\n%s", answer.status, answer.kind, c.env, c.args, text, said)
				}
			}
		}
	}
}

// TestProxyEnds: a proxy that ends the connection, with a page too short to be seen or without, is named with what to do about it.
func TestProxyEnds(t *testing.T) {
	dir := t.TempDir()
	rig.Write(t, dir, valuesRepo+behindProxy)
	for at, says := range map[string]string{proxytest.ShortPage(t): "the connection ended without an answer", "127.0.0.1:1": "connection refused"} {
		for _, args := range []string{"status --cluster dev", "apply --cluster dev --yes", "version", "core vendor .", "core vendor oci"} {
			env := []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "HTTPS_PROXY=http://me:hunter2@" + at, "NO_PROXY=", "KUBECONFIG=direct"}
			r := rig.Run(t, dir, env, "kubectl-otomi", strings.Fields(args)...)
			said := r.Stdout + r.Stderr
			for _, text := range []string{says, "(asked by the proxy http://" + at + " of HTTPS_PROXY)", ".invalid to NO_PROXY"} {
				if !strings.Contains(said, text) && !(args == "version" && strings.HasSuffix(text, "NO_PROXY")) || strings.Contains(said, "hunter2") {
					t.Errorf("%s by %s: want %q and no password:\n%s", args, at, text, said)
				}
			}
		}
	}
}
