package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

func getOptions() metav1.GetOptions { return metav1.GetOptions{} }

// received counts the objects that answers to a client hold.
type received struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (r *received) wrap(body io.ReadCloser) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(body, r), body}
}

// Write implements io.Writer.
func (r *received) Write(text []byte) (int, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.text.Write(text)
}

func (r *received) objects() int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return strings.Count(r.text.String(), `"uid":"`)
}

// TestForeignObjectsCostNothing: what the client receives grows with the set, not with the cluster, in lists and in watches.
func TestForeignObjectsCostNothing(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	const foreign, ours = 2000, 3
	set := []string{ns}
	for i := range ours {
		set = append(set, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ours-%d, namespace: NAME, annotations: {otomi.io/ready-when: \"true\"}}\n", i))
	}
	h.mustApply(ns)
	ctx := context.Background()
	var g errgroup.Group
	g.SetLimit(32)
	for i := range foreign {
		g.Go(func() error {
			m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("theirs-", i)}, Data: map[string]string{"text": strings.Repeat("x", 1000)}}
			_, err := h.core.ConfigMaps(h.name).Create(ctx, m, metav1.CreateOptions{})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	var all received
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		resp, err := next()
		if err == nil && strings.HasSuffix(r.URL.Path, "/configmaps") && r.Method == http.MethodGet {
			resp.Body = all.wrap(resp.Body)
		}
		return resp, err
	})
	result := h.mustApply(set...)
	applied := all.objects()
	following, stop := context.WithCancel(ctx)
	defer stop()
	f := h.Follow(following, result.Inventory)
	h.eventually("the status is complete", func() bool { _, complete := f.Status(ctx); return complete })
	h.kubectl("label", "cm", "-n", h.name, "theirs-1", "theirs-2", "theirs-3", "touched=yes")
	h.kubectl("label", "cm", "-n", h.name, "ours-1", "touched=yes") // when this has arrived, the others would have
	before := all.objects()
	h.eventually("the watch shows ours", func() bool { return all.objects() > applied+ours })
	if _, err := h.Status(ctx, result.Inventory); err != nil {
		t.Fatal(err)
	}
	// The apply lists before and after and watches, each time ours; so do the follower and the status.
	if got := all.objects(); got > 12*ours {
		t.Errorf("received %d ConfigMaps (%d during the apply, %d before the change was seen) with %d of ours and %d of others in the cluster",
			got, applied, before, ours, foreign)
	}
}

