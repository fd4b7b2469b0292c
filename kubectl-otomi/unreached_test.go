package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAddressesKeepTheirCredentials: neither an error nor an event, a version or a log shows the credentials in the address of a
// proxy or server, however it is given and whatever is wrong with it.
func TestAddressesKeepTheirCredentials(t *testing.T) {
	const (
		otomi      = "{apiVersion: otomi.io/v1alpha1, kind: ValuesRepo, metadata: {name: x}, spec: {core: [{source: .}], clusters: [{name: dev}]}}"
		kubeconfig = `{apiVersion: v1, kind: Config, current-context: c, users: [{name: u, user: {}}],
 contexts: [{name: c, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: "http://kube.invalid", proxy-url: '%s'}}]}`
	)
	for _, address := range []string{
		"bob:xyzzy@127.0.0.1:1", "http://bob:xyzzy@127.0.0.1:1", "http://xyzzy@127.0.0.1:1", "//bob:xyzzy@127.0.0.1:1", "ftp://bob:xyzzy@127.0.0.1:1",
		"http://bob:xyzzy/xyzzy@127.0.0.1:1", "http://bob:1/xyzzy@127.0.0.1:1", "http://bob:xyzzy xyzzy@127.0.0.1:1", `http://bob:"xyzzy\@127.0.0.1:1`,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{"otomi.yaml": otomi, "direct": fmt.Sprintf(kubeconfig, ""), "proxied": fmt.Sprintf(kubeconfig, address)} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ways := map[string][]string{
				"KUBECONFIG=proxied":    nil,
				"KUBECONFIG=direct":     {"--proxy-url", address},
				"KUBECONFIG=./direct":   {"--server", address},
				"HTTP_PROXY=" + address: {"--kubeconfig", "direct"},
			}
			for env, flags := range ways {
				for _, words := range []string{"status", "apply --yes -o jsonl", "version -v", "version -o json"} {
					cmd := exec.Command("kubectl-otomi", append(strings.Fields(words), flags...)...)
					cmd.Dir = dir
					cmd.Env = append(os.Environ(), "NO_PROXY=", env)
					said, err := cmd.CombinedOutput()
					if failed := err != nil; failed == strings.HasPrefix(words, "version") || len(said) == 0 || strings.Contains(string(said), "xyzzy") {
						t.Errorf("%s %s %s = %v, want no server and no password:\n%s", env, words, flags, err, said)
					}
				}
			}
		})
	}
}
