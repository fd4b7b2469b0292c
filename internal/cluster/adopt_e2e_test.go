package cluster

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

func adopting(values ...string) func(*plan.Input) {
	return func(in *plan.Input) {
		adopt, err := plan.ParseAdopt(values)
		if err != nil {
			panic(err)
		}
		in.Options.Adopt = adopt
	}
}

// file writes manifests as they stand in tests to a file.
func (h *harness) file(manifests ...string) string {
	h.Helper()
	path := filepath.Join(h.TempDir(), "m.yaml")
	text := strings.ReplaceAll(strings.Join(manifests, "\n---\n"), "NAME", h.name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
	return path
}

func (h *harness) helm(args ...string) string {
	h.Helper()
	helm, err := filepath.Abs("../../bin/helm")
	if err != nil {
		h.Fatal(err)
	}
	out, err := exec.Command(helm, append([]string{"--kubeconfig", shared().kubeconfig}, args...)...).CombinedOutput()
	if err != nil {
		h.Fatalf("helm %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// lifeOf is what changes when the Deployment is made anew, or its Pods are. Its generation counts annotations, too.
func (h *harness) lifeOf() string {
	h.Helper()
	return h.kubectl("get", "deploy", "web", "-n", h.name, "-o", `jsonpath={.metadata.uid} {.metadata.annotations.deployment\.kubernetes\.io/revision} {.spec}`)
}

func (h *harness) data() string {
	h.Helper()
	return h.kubectl("get", "cm", "config", "-n", h.name, "-o", "jsonpath={.data}")
}

// taken adopts and holds that nothing was made anew, restarted, pruned or left half done.
func (h *harness) taken(adopt string, manifests ...string) {
	h.Helper()
	h.eventually("the Deployment has its first revision", func() bool { return strings.Contains(h.lifeOf(), " 1 ") })
	before := h.lifeOf()
	_, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{})
	if !errors.Is(err, plan.ErrConflict) || !strings.Contains(err.Error(), "--adopt") {
		h.Fatalf("apply without --adopt = %v, want a conflict that names the flag", err)
	}
	result, err := h.run(context.Background(), h.objects(manifests...), ApplyOptions{}, adopting(adopt))
	if err != nil {
		h.Fatalf("apply --adopt %s = %v", adopt, err)
	}
	if result.Counts["adopted"] == 0 || result.Counts["pruned"]+result.Counts["recreated"] > 0 {
		h.Errorf("apply --adopt %s = %v", adopt, result.Counts)
	}
	if after := h.lifeOf(); after != before {
		h.Errorf("adoption took the Deployment from %s to %s", before, after)
	}
	h.wire.take()
	if result = h.mustApply(manifests...); result.Counts["unchanged"]+result.Counts["kept"] != len(manifests) {
		h.Errorf("the apply after an adoption = %v: %v", result.Counts, reasons(must(h.makePlan(h.objects(manifests...)))))
	}
}

func TestAdoptFromKubectlApply(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	more := strings.Replace(config, "greeting: hello", "greeting: hello, later: x, old: z", 1)
	ours := strings.Replace(config, "greeting: hello", "greeting: hello, later: x", 1)
	h.kubectl("apply", "-f", h.file(ns))
	h.kubectl("apply", "-f", h.file(more, web, service))
	h.kubectl("annotate", "cm", "config", "-n", h.name, "example.com/note=kept")
	h.taken("unowned", ns, ours, web, service)
	if got := h.data(); strings.Contains(got, "old") || !strings.Contains(got, "later") {
		t.Errorf("after adoption the data is %s, want what is ours alone", got)
	}
	h.mustApply(ns, config, web, service)
	if got := h.data(); got != `{"greeting":"hello"}` {
		t.Errorf("what was taken out of the set is still there: %s", got)
	}
	annotations := h.kubectl("get", "cm", "config", "-n", h.name, "-o", "jsonpath={.metadata.annotations}")
	if strings.Contains(annotations, "last-applied") || !strings.Contains(annotations, "example.com/note") {
		t.Errorf("annotations after adoption: %s", annotations)
	}
}

func TestAdoptFromHelm(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	chart := h.TempDir()
	write := func(name, text string) {
		path := filepath.Join(chart, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(strings.ReplaceAll(text, "NAME", h.name)), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
	write("templates/all.yaml", strings.Join([]string{config, web, service}, "---\n"))
	h.kubectl("create", "ns", h.name)
	h.helm("install", "shop", chart, "-n", h.name)
	h.taken("helm:shop", ns, config, web, service)
	meta := h.kubectl("get", "cm,deploy,svc", "-n", h.name, "-o", "jsonpath={.items[*].metadata}")
	for _, mark := range []string{"meta.helm.sh", "managed-by"} {
		if strings.Contains(meta, mark) {
			t.Errorf("adopted objects still carry %s:\n%s", mark, meta)
		}
	}
	changed := strings.Replace(config, "greeting: hello", "other: x", 1)
	h.mustApply(ns, changed, web, service)
	if got := h.data(); got != `{"other":"x"}` {
		t.Errorf("a field of the chart's that is not ours any more stays: %s", got)
	}
}

// TestAdoptFromKapp: kapp puts labels into selectors, which cannot be changed, and into Pods, which must not restart.
func TestAdoptFromKapp(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	label := "kapp.k14s.io/app: \"17\""
	theirs := strings.NewReplacer(
		"matchLabels: {app: web}", "matchLabels: {app: web, "+label+"}", "labels: {app: web}", "labels: {app: web, "+label+"}",
		"metadata: {name: web,", "metadata: {labels: {"+label+"}, annotations: {kapp.k14s.io/identity: v1}, name: web,",
	).Replace(web)
	h.kubectl("create", "ns", h.name)
	h.kubectl("apply", "-f", h.file(config))
	h.kubectl("create", "--field-manager=kapp", "-f", h.file(theirs))
	h.taken("all", ns, config, web)
	if meta := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.metadata.labels}{.metadata.annotations}"); strings.Contains(meta, "kapp") {
		t.Errorf("the adopted object still carries kapp's marks: %s", meta)
	}
	h.mustApply(ns, config, strings.Replace(web, "web:1", "web:2", 1))
	if image := h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.template.spec.containers[0].image}"); image != "example.com/web:2" {
		t.Errorf("the image of what was kapp's is %s after an update", image)
	}
}

// TestIgnoredFieldsKeepTheirLiveValue: also in a list, also where nobody but us owns them.
func TestIgnoredFieldsKeepTheirLiveValue(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	ignoring := strings.Replace(web, "namespace: NAME}", `namespace: NAME, annotations: {otomi.io/ignore-fields: "/spec/replicas,/spec/template/spec/containers/[name=web]/image"}}`, 1)
	live := func() string {
		return h.kubectl("get", "deploy", "web", "-n", h.name, "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}")
	}
	h.mustApply(ns, config, ignoring)
	if got := live(); got != "3 example.com/web:1" {
		t.Fatalf("at first ours is sent, not %s", got)
	}
	if r := h.mustApply(ns, config, ignoring); r.Counts["unchanged"] != 3 {
		t.Errorf("the second apply = %v, want all unchanged", r.Counts)
	}
	ignoring = strings.Replace(ignoring, "replicas: 3", "replicas: 5, minReadySeconds: 1", 1)
	ignoring = strings.Replace(ignoring, "replicas: 5, minReadySeconds: 1", "replicas: 5\n  minReadySeconds: 1", 1)
	ignoring = strings.Replace(ignoring, "web:1", "web:9", 1)
	h.mustApply(ns, config, ignoring)
	if got := live(); got != "3 example.com/web:1" {
		t.Errorf("ignored fields became %s", got)
	}
	h.kubectl("set", "image", "deploy/web", "web=example.com/web:7", "-n", h.name)
	h.mustApply(ns, config, strings.Replace(ignoring, "minReadySeconds: 1", "minReadySeconds: 2", 1))
	if got := live(); got != "3 example.com/web:7" {
		t.Errorf("an ignored field that a person set became %s", got)
	}
}