// TestNarrowRights: where everything at once may not be listed or watched, each namespace is, those of later runlevels too.
func TestNarrowRights(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	other := "# release other level 30\napiVersion: v1\nkind: Namespace\nmetadata: {name: NAME-b}\n---\n# release other level 30\n" +
		strings.Replace(troubled("late", "", "", plainPod), "namespace: NAME", "namespace: NAME-b", 1)
	early := troubled("early", "", "", plainPod)
	var refused atomic.Int32
	forbidden := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"forbidden by the test"}`
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.URL.Path == "/apis/apps/v1/deployments" || r.URL.Query().Get("watch") == "true" && strings.Contains(r.URL.Path, "/namespaces/"+h.name+"/") {
			refused.Add(1)
			return answer(r, 403, nil, forbidden), nil
		}
		return next()
	})
	if r := h.mustApply(ns, early, other); r.Counts["created"] != 4 {
		t.Errorf("apply = %v, want 4 created", r.Counts)
	}
	if refused.Load() < 2 {
		t.Errorf("%d requests were refused, want a list of everything and a watch", refused.Load())
	}
	if got := fmt.Sprint(h.eventsOf(EventReady)); got != "[Deployment/NAME/early Deployment/NAME-b/late]" {
		t.Errorf("ready: %s", got)
	}
}

// TestWatchesThatFail: a watch that is too old, one that goes silent and one that is cut off are each followed by a list, so that
// nothing is missed.
func TestWatchesThatFail(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	expired := `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version","reason":"Expired","code":410}}` + "\n"
	silent := func(r *http.Request) *http.Response {
		resp := answer(r, 200, nil, "")
		resp.ContentLength = -1
		resp.Body = mute{r.Context()}
		return resp
	}
	for name, watch := range map[string]func(r *http.Request) (*http.Response, error){
		"expired": func(r *http.Request) (*http.Response, error) { return answer(r, 200, nil, expired), nil },
		"gone": func(r *http.Request) (*http.Response, error) {
			return answer(r, 410, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}`), nil
		},
		"silent": func(r *http.Request) (*http.Response, error) { return silent(r), nil },
		"reset":  func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"nonsense": func(r *http.Request) (*http.Response, error) {
			return answer(r, 200, nil, `{"type":"ADDED","object":{"kind":"ConfigMap"`), nil
		},
	} {
		set := strings.Replace(config, "name: config", "name: "+name+`, annotations: {otomi.io/ready-when: "has(self.data.`+name+`)"}`, 1)
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			if _, err := h.run(ctx, h.objects(ns, set), ApplyOptions{Gate: GateNone}); err != nil {
				t.Fatal(err)
			}
			var watches atomic.Int32
			h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
				if r.URL.Query().Get("watch") == "true" && strings.HasSuffix(r.URL.Path, "/configmaps") {
					watches.Add(1)
					return watch(r)
				}
				return next()
			})
			defer h.wire.break_(nil)
			tr := newTracker(ctx, h.Client, h.ref)
			tr.pace = pace{life: 100 * time.Millisecond, grace: 200 * time.Millisecond, pause: 50 * time.Millisecond, poll: 50 * time.Millisecond, longer: time.Second}
			s := must(h.kinds.find(ctx, schema.GroupKind{Kind: "ConfigMap"}, "v1"))
			tr.follow(s, nil)
			id := object.ID{Kind: "ConfigMap", Namespace: h.name, Name: name}
			state := func() ready.State {
				u, err := h.dynamic.Resource(s.resource).Namespace(h.name).Get(ctx, name, getOptions())
				if err != nil {
					t.Fatal(err)
				}
				return tr.status(id, u.GetUID(), u.GetResourceVersion()).State
			}
			seen := func() ready.Status { tr.lock.Lock(); defer tr.lock.Unlock(); return tr.objects[id].status }
			h.eventually("the first list arrives", func() bool { return seen().Reason != "" })
			h.eventually("a watch", func() bool { return watches.Load() > 0 })
			if got := state(); got != ready.InProgress {
				t.Errorf("%s before it is filled, want InProgress", got)
			}
			h.kubectl("patch", "cm", name, "-n", h.name, "--type=merge", "-p", `{"data":{"`+name+`":"x"}}`)
			h.eventually("it is seen ready", func() bool { return state() == ready.Ready })
			h.kubectl("delete", "cm", name, "-n", h.name)
			h.eventually("it is seen gone", func() bool { return seen().State == ready.Missing })
		})
	}
}

// mute is a body that says nothing until the request is given up.
type mute struct{ ctx context.Context }

// Read implements io.Reader.
func (m mute) Read([]byte) (int, error) {
	<-m.ctx.Done()
	return 0, m.ctx.Err()
}

// Close implements io.Closer.
func (m mute) Close() error { return nil }

// TestOnlyTheNewestIsJudged: however often an object changes while another is judged, it is judged as it is.
func TestOnlyTheNewestIsJudged(t *testing.T) {
	h := e2e(t)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	tr := newTracker(ctx, h.Client, h.ref)
	s := must(h.kinds.find(ctx, schema.GroupKind{Kind: "ConfigMap"}, "v1"))
	var id object.ID
	for i := range 1000 {
		o := h.objects(strings.Replace(config, "name: config", fmt.Sprintf(`name: config, uid: u, resourceVersion: "%d", annotations: {otomi.io/ready-when: "self.metadata.resourceVersion == '1000'"}`, i+1), 1))[0]
		id = tr.see(sight{served: s, object: o.Unstructured})
	}
	h.eventually("the last is judged", func() bool { return tr.status(id, "u", "1000").State == ready.Ready })
	o := h.objects(strings.Replace(config, "name: config", `name: config, uid: u, resourceVersion: "1001"`, 1))[0]
	tr.see(sight{served: s, object: o.Unstructured, deleted: true})
	h.eventually("the deletion is judged", func() bool { return tr.status(id, "u", "1001").State == ready.Missing })
}
