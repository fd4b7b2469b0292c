package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestRebuild loses the inventory and makes it anew of what the cluster holds. The next apply finds everything as it was, and destroy
// leaves nothing.
func TestRebuild(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	labelled := strings.Replace(service, "name: web,", "name: web, labels: {app: web},", 1)
	set := h.objects(ns, crd, thing, web, config, labelled, task)
	for _, o := range set { // as rendered ones are
		o.SetLabels(map[string]string{object.LabelRelease: o.Release})
		annotations := map[string]string{object.RunlevelKey: o.Runlevel, object.SourceKey: "test/" + o.GetName()}
		maps.Copy(annotations, o.GetAnnotations())
		o.SetAnnotations(annotations)
	}
	apply := func() *Result { return must(h.run(ctx, set, ApplyOptions{})) }
	apply()
	before := must(h.Load(ctx, h.ref))
	uid := h.kubectl("get", "job", "migrate", "-n", h.name, "-o", "jsonpath={.metadata.uid}")
	h.kubectl("delete", "secret", h.name, "-n", h.ref.Namespace)
	// What looks like the set's and is not: somebody's object with its label.
	h.kubectl("create", "cm", "impostor", "-n", h.name)
	h.kubectl("label", "cm", "impostor", "-n", h.name, "applyset.kubernetes.io/part-of="+h.ref.SetID())

	built, err := h.Rebuild(ctx, h.ref)
	if err != nil || len(built.Forbidden) > 0 {
		t.Fatalf("Rebuild = %+v, %v", built, err)
	}
	var got, want []string
	for _, e := range built.Inventory.Entries {
		got = append(got, e.ID.String()+" "+e.Version+" "+e.Release+" "+e.Runlevel+" "+e.Source+" "+string(e.UID))
		if e.Created == (e.Kind == "Namespace") || e.Hash != "" {
			t.Errorf("entry %+v, want it without a hash, and made by the set unless it is a namespace", e)
		}
	}
	for _, e := range before.Entries {
		want = append(want, e.ID.String()+" "+e.Version+" "+e.Release+" "+e.Runlevel+" "+e.Source+" "+string(e.UID))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("Rebuild found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if there := must(h.Load(ctx, h.ref)); there != nil {
		t.Error("Rebuild wrote the inventory")
	}
	lock := must(h.Client.Lock(ctx, h.ref, h.lock))
	if err := h.Write(ctx, lock, built.Inventory); err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(ctx); err != nil {
		t.Fatal(err)
	}
	pods := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.metadata.generation}")
	h.wire.take()
	r := apply()
	for _, s := range h.wire.take() {
		if strings.HasPrefix(s, "DELETE") && !strings.Contains(s, "/"+inventory.DefaultNamespace+"/") {
			t.Errorf("the apply after a rebuild sent %s", s)
		}
	}
	if r.State != inventory.Ready || r.Counts["updated"] != len(before.Entries) {
		t.Errorf("the apply after a rebuild = %s %v, want every object updated", r.State, r.Counts)
	}
	if now := h.kubectl("get", "job", "migrate", "-n", h.name, "-o", "jsonpath={.metadata.uid}"); now != uid {
		t.Error("a task ran again")
	}
	if now := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.metadata.generation}"); now != pods {
		t.Errorf("the Deployment is at generation %s, was at %s", now, pods)
	}
	if r := apply(); r.Counts["unchanged"] != len(before.Entries) {
		t.Errorf("the next apply = %v, want nothing to change", r.Counts)
	}
	h.kubectl("delete", "cm", "impostor", "-n", h.name)
	if _, err := h.run(ctx, nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true }); err != nil {
		t.Fatalf("destroy = %v", err)
	}
	h.kubectl("delete", "ns", h.name, "--wait=false") // fails where destroy took the namespace, which may have been somebody's
}

// TestDamagedInventory: parts of it are gone. Nothing goes on without them; rebuild keeps what can still be read.
func TestDamagedInventory(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	inv := large(h, 30_000)
	inv.AddRun(inventory.Run{Who: "ann"})
	if err := h.save(ctx, inv); err != nil {
		t.Fatal(err)
	}
	h.kubectl("delete", "secret", inv.Shards[0], "-n", h.ref.Namespace)
	_, err := h.Load(ctx, h.ref)
	var damaged *inventory.DamagedError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), inv.Shards[0]) || !strings.Contains(err.Error(), "kubectl otomi inventory rebuild "+h.ref.String()) {
		t.Fatalf("Load without a shard = %v, want it to name the shard and the way out", err)
	}
	sets := must(h.Inventories(ctx, h.ref.Namespace))
	if i := slices.IndexFunc(sets, func(s Set) bool { return s.Ref == h.ref }); i < 0 || !errors.As(sets[i].Err, &damaged) {
		t.Errorf("the list of inventories = %+v, want it to show the damaged one", sets)
	}
	built := must(h.Rebuild(ctx, h.ref))
	if last, _ := built.Inventory.LastRun(); last.Who != "ann" || built.Inventory.Cluster.Name != "test" || len(built.Inventory.Entries) != 0 {
		t.Errorf("Rebuild = %+v, want the runs kept and nothing found", built.Inventory)
	}
	if err := h.Write(ctx, nil, built.Inventory); err != nil {
		t.Fatal(err)
	}
	if left := strings.Count(h.kubectl("get", "secret", "-n", h.ref.Namespace, "-o", "name"), "/"+h.name); left != 1 {
		t.Errorf("%d Secrets are left, want the header alone", left)
	}
	h.kubectl("patch", "secret", h.name, "-n", h.ref.Namespace, "--type=merge", "-p", `{"data":{"inventory":"bm90IGd6aXA="}}`)
	if _, err := h.Load(ctx, h.ref); !errors.As(err, &damaged) {
		t.Errorf("Load of what is not gzip = %v, want it damaged", err)
	}
	if built := must(h.Rebuild(ctx, h.ref)); h.Write(ctx, nil, built.Inventory) != nil || must(h.Load(ctx, h.ref)) == nil {
		t.Error("what is not gzip cannot be rebuilt")
	}
	h.kubectl("delete", "secret", h.name, "-n", h.ref.Namespace)
}

