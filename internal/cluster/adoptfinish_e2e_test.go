package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

func finishing(in *plan.Input) { in.Options.AdoptFinish = true }

const (
	extra  = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: NAME}\ndata: {a: b}\n"
	secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAME}\nstringData: {password: hunter2}\n"
)

// install makes a Helm release of manifests.
func (h *harness) install(verb, release string, manifests ...string) {
	h.Helper()
	chart := h.TempDir()
	text := strings.ReplaceAll(strings.Join(manifests, "---\n"), "NAME", h.name)
	err := errors.Join(os.WriteFile(filepath.Join(chart, "Chart.yaml"), []byte("apiVersion: v2\nname: web\nversion: 1.0.0\n"), 0o600),
		os.Mkdir(filepath.Join(chart, "templates"), 0o700), os.WriteFile(filepath.Join(chart, "templates", "all.yaml"), []byte(text), 0o600))
	if err != nil {
		h.Fatal(err)
	}
	h.helm(verb, release, chart, "-n", h.name)
}

// finish finishes an adoption and holds that the records went and nothing else changed.
func (h *harness) finish(records int, manifests ...string) {
	h.Helper()
	before := h.lifeOf() + h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.metadata.generation}")
	result, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{}, finishing)
	if err != nil {
		h.Fatalf("apply --adopt-finish = %v", err)
	}
	if result.Counts["pruned"] != records || result.Counts["pruned"]+result.Counts["unchanged"]+result.Counts["kept"] != records+len(manifests) {
		h.Errorf("apply --adopt-finish = %v, want %d records pruned and nothing else", result.Counts, records)
	}
	if after := h.lifeOf() + h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.metadata.generation}"); after != before {
		h.Errorf("the end of the adoption took the Deployment from %s to %s", before, after)
	}
	h.wire.take()
	if _, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{}, finishing); err != nil {
		h.Errorf("the second apply --adopt-finish = %v", err)
	}
	for _, request := range h.wire.take() {
		if !strings.HasPrefix(request, "GET ") && !strings.Contains(request, "/leases") {
			h.Errorf("the second apply --adopt-finish sent %s", request)
		}
	}
}

// refusedToFinish wants the end of an adoption to be refused for an object that is left, and nothing to be written.
func (h *harness) refusedToFinish(owner, left string, manifests ...string) {
	h.Helper()
	_, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{}, finishing)
	left = strings.ReplaceAll(left, "NAME", h.name)
	if !errors.Is(err, plan.ErrRefused) || !strings.Contains(err.Error(), plan.RuleFinish+": "+owner+" has objects that are not this set's: "+left+" (") {
		h.Errorf("apply --adopt-finish while %s is left = %v", left, err)
	}
}

func TestAdoptFinishHelm(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.kubectl("create", "ns", h.name)
	h.install("install", "other", strings.Replace(extra, "extra", "theirs", 1))
	h.install("install", "shop", config, web, service, extra, strings.Replace(extra, "extra", "dropped", 1))
	h.install("upgrade", "shop", config, web, service, extra, secret)
	h.taken("helm:shop", ns, config, web, service)
	for name, mark := range map[string]string{"shop.v1": h.ref.String(), "shop.v2": h.ref.String(), "other.v1": ""} {
		got := h.kubectl("get", "secret", "sh.helm.release.v1."+name, "-n", h.name, "-o", `jsonpath={.metadata.annotations.otomi\.io/adopted-by}`)
		if got != mark {
			t.Errorf("release Secret %s is marked %q, want %q", name, got, mark)
		}
	}
	h.refusedToFinish("Helm release "+h.name+"/shop", "ConfigMap/NAME/extra, Secret/NAME/s", ns, config, web, service)
	h.kubectl("delete", "secret", "s", "-n", h.name)
	h.refusedToFinish("Helm release "+h.name+"/shop", "ConfigMap/NAME/extra", ns, config, web, service)
	if list := h.helm("list", "-q", "-n", h.name); list != "other\nshop\n" {
		t.Errorf("after refusals helm lists %q", list)
	}
	if _, err := h.run(context.Background(), h.objects(ns, config, web, service, extra), ApplyOptions{}, adopting("helm:shop")); err != nil {
		t.Fatal(err)
	}
	h.finish(2, ns, config, web, service, extra)
	if list := h.helm("list", "-q", "-n", h.name); list != "other\n" {
		t.Errorf("after the end of the adoption helm lists %q", list)
	}
}

