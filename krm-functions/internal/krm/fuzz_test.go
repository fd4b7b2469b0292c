package krm_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// contents are the list's items as plain values; nil where the text cannot be read.
func contents(t *testing.T, data []byte) []any {
	t.Helper()
	var list struct {
		Items []any `yaml:"items"`
	}
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil
	}
	return list.Items
}

// FuzzList holds whatever is read as a list to four promises: what comes out can be read, says the same, is the same when it
// is read and written again, and a label on one item changes that item only.
func FuzzList(f *testing.F) {
	for _, c := range layouts() {
		f.Add([]byte(c))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, findings := krm.Read(data)
		if findings.Failed() {
			return
		}
		want := contents(t, data)
		out := write(t, list)
		if again := write(t, read(t, out)); !bytes.Equal(out, again) {
			t.Fatalf("written twice (-first +second):\n%s", cmp.Diff(string(out), string(again)))
		}
		if want == nil { // a key that Go's maps cannot hold
			return
		}
		if diff := cmp.Diff(want, contents(t, out)); diff != "" {
			t.Fatalf("items of %q after Write (-want +got):\n%s", data, diff)
		}
		if len(list.Items) < 2 {
			return
		}
		list.Items[0].SetLabel("validated-by", "x")
		if diff := cmp.Diff(want[1:], contents(t, write(t, list))[1:]); diff != "" {
			t.Fatalf("other items of %q after SetLabel (-want +got):\n%s", data, diff)
		}
		if list.Items[0].Label("validated-by") != "x" {
			t.Fatalf("SetLabel did not set the label: %s", list.Items[0].Text())
		}
	})
}

// FuzzRun never panics, and whatever stdin holds, stdout holds a ResourceList.
func FuzzRun(f *testing.F) {
	for _, c := range layouts() {
		f.Add([]byte(c))
	}
	pass := func(_ context.Context, l *krm.List) diag.Findings {
		var findings diag.Findings
		for _, i := range l.Items {
			_, fs := i.Objects()
			findings = append(findings, fs...)
		}
		return findings
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var out, err bytes.Buffer
		code := krm.Run(t.Context(), krm.Function{Run: pass}, krm.Process{In: bytes.NewReader(data), Out: &out, Err: &err})
		if _, findings := krm.Read(out.Bytes()); findings.Failed() {
			t.Fatalf("Run(%q) wrote %q: %v", data, out.Bytes(), findings)
		}
		if code != 0 && err.Len() == 0 {
			t.Fatalf("Run(%q) failed and said nothing", data)
		}
	})
}