// large is an inventory that one Secret does not hold.
func large(h *harness, n int) *inventory.Inventory {
	inv := inventory.New(h.ref, inventory.Cluster{Name: "test"})
	entries := make([]inventory.Entry, n)
	for i := range entries {
		entries[i] = inventory.Entry{
			ID:   object.ID{Kind: "ConfigMap", Namespace: h.name, Name: fmt.Sprint("c", i)},
			Hash: inventory.Digest([]byte(fmt.Sprint(i))), UID: types.UID(inventory.Digest([]byte(fmt.Sprint("u", i)))), Version: "v1",
		}
	}
	inv.SetEntries(entries)
	return inv
}

// lostAt is a network that loses a request.
func lostAt(method, path string) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == method && strings.HasSuffix(r.URL.Path, path) {
			return nil, errors.New("killed")
		}
		return next()
	}
}

// TestKilledBetweenShardsAndHeader: the old inventory stays whole, and what the killed run left is collected by the next.
func TestKilledBetweenShardsAndHeader(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	inv := large(h, 30_000)
	if err := h.save(ctx, inv); err != nil {
		t.Fatal(err)
	}
	changed := must(h.Load(ctx, h.ref))
	for i := range changed.Entries {
		changed.Entries[i].Hash = inventory.Digest([]byte("new" + changed.Entries[i].Hash))
	}
	h.wire.break_(lostAt("PUT", "/secrets/"+h.name))
	if err := h.save(ctx, changed); err == nil {
		t.Fatal("save without the header = nil")
	}
	h.wire.break_(nil)
	read := must(h.Load(ctx, h.ref))
	if !slices.Equal(read.Entries, inv.Entries) {
		t.Error("a run that was killed before it wrote the header changed the inventory")
	}
	secrets := func() int {
		return strings.Count(h.kubectl("get", "secret", "-n", h.ref.Namespace, "-o", "name"), "/"+h.name)
	}
	if want := 1 + len(inv.Shards); secrets() <= want {
		t.Fatalf("%d Secrets, want more than %d: the killed run's shards", secrets(), want)
	}
	if err := h.save(ctx, read); err != nil || secrets() != 1+len(read.Shards) {
		t.Errorf("save = %v and leaves %d Secrets, want the header and %d shards", err, secrets(), len(read.Shards))
	}
	if err := h.Client.remove(ctx, read); err != nil || secrets() != 0 {
		t.Errorf("remove = %v and leaves %d Secrets", err, secrets())
	}
}

// TestApplySetKeepsOff: kubectl's own pruning sees that the set is another tool's.
func TestApplySetKeepsOff(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.ref.Namespace = h.name
	h.kubectl("create", "ns", h.name)
	h.mustApply(config, service)
	kubectl := must(filepath.Abs("../../bin/kubectl"))
	cmd := exec.Command(kubectl, "--kubeconfig", shared().kubeconfig, "apply", "-n", h.name, "--prune", "--applyset=secret/"+h.name, "-f", "-")
	cmd.Env = append(cmd.Environ(), "KUBECTL_APPLYSET=true")
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(config, "NAME", h.name))
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "kubectl-otomi") {
		t.Errorf("kubectl apply --applyset = %v\n%s\nwant it to refuse the tooling kubectl-otomi", err, out)
	}
	h.kubectl("get", "service", "web", "-n", h.name)
	h.Cleanup(func() { h.kubectl("delete", "ns", h.name, "--wait=false") })
}

// TestInventoriesOfWhoMaySeeOneNamespace lists what there is for somebody who may not list all namespaces.
func TestInventoriesOfWhoMaySeeOneNamespace(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	h.ref.Namespace = h.name
	h.kubectl("create", "ns", h.name)
	h.Cleanup(func() { h.kubectl("delete", "ns", h.name, "--wait=false") })
	h.mustApply(config)
	h.kubectl("create", "role", "reader", "-n", h.name, "--verb=get,list", "--resource=secrets")
	h.kubectl("create", "rolebinding", "reader", "-n", h.name, "--role=reader", "--user=rita")
	restricted := rest.CopyConfig(shared().config)
	restricted.Impersonate.UserName = "rita"
	rita, _ := connect(t, restricted)
	sets, err := rita.Inventories(ctx, "", h.name, inventory.DefaultNamespace)
	if err != nil || len(sets) != 1 || sets[0].Ref != h.ref || sets[0].Inventory.State != inventory.Ready {
		t.Errorf("Inventories = %+v, %v, want the one of the namespace", sets, err)
	}
	if _, err := rita.Inventories(ctx, "", inventory.DefaultNamespace); err == nil || !strings.Contains(err.Error(), `cannot list resource "secrets"`) {
		t.Errorf("Inventories where nothing may be seen = %v, want verb and resource", err)
	}
	all := must(h.Inventories(ctx, ""))
	if !slices.ContainsFunc(all, func(s Set) bool { return s.Ref == h.ref }) {
		t.Errorf("Inventories of all namespaces lacks %s", h.ref)
	}
	if _, err := h.run(ctx, nil, ApplyOptions{}, func(in *plan.Input) { in.Options.Destroy = true }); err != nil {
		t.Errorf("destroy = %v", err)
	}
}
