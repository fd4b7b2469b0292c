package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// scenario is a run that is made to crash.
type scenario struct {
	given   []string            // what people and controllers made before the first run
	before  []string            // what was applied before the run
	between []string            // what was applied after that
	memory  [2]inventory.Memory // what charts remembered before and after
	after   []string            // what the run applies; nil: it destroys the set
	back    bool                // or it goes back to the first run
	litter  bool                // a run that is killed when its work is done may leave Secrets to the next one that has work to do
	writes  int                 // that the run sends at least, so that none is left out unnoticed
}

// scenarios hold every kind of write that a run sends: namespaces, definitions and their resources, what is created, updated,
// adopted, pruned, recreated, handed over, hooks of all phases, the lock, the inventory and its shards.
func scenarios() map[string]scenario {
	quick := strings.Replace(task, "{devcluster.otomi.io/job-duration: 1s}", "{}", 1)
	second := strings.ReplaceAll(ns, "NAME", "NAME-2")
	named := func(manifest, name string) string { return strings.Replace(manifest, "name: config", "name: "+name, 1) }
	none := strings.Replace(web, "replicas: 3", "replicas: 0", 1)
	space := "# release space level 10\n" + ns
	leaving := []string{
		config, service, chartJob("before", "pre-delete", "hook-succeeded"), chartJob("after", "post-delete", ""),
	}
	annotate := func(m string) string {
		return strings.Replace(m, "metadata: {", "metadata: {annotations: {otomi.io/on-immutable: recreate}, ", 1)
	}
	random := rand.New(rand.NewPCG(1, 2))
	large := func(release string) (m inventory.Memory) {
		for i := range 2 {
			noise := make([]byte, inventory.ShardLimit*7/10)
			for at := range noise {
				noise[at] = byte('A' + random.IntN(64))
			}
			m.Values = append(m.Values, inventory.Remembered{Call: inventory.Call{Release: release, Function: "randAscii", Order: i}, Value: string(noise)})
		}
		return m
	}
	return map[string]scenario{
		"changed": {
			given:  []string{named(config, "found")},
			before: []string{ns, config, named(config, "surplus"), quick, none},
			after: []string{
				ns, second, strings.Replace(config, "hello", "bye", 1), named(config, "found"), service,
				strings.Replace(quick, "[one]", "[two]", 1), none, scaler,
			},
			writes: 14,
		},
		"first":     {after: []string{ns, crd, thing, config}, writes: 8},
		"shards":    {before: []string{ns}, memory: [2]inventory.Memory{large("a"), {}}, after: []string{ns, config}, litter: true, writes: 8},
		"destroyed": {before: []string{ns, second, crd, thing, config, service}, writes: 10},
		"installed with hooks": {
			after:  []string{space, chartJob("pre", "pre-install", ""), config, chartJob("post", "post-install", "hook-succeeded")},
			writes: 8,
		},
		"upgraded with hooks": {
			before: []string{space, chartJob("pre", "pre-upgrade", ""), config, chartJob("post", "post-install,post-upgrade", "")},
			after: []string{
				space, chartJob("pre", "pre-upgrade", ""), strings.Replace(config, "hello", "bye", 1),
				chartJob("post", "post-install,post-upgrade", ""),
			},
			writes: 8,
		},
		"pruned with hooks":    {before: append([]string{space, second, crd, thing}, leaving...), after: []string{space}, writes: 12},
		"destroyed with hooks": {before: append([]string{ns}, leaving...), writes: 10},
		"recreated": {
			before: []string{ns, frozen, none, stateful},
			after: []string{
				ns, annotate(strings.Replace(frozen, "a: b", "a: c", 1)), annotate(strings.ReplaceAll(none, "app: web", "app: new")),
				annotate(strings.Replace(stateful, "serviceName: db", "serviceName: db2", 1)),
			},
			writes: 10,
		},
		"rolled back": {
			before:  []string{ns, config, service, none},
			between: []string{ns, configTwo, strings.Replace(none, "web:1", "web:2", 1), other},
			back:    true, writes: 8,
		},
	}
}

// still is a lock that is not renewed while a run of this test lasts, so that the run's writes can be counted.
func still() LockOptions {
	return LockOptions{Holder: "test", Expiry: time.Second, Renew: time.Minute, Grace: time.Minute}
}

// TestCrashAtEveryWrite kills a run before its first write and after each of its writes in turn. Running the same again has to end
// as a run that was not killed.
func TestCrashAtEveryWrite(t *testing.T) {
	for name, s := range scenarios() {
		t.Run(name, func(t *testing.T) {
			need(t)
			t.Parallel()
			var clean snapshot
			writes := 0
			t.Run("clean", func(t *testing.T) {
				h := newHarness(t)
				h.begin(s)
				writes = h.crash(s, forever)
				clean = h.snapshot()
				h.nothingLeft("after a clean run", h.desired(s), s.change(1))
			})
			if writes < s.writes {
				t.Fatalf("the run makes %d writes, want %d or more", writes, s.writes)
			}
			var cuts []string
			for n := range writes + 1 {
				cuts = append(cuts, fmt.Sprint("after ", n))
			}
			together(t, 6, cuts, func(h *harness, cut string) {
				var n int
				if _, err := fmt.Sscanf(cut, "after %d", &n); err != nil {
					h.Fatal(err)
				}
				h.begin(s)
				if sent := h.crash(s, n); sent < n && n <= s.writes {
					h.Errorf("the run ended before write %d: after %d", n, sent)
				}
				h.again(s)
				if s.litter && slices.Contains(h.snapshot(), leftBehind) {
					h.tidied(s)
				}
				h.same("killed "+cut+" writes", clean)
				h.nothingLeft("killed "+cut+" writes", h.desired(s), s.change(1))
			})
		})
	}
}