// TestAdoptFinishInOneRun: what this run takes over counts, and a record that cannot be deleted yet is in the next one.
func TestAdoptFinishInOneRun(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.kubectl("create", "ns", h.name)
	h.install("install", "shop", config)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			return answer(r, http.StatusForbidden, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"secrets is forbidden"}`), nil
		}
		return next()
	})
	if _, err := h.run(context.Background(), h.objects(ns, config), ApplyOptions{}, adopting("helm"), finishing); err == nil || !strings.Contains(err.Error(), "secrets is forbidden") {
		t.Errorf("a record that may not be deleted = %v", err)
	}
	if list := h.helm("list", "-q", "-n", h.name); list != "shop\n" {
		t.Errorf("after a failure helm lists %q", list)
	}
	h.wire.break_(nil)
	result, err := h.run(context.Background(), h.objects(ns, config), ApplyOptions{}, finishing)
	if err != nil || result.Counts["pruned"] != 1 {
		t.Errorf("the next run = %v, %v", result, err)
	}
	if list := h.helm("list", "-q", "-n", h.name); list != "" {
		t.Errorf("in the end helm lists %q", list)
	}
}

// TestUnmarkableRecordsAreAWarning: who may not write to the former owner's records adopts all the same.
func TestUnmarkableRecordsAreAWarning(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.kubectl("create", "ns", h.name)
	h.install("install", "shop", config)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/secrets/sh.helm") {
			return answer(r, http.StatusForbidden, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"secrets is forbidden"}`), nil
		}
		return next()
	})
	result, err := h.run(context.Background(), h.objects(ns, config), ApplyOptions{}, adopting("helm"))
	if err != nil || result.Counts["adopted"] != 1 {
		t.Errorf("apply --adopt helm = %v, %v", result, err)
	}
	warned := false
	for _, e := range h.events {
		warned = warned || e.Type == EventWarning && strings.Contains(e.Message, "secrets is forbidden") && strings.Contains(e.Message, "helm")
	}
	if !warned {
		t.Error("nothing warns of records that cannot be marked")
	}
}

// TestAdoptFinishKapp: an app is named as people know it, and goes with the notes about its changes.
func TestAdoptFinishKapp(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	number := fmt.Sprintf("17%08d", len(h.name))
	label := `kapp.k14s.io/app: "` + number + `"`
	of := func(manifest string) string {
		return strings.NewReplacer(
			"matchLabels: {app: web}", "matchLabels: {app: web, "+label+"}", "labels: {app: web}", "labels: {app: web, "+label+"}",
			"metadata: {name:", "metadata: {labels: {"+label+"}, name:",
		).Replace(manifest)
	}
	app := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop, namespace: NAME, labels: {kapp.k14s.io/is-app: ''}}\n" +
		"data: {spec: '{\"labelKey\":\"kapp.k14s.io/app\",\"labelValue\":\"" + number + "\",\"lastChange\":{}}'}\n"
	change := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop-change-x, namespace: NAME, labels: {kapp.k14s.io/is-app-change: '', kapp.k14s.io/app-change-app: shop}}\n"
	foreign := strings.NewReplacer("shop", "blog").Replace(change)
	h.kubectl("create", "ns", h.name)
	h.kubectl("create", "--field-manager=kapp", "-f", h.file(app, change, foreign, of(web), of(extra)))
	h.kubectl("apply", "-f", h.file(of(config)))
	_, err := h.run(context.Background(), h.objects(ns, config, web), ApplyOptions{}, adopting("kapp:blog"))
	if err == nil || !strings.Contains(err.Error(), "belongs to kapp app "+h.name+"/shop (--adopt kapp:shop)") {
		t.Errorf("apply of what is kapp's = %v, want the app's name", err)
	}
	h.taken("kapp:shop", ns, config, web)
	h.refusedToFinish("kapp app "+h.name+"/shop", "ConfigMap/NAME/extra", ns, config, web)
	h.kubectl("delete", "cm", "extra", "-n", h.name)
	h.finish(2, ns, config, web)
	if left := h.kubectl("get", "cm", "-n", h.name, "-o", "name"); strings.Contains(left, "shop") || !strings.Contains(left, "blog-change-x") {
		t.Errorf("after the end of the adoption there are %s", left)
	}
}

// TestAdoptFinishKpt takes over from the real kpt.
func TestAdoptFinishKpt(t *testing.T) {
	h := e2e(t)
	kpt, err := exec.LookPath("kpt")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: kpt is not on PATH")
	}
	h.cleanup()
	dir := filepath.Dir(h.file(config, web, service, extra))
	if err := os.WriteFile(filepath.Join(dir, "Kptfile"), []byte("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: shop}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.kubectl("create", "ns", h.name)
	for _, args := range [][]string{{"install-resource-group"}, {"init", "--namespace", h.name, "--name", "shop", dir}, {"apply", dir}} {
		cmd := exec.Command(kpt, append([]string{"live"}, args...)...)
		cmd.Env = append(os.Environ(), "KUBECONFIG="+shared().kubeconfig, "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("kpt live %v: %v\n%s", args, err, out)
		}
	}
	_, err = h.run(context.Background(), h.objects(ns, config, web, service), ApplyOptions{})
	if err == nil || !strings.Contains(err.Error(), "belongs to kpt inventory "+h.name+"/shop (--adopt kpt:shop)") {
		t.Errorf("apply of what is kpt's = %v, want the inventory's name", err)
	}
	h.taken("kpt:shop", ns, config, web, service)
	h.refusedToFinish("kpt inventory "+h.name+"/shop", "ConfigMap/NAME/extra", ns, config, web, service)
	h.kubectl("delete", "cm", "extra", "-n", h.name)
	h.finish(1, ns, config, web, service)
	if left := h.kubectl("get", "resourcegroups", "-n", h.name, "-o", "name"); left != "" {
		t.Errorf("after the end of the adoption there is %s", left)
	}
	h.mustApply(ns, strings.Replace(config, "greeting: hello", "other: x", 1), web, service)
	if got := h.data(); got != `{"other":"x"}` {
		t.Errorf("a field of kpt's that is not ours any more stays: %s", got)
	}
}
