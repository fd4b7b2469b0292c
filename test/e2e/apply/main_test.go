// Package apply tests the plugin, as built, against a real API server with real controllers: bin/devcluster.
package apply

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// The cluster that all tests share. It goes down with the test binary, however that ends.
type testCluster struct {
	rig.Cluster
	kubeconfig string
	audit      string
	err        error
}

var start = sync.OnceValue(up)

func plugin() string { return rig.Bin("kubectl-otomi") }

func up() testCluster {
	c, err := rig.Up()
	return testCluster{kubeconfig: c.Kubeconfig, audit: c.Audit, Cluster: c, err: err}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if c := start(); c.err == nil {
		if err := c.Down(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// env is one test's view of the cluster: a values repo and programs that work on it.
type env struct {
	*testing.T
	dir     string
	cluster testCluster
}

// newEnv writes a values repo of an archive.
func newEnv(t *testing.T, archive string) *env {
	t.Helper()
	c := start()
	if c.err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", c.err)
	}
	e := &env{T: t, dir: t.TempDir(), cluster: c}
	e.write(archive)
	return e
}

// write adds or replaces files of the values repo.
func (e *env) write(archive string) {
	e.Helper()
	rig.Write(e.T, e.dir, archive)
}

// result is what a program printed and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

func (e *env) run(program string, args ...string) result {
	e.Helper()
	r := rig.Run(e.T, e.dir, []string{"KUBECONFIG=" + e.cluster.kubeconfig}, program, args...)
	return result{r.Stdout, r.Stderr, r.Code}
}

// otomi runs the plugin and wants an exit code.
func (e *env) otomi(code int, args ...string) result {
	e.Helper()
	r := e.run("kubectl-otomi", args...)
	if r.code != code {
		e.Fatalf("kubectl otomi %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	return r
}

// kubectl runs kubectl, which must succeed, and returns what it printed.
func (e *env) kubectl(args ...string) string {
	e.Helper()
	r := e.run("kubectl", args...)
	if r.code != 0 {
		e.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
	return strings.TrimSpace(r.stdout)
}

// gone reports whether kubectl does not find an object.
func (e *env) gone(args ...string) bool {
	e.Helper()
	r := e.run("kubectl", append([]string{"get"}, args...)...)
	return r.code != 0 && strings.Contains(r.stderr, "NotFound")
}

// eventually waits for a condition that controllers bring about.
func (e *env) eventually(what string, condition func() bool) {
	e.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.Fatalf("%s: not within a minute", what)
		}
	}
}

// request is a line of the API server's audit log.
type request struct {
	Verb       string `json:"verb"`
	UserAgent  string `json:"userAgent"`
	RequestURI string `json:"requestURI"`
	Stage      string `json:"stage"`
}

func (r request) writes() bool {
	return !slices.Contains([]string{"get", "head", "list", "watch"}, r.Verb)
}

// requests are those that the plugin sent while do ran.
func (e *env) requests(do func()) []request {
	e.Helper()
	before := e.auditSize()
	do()
	f, err := os.Open(e.cluster.audit)
	if err != nil {
		e.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	if _, err := f.Seek(before, 0); err != nil {
		e.Fatal(err)
	}
	var sent []request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			e.Fatalf("audit log: %v: %s", err, lines.Text())
		}
		if r.Stage == "ResponseComplete" && strings.HasPrefix(r.UserAgent, "kubectl-otomi") {
			sent = append(sent, r)
		}
	}
	if err := lines.Err(); err != nil {
		e.Fatal(err)
	}
	return sent
}

func (e *env) auditSize() int64 {
	info, err := os.Stat(e.cluster.audit)
	if err != nil {
		e.Fatal(err)
	}
	return info.Size()
}