// change is the plan's input of the first or the second run.
func (s scenario) change(run int) func(*plan.Input) {
	return func(in *plan.Input) {
		in.Options.Adopt.Unowned = len(s.given) > 0
		in.Memory = &s.memory[run]
		in.Options.Destroy = run == 1 && s.after == nil && !s.back
	}
}

func (h *harness) desired(s scenario) []object.Object {
	h.Helper()
	if s.back {
		return h.stored(1)
	}
	return h.objects(s.after...)
}

// begin brings the set to where the run sets out from.
func (h *harness) begin(s scenario) {
	h.Helper()
	h.lock = still()
	h.Cleanup(h.sweep)
	for _, set := range [][]string{s.before, s.between} {
		if set == nil {
			continue
		}
		if _, err := h.run(context.Background(), h.objects(set...), ApplyOptions{}, s.change(0)); err != nil {
			h.Fatalf("apply = %v", err)
		}
	}
	for _, o := range h.objects(s.given...) {
		resource := h.dynamic.Resource(must(h.kinds.find(context.Background(), o.GroupVersionKind().GroupKind(), "v1")).resource)
		if _, err := resource.Namespace(o.GetNamespace()).Create(context.Background(), o.Unstructured, metav1.CreateOptions{FieldManager: "kubectl-create"}); err != nil {
			h.Fatalf("create %s: %v", o.ID(), err)
		}
	}
}

// forever is more writes than a run sends.
const forever = 1000

// crash kills a run when the server has carried out n of its writes: the answer to the last of them does not arrive, and no
// request passes any more. It returns how many writes the server saw. As if killed, nobody releases the lock and nobody writes
// down how it ended.
func (h *harness) crash(s scenario, n int) int {
	h.Helper()
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	var lock sync.Mutex
	count, dead := 0, false
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		lock.Lock()
		write := writes(r)
		dead = dead || write && count == n
		passes, last := !dead, false
		if passes && write {
			count++
			last = count == n
		}
		lock.Unlock()
		if passes && !last {
			return next()
		}
		if last {
			if res, err := next(); err == nil {
				_ = res.Body.Close()
			}
			lock.Lock()
			dead = true
			lock.Unlock()
		}
		kill()
		return nil, errors.New("killed")
	})
	if err := h.attempt(ctx, s, ApplyOptions{RetryTimeout: time.Millisecond}); n == forever && err != nil {
		h.Fatalf("the clean run = %v", err)
	}
	lock.Lock()
	defer lock.Unlock()
	return count
}

// attempt does what `apply` does and returns everything that goes wrong.
func (h *harness) attempt(ctx context.Context, s scenario, options ApplyOptions) error {
	h.Helper()
	p, err := h.makePlan(h.desired(s), s.change(1))
	if err != nil {
		return err
	}
	if findings, err := h.Preflight(ctx, p, false); err != nil || findings.Failed() {
		return errors.Join(err, findings.Err())
	}
	options.Lock, err = h.Client.Lock(ctx, h.ref, h.lock)
	if err != nil {
		return err
	}
	_, err = h.Client.Apply(ctx, p, options, nil)
	return errors.Join(err, options.Lock.Release(ctx))
}

// again is the same command once more, by a process of its own.
func (h *harness) again(s scenario) {
	h.Helper()
	h.Client, h.wire = connect(h.T, shared().config)
	h.lock = quick()
	if _, err := h.run(context.Background(), h.desired(s), ApplyOptions{}, s.change(1)); err != nil {
		h.Fatalf("the same run again = %v", err)
	}
}

// tidied lets a run change something and change it back.
func (h *harness) tidied(s scenario) {
	h.Helper()
	other := s
	other.after = append(slices.Clone(s.after), service)
	h.again(other)
	h.again(s)
}

// sweep asks for the deletion of what a test made, and waits for nothing.
func (h *harness) sweep() {
	h.wire.break_(nil)
	ctx := context.Background()
	for _, name := range []string{h.name, h.name + "-2"} {
		_ = h.core.Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
	}
	for _, r := range h.residents() {
		if r.Resource == "customresourcedefinitions" {
			_ = h.dynamic.Resource(r).Delete(ctx, "things."+h.name+".example.com", metav1.DeleteOptions{})
		}
	}
	_ = h.core.Secrets(h.ref.Namespace).Delete(ctx, h.ref.Name, metav1.DeleteOptions{})
	_ = h.core.Secrets(h.ref.Namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: inventory.LabelShardOf + "=" + h.ref.SetID()})
	_ = h.leases.Leases(h.ref.Namespace).Delete(ctx, h.ref.Name, metav1.DeleteOptions{})
}
