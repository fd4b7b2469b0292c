package apply

import (
	"strings"
	"testing"
)

// TestInit: a values repo that init has just made can be applied, and then there is nothing left to do.
func TestInit(t *testing.T) {
	for name, flags := range map[string][]string{"started": nil, "started-bare": {"--bare"}} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t, "")
			e.otomi(0, append([]string{"init", "--name", name, "--context", "e2e"}, flags...)...)
			e.otomi(0, "validate", "--all-clusters", "--secrets", "placeholder")
			e.otomi(0, "apply", "--yes")
			t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
			if got := e.kubectl("-n", "hello", "get", "configmap", "hello", "-o", "jsonpath={.data}"); !strings.Contains(got, "Hello from "+name) {
				t.Errorf("the page says %s", got)
			}
			e.otomi(0, "status")
			e.otomi(0, "diff")
			for _, r := range e.requests(func() { e.otomi(0, "apply") }) {
				if r.writes() && !strings.Contains(r.RequestURI, "/namespaces/otomi-system/") {
					t.Errorf("the second apply sent %s %s", r.Verb, r.RequestURI)
				}
			}
		})
	}
}
