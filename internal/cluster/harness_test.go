package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// testCluster is one real cluster for all tests of the package; it ends with the test program, however that ends.
type testCluster struct {
	state      string
	kubeconfig string
	config     *rest.Config
	err        error
}

var shared = sync.OnceValue(startCluster)

const devcluster = "../../bin/devcluster"

func startCluster() testCluster {
	state, err := os.MkdirTemp("", "otomi-cluster-test-")
	if err != nil {
		return testCluster{err: err}
	}
	up := exec.Command(devcluster, "up", "--state", state, "--until-exit-of", fmt.Sprint(os.Getpid()), "--print-kubeconfig")
	var said bytes.Buffer
	up.Stderr = &said
	path, err := up.Output()
	if err != nil {
		return testCluster{state: state, err: fmt.Errorf("start devcluster: %w: %s", err, said.String())}
	}
	kubeconfig := strings.TrimSpace(string(path))
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	return testCluster{state: state, kubeconfig: kubeconfig, config: config, err: err}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if _, err := os.Stat(devcluster); err == nil && started.Load() {
		_ = exec.Command(devcluster, "down", "--state", shared().state).Run()
		_ = os.RemoveAll(shared().state)
	}
	os.Exit(code)
}

var started atomic.Bool

// harness is a test's own set in the shared cluster.
type harness struct {
	*testing.T
	*Client
	wire   *wire
	ref    inventory.Ref
	name   string // of the set, and what the names of its cluster-scoped objects begin with
	events []Event
	lock   LockOptions
}

// e2e connects to the shared cluster, or skips the test when there is none. With OTOMI_E2E set there has to be one.
func e2e(t *testing.T) *harness {
	t.Helper()
	need(t)
	t.Parallel() // every test has a set and namespaces of its own
	return newHarness(t)
}

// need skips the test when there is no cluster.
func need(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(devcluster); err != nil {
		if os.Getenv("OTOMI_E2E") != "" {
			t.Fatalf("OTOMI_E2E is set, but bin/devcluster is missing: make bin/devcluster (%v)", err)
		}
		t.Skip("SKIPPED, NOT TESTED: bin/devcluster is missing; make bin/devcluster")
	}
	started.Store(true)
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	cluster := shared()
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	name := "t-" + strings.ToLower(strings.NewReplacer("_", "-", "/", "-").Replace(t.Name()))
	h := &harness{T: t, name: name, ref: inventory.Ref{Namespace: inventory.DefaultNamespace, Name: name}}
	h.lock.Holder = "test"
	h.Client, h.wire = connect(t, cluster.config)
	return h
}

// together runs subtests at the same time, more of them than there are cores: what they do is wait for the cluster. The
// function gets a harness of its own for each.
func together(t *testing.T, atATime int, names []string, test func(h *harness, name string)) {
	t.Helper()
	need(t)
	var g errgroup.Group
	g.SetLimit(atATime)
	for _, name := range names {
		g.Go(func() error {
			t.Run(name, func(t *testing.T) { test(newHarness(t), name) })
			return nil
		})
	}
	_ = g.Wait()
}

// connect makes a client whose requests are recorded and can be made to fail.
func connect(t *testing.T, config *rest.Config) (*Client, *wire) {
	t.Helper()
	config, w := rest.CopyConfig(config), &wire{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return tap{w, next} })
	c, err := Connect(context.Background(), config, Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

// wire records requests and lets a test stand between client and server.
type wire struct {
	lock sync.Mutex
	sent []string
	// fault may answer or fail a request, or call next; nil: next.
	fault func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error)
}

// tap is where the wire is put into one of the client's transports.
type tap struct {
	*wire
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w tap) RoundTrip(r *http.Request) (*http.Response, error) {
	w.lock.Lock()
	w.sent = append(w.sent, r.Method+" "+r.URL.Path+" "+r.URL.RawQuery)
	fault := w.fault
	w.lock.Unlock()
	next := func() (*http.Response, error) { return w.next.RoundTrip(r) }
	if fault == nil {
		return next()
	}
	return fault(r, next)
}

func (w *wire) break_(fault func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error)) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.fault = fault
}

// take returns the requests since the last call.
func (w *wire) take() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

