package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// fault stands between client and server; it lasts as long as one run.
type fault func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error)

// calamity is what happens to a run.
type calamity struct {
	fault fault
	// fails is what the run has to say when it cannot be expected to complete; the next one, without the fault, has to complete
	// in any case.
	fails string
}

// first lets the first n requests of each kind that it is about fail.
func first(n int, about func(*http.Request) bool, fail fault) fault {
	var lock sync.Mutex
	seen := map[string]int{}
	return func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		key := r.Method + r.URL.Path
		lock.Lock()
		hit := about(r) && seen[key] < n
		if hit {
			seen[key]++
		}
		lock.Unlock()
		if hit {
			return fail(r, next)
		}
		return next()
	}
}

// after lets everything fail once n writes went through.
func after(n int, fail fault) fault {
	var lock sync.Mutex
	count := 0
	return func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		lock.Lock()
		failing := count >= n
		if writes(r) {
			count++
		}
		lock.Unlock()
		if failing {
			return fail(r, next)
		}
		return next()
	}
}

func every(*http.Request) bool { return true }

func ofObjects(r *http.Request) bool { return writes(r) && r.Method == http.MethodPatch }

func ofInventory(r *http.Request) bool {
	return writes(r) && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/secrets/")
}

// refuses answers with a Status.
func refuses(code int, reason, message string, header ...string) fault {
	return func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		body := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":%q}`, reason, code, message)
		return answer(r, code, h, body), nil
	}
}

func loses(_ *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
	if res, err := next(); err == nil {
		_ = res.Body.Close()
	}
	return nil, fmt.Errorf("read tcp: %w", syscall.ECONNRESET)
}

func resets(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return nil, fmt.Errorf("write tcp: %w", syscall.ECONNRESET)
}

// lags delays everything, about as a tenth of a server that takes 5 s does; locks are as much shorter.
func lags(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
	if !sleep(r.Context(), 250*time.Millisecond) {
		return nil, r.Context().Err()
	}
	return next()
}

// pages makes the server hand lists out object by object, and forget them after the first page.
func pages(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
	q := r.URL.Query()
	if r.Method != http.MethodGet || q.Get("limit") == "" {
		return next()
	}
	if q.Get("continue") != "" {
		return refuses(410, "Expired", "The provided continue parameter is too old")(r, next)
	}
	q.Set("limit", "1")
	r.URL.RawQuery = q.Encode()
	return next()
}

// TestCalamities lets a run meet what servers and networks do to runs. Either it completes or it says clearly that it does not,
// and then the next one does. Cluster and inventory end as after a run that nothing happened to.
func TestCalamities(t *testing.T) {
	need(t)
	t.Parallel()
	surplus := strings.Replace(config, "name: config", "name: surplus", 1)
	s := scenario{before: []string{ns, config, surplus}, after: []string{ns, strings.Replace(config, "hello", "bye", 1), service}}
	var clean snapshot
	t.Run("none", func(t *testing.T) {
		h := newHarness(t)
		h.begin(s)
		if err := h.attempt(context.Background(), s, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		clean = h.snapshot()
	})
	calamities := map[string]calamity{
		"answer lost":       {fault: first(1, writes, loses)},
		"connection reset":  {fault: first(1, every, resets)},
		"too many requests": {fault: first(1, every, refuses(429, "TooManyRequests", "busy", "Retry-After", "1"))},
		"500 burst":         {fault: first(3, writes, refuses(500, "InternalError", "etcdserver: leader changed"))},
		"503 burst":         {fault: first(3, writes, refuses(503, "ServiceUnavailable", "apiserver is shutting down"))},
		"webhook down":      {fault: first(3, ofObjects, refuses(500, "InternalError", `failed calling webhook "w.example.com": connection refused`))},
		"webhook down for good": {
			fault: first(forever, ofObjects, refuses(500, "InternalError", `failed calling webhook "w.example.com": connection refused`)),
			fails: `failed calling webhook "w.example.com"`,
		},
		"conflict":              {fault: first(1, ofObjects, refuses(409, "Conflict", "the object has been modified"))},
		"conflict of inventory": {fault: first(1, ofInventory, refuses(409, "Conflict", "the object has been modified")), fails: "was changed by another run"},
		"latency":               {fault: lags},
		"expired lists":         {fault: pages},
		"expired token":         {fault: after(3, refuses(401, "Unauthorized", "Unauthorized")), fails: "Unauthorized"},
		"network gone":          {fault: after(3, resets), fails: "connection reset"},
	}
	together(t, 6, slices.Sorted(maps.Keys(calamities)), func(h *harness, name string) {
		c := calamities[name]
		h.begin(s)
		h.lock = quick()
		h.wire.break_(c.fault)
		err := h.attempt(context.Background(), s, ApplyOptions{RetryTimeout: 5 * time.Second})
		h.wire.break_(nil)
		switch {
		case c.fails == "" && err != nil:
			h.Errorf("apply = %v, want it to complete", err)
		case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
			h.Errorf("apply = %v, want it to say %q", err, c.fails)
		case c.fails != "":
			h.again(s)
		}
		h.same(name, clean)
		h.nothingLeft(name, h.desired(s), s.change(1))
	})
}

// stale makes discovery of one API group fail, as it does when whoever serves it does not answer.
func stale(group string) fault {
	return func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/apis/"+group) {
			return refuses(503, "ServiceUnavailable", "the server is currently unable to handle the request")(r, next)
		}
		res, err := next()
		if err != nil || r.URL.Path != "/apis" {
			return res, err
		}
		defer res.Body.Close()
		var list map[string]any
		if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
			return nil, err
		}
		items, _ := list["items"].([]any)
		for _, item := range items {
			g := item.(map[string]any)
			if g["metadata"].(map[string]any)["name"] != group {
				continue
			}
			for _, v := range g["versions"].([]any) {
				v.(map[string]any)["freshness"] = "Stale"
				delete(v.(map[string]any), "resources")
			}
		}
		body, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		res.Header.Del("Content-Length")
		return res, nil
	}
}

