package krm_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// wires are the annotations of orchestrators that a function has to leave alone.
const wires = `      internal.config.kubernetes.io/path: pkg/a.yaml
      config.kubernetes.io/path: pkg/a.yaml
      internal.config.kubernetes.io/index: "3"
      config.kubernetes.io/index: "3"
      internal.config.kubernetes.io/package-path: pkg
      internal.config.kubernetes.io/id: "7"
      config.k8s.io/id: "7"
      config.kubernetes.io/id: "7"
      internal.config.kubernetes.io/seqindent: wide
      internal.config.kubernetes.io/annotations-migration-resource-id: "2"
      kustomize.config.k8s.io/id: a
      config.kubernetes.io/origin: a
`

// TestWires: an item that is rendered again and changed keeps every annotation of the orchestrator as it was, old names beside new
// ones; one that is new has a path and an index alone, and never another item's id.
func TestWires(t *testing.T) {
	in := head + "items:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n    annotations:\n      otomi.io/rendered-by: test\n" + wires + "  data:\n    a: \"1\"\n" + config
	l := read(t, []byte(in))
	if err := own(l, items(t, configMap("a", "2"), configMap("b", "1"))); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(in, `a: "1"`, `a: "2"`, 1)
	want = strings.Replace(want, config, `- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: b
    annotations:
      otomi.io/rendered-by: test
      internal.config.kubernetes.io/path: new.yaml
      config.kubernetes.io/path: new.yaml
      internal.config.kubernetes.io/index: "0"
      config.kubernetes.io/index: "0"
  data:
    a: "1"
`+config, 1)
	if diff := cmp.Diff(want, string(write(t, l))); diff != "" {
		t.Errorf("Own of a changed and a new item (-want +got):\n%s", diff)
	}
}

// TestEncodings: a stream that begins with a byte order mark or whose lines all end as on Windows is read, and again what was written.
func TestEncodings(t *testing.T) {
	plain := head + "items:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  octal: 0o17\n  big: 9007199254740993\n  far: 1e3\n  word: yes\n  text: |\n    a\n    ---\n    b\n"
	for name, in := range map[string]string{"mark": "\ufeff" + plain, "Windows": strings.ReplaceAll(plain, "\n", "\r\n"), "neither": plain} {
		once := write(t, read(t, []byte(in)))
		want, findings := read(t, []byte(plain)).Items[0].Objects()
		got, more := read(t, once).Items[0].Objects()
		if findings.Failed() || more.Failed() || len(got) != 1 || !cmp.Equal(want[0].Object, got[0].Object) {
			t.Errorf("%s: Write(Read) = %q, which says something else: %v %v", name, once, findings, more)
		}
		if again := write(t, read(t, once)); string(again) != string(once) {
			t.Errorf("%s: a second run changes %q to %q", name, once, again)
		}
	}
}

// TestFunctionOfConfig: how a function is run is the functionConfig's, and no item that it makes says it of itself.
func TestFunctionOfConfig(t *testing.T) {
	mine := func(_ context.Context, l *krm.List) diag.Findings {
		return l.Own(items(t, configMap("a", "1")), func(*krm.Item) string { return "a.yaml" }, func(*krm.Item) bool { return true })
	}
	// kustomize gives a generator its own functionConfig as the only item, too.
	own := "apiVersion: otomi.io/v1alpha1\n  kind: Test\n  metadata:\n    name: test\n    annotations: {config.kubernetes.io/function: 'exec: {path: x}', config.kubernetes.io/local-config: 'true'}\n"
	in := head + "items:\n- " + own + "functionConfig:\n  " + own
	code, out, stderr := run(t, mine, in)
	l := read(t, []byte(out))
	if code != 0 || len(l.Items) != 2 || !strings.HasPrefix(out, head+"items:\n- "+own) {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, out)
	}
	if made := l.Items[1]; made.Annotation("config.kubernetes.io/function") != "" || made.Local() {
		t.Errorf("the item that was made carries the functionConfig's annotations:\n%s", made.Text())
	}
}