func answer(r *http.Request, code int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// objects reads manifests. NAME in them is the set's name; a document that begins with a comment `# release R level NN` is of
// that release and runlevel, others of "main" in 20.
func (h *harness) objects(manifests ...string) []object.Object {
	h.Helper()
	var all []object.Object
	for _, m := range manifests {
		m = strings.ReplaceAll(m, "NAME", h.name)
		for _, doc := range strings.Split(m, "\n---\n") {
			release, level := "main", "20"
			if first, _, _ := strings.Cut(strings.TrimSpace(doc), "\n"); strings.HasPrefix(first, "# release ") {
				if _, err := fmt.Sscanf(first, "# release %s level %s", &release, &level); err != nil {
					h.Fatal(err)
				}
			}
			objects, findings := object.Parse("test.yaml", []byte(doc))
			if err := findings.Err(); err != nil {
				h.Fatal(err)
			}
			for _, o := range objects {
				o.Release, o.Runlevel = release, level
				all = append(all, o)
			}
		}
	}
	return all
}

// makePlan plans as the command would.
func (h *harness) makePlan(desired []object.Object, change ...func(*plan.Input)) (*plan.Plan, error) {
	h.Helper()
	ctx := context.Background()
	id, err := h.Identify(ctx)
	if err != nil {
		return nil, err
	}
	inv, err := h.Load(ctx, h.ref)
	if err != nil {
		return nil, err
	}
	in := plan.Input{Ref: h.ref, Inventory: inv, Desired: desired, Cluster: plan.Cluster{Name: "test"}, Options: plan.Options{Now: time.Now()}}
	for _, c := range change {
		c(&in)
	}
	if in.Options.Destroy {
		in.Desired = nil
	}
	observed, findings, err := h.Observe(ctx, Question{Ref: h.ref, Inventory: inv, Desired: in.Desired, Finish: in.Options.AdoptFinish, Identity: id})
	if err := errors.Join(err, findings.Err()); err != nil {
		return nil, err
	}
	in.Observed = observed
	return plan.Make(in)
}

// run does what `apply` does: plan, preflight, lock, apply.
func (h *harness) run(ctx context.Context, desired []object.Object, options ApplyOptions, change ...func(*plan.Input)) (result *Result, err error) {
	h.Helper()
	p, err := h.makePlan(desired, change...)
	if err != nil {
		return nil, err
	}
	findings, err := h.Preflight(ctx, p, options.Force)
	if err := errors.Join(findings.Err(), err); err != nil {
		return nil, err
	}
	lock, err := h.Client.Lock(ctx, h.ref, h.lock)
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, lock.Release(context.Background()))
	}()
	options.Lock = lock
	h.events = nil
	start := time.Now()
	return h.Client.Apply(ctx, p, options, func(e Event) {
		h.events = append(h.events, e)
		if testing.Verbose() {
			what := ""
			if e.Object != nil {
				what = e.Object.String()
			}
			h.Logf("%6.2fs %-8s %s %s %s %v", time.Since(start).Seconds(), e.Type, what, e.State, e.Message, e.Counts)
		}
	})
}

// mustApply applies and fails the test if that fails.
func (h *harness) mustApply(manifests ...string) *Result {
	h.Helper()
	result, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{})
	if err != nil {
		h.Fatalf("apply = %v", err)
	}
	return result
}

// cleanup destroys the set when the test ends, so that tests do not slow each other down.
func (h *harness) cleanup() {
	h.Cleanup(func() {
		h.wire.break_(nil)
		_, err := h.run(context.Background(), nil, ApplyOptions{}, func(in *plan.Input) {
			in.Options.Destroy = true
			in.Options.Approvals = []plan.Approval{{Rule: plan.RulePruneNamespace}, {Rule: plan.RulePruneData}, {Rule: plan.RulePruneCRD}}
		})
		if err != nil {
			h.Errorf("destroy = %v", err)
		}
	})
}

// kubectl runs the real thing against the cluster and returns what it prints.
func (h *harness) kubectl(args ...string) string {
	h.Helper()
	kubectl, err := filepath.Abs("../../bin/kubectl")
	if err != nil {
		h.Fatal(err)
	}
	cmd := exec.Command(kubectl, append([]string{"--kubeconfig", shared().kubeconfig}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.Fatalf("kubectl %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// eventually tries until it is true or 20 seconds are over.
func (h *harness) eventually(what string, is func() bool) {
	h.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if is() {
			return
		}
	}
	h.Fatalf("%s does not come true", what)
}

func (h *harness) eventsOf(t EventType) []string {
	var list []string
	for _, e := range h.events {
		if e.Type == t && e.Object != nil {
			list = append(list, strings.ReplaceAll(e.Object.String(), h.name, "NAME"))
		}
	}
	return list
}

func hasHint(err error, hint string) bool {
	var findings diag.Findings
	return errors.As(err, &findings) && slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Hint == hint })
}

func hasRule(err error, rule string) bool {
	var findings diag.Findings
	if !errors.As(err, &findings) {
		return false
	}
	for _, f := range findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}