// TestPartialDiscovery: what cannot be seen for a while is neither pruned nor forgotten.
func TestPartialDiscovery(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, crd, thing, config)
	uid := func() types.UID {
		inv := must(h.Load(context.Background(), h.ref))
		for _, e := range inv.Entries {
			if e.Kind == "Thing" {
				return e.UID
			}
		}
		return ""
	}
	before := uid()
	h.wire.break_(stale(h.name + ".example.com"))
	for _, set := range [][]string{{ns, crd, thing, config}, {ns, crd, config}, {ns, config}} {
		_, err := h.run(context.Background(), h.objects(set...), ApplyOptions{})
		if err == nil || !strings.Contains(err.Error(), h.name+".example.com") {
			t.Errorf("apply while the group does not answer = %v, want an error that names it", err)
		}
		if got := uid(); got != before {
			t.Errorf("the inventory has uid %q for the resource, want %q", got, before)
		}
	}
	h.wire.break_(nil)
	h.kubectl("get", "things."+h.name+".example.com", "t", "-n", h.name)
	if r := h.mustApply(ns, crd, config); r.Counts["pruned"] != 1 || r.Counts["unchanged"] != 3 {
		t.Errorf("apply when it answers again = %v, want 1 pruned and 3 unchanged", r.Counts)
	}
}

// TestBrokenWatches: readiness is noticed although watches expire at once, break off or say nothing, and no watch that ends is
// followed by another at once.
func TestBrokenWatches(t *testing.T) {
	const gone = `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"too old resource version"}}`
	faults := map[string]fault{
		"refused": refuses(410, "Expired", "too old resource version"),
		"expired": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answer(r, 200, nil, gone+"\n"), nil
		},
		"forbidden": refuses(403, "Forbidden", `jobs.batch is forbidden: User "x" cannot watch resource "jobs"`),
		"broken": func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
			return nil, errors.New("http2: client connection lost")
		},
		"closed": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answer(r, 200, nil, ""), nil
		},
		"silent": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			res := answer(r, 200, nil, "")
			res.Body, res.ContentLength = mute{r.Context()}, -1
			return res, nil
		},
	}
	slow := strings.Replace(task, "job-duration: 1s", "job-duration: 5s", 1)
	together(t, 6, slices.Sorted(maps.Keys(faults)), func(h *harness, name string) {
		h.Cleanup(h.sweep)
		var broken atomic.Int64
		h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
			if r.URL.Query().Get("watch") == "" {
				return next()
			}
			broken.Add(1)
			return faults[name](r, next)
		})
		start := time.Now()
		h.mustApply(ns, slow, config)
		pauses := int64(time.Since(start) / defaultPace().pause)
		if got := fmt.Sprint(h.eventsOf(EventReady)); !strings.Contains(got, "Job/NAME/migrate") || broken.Load() == 0 {
			h.Errorf("ready %s after %d broken watches, want the Job", got, broken.Load())
		}
		if most := 2 * (pauses + 1); broken.Load() > most {
			h.Errorf("%d watches of two kinds in %d pauses, want %d at most", broken.Load(), pauses, most)
		}
	})
}
