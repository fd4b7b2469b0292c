package krm_test

import (
	"bytes"
	"context"
	"strings"
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

// tail is what is written of all items but the first.
func tail(t *testing.T, list *krm.List) []byte {
	t.Helper()
	config, items := list.Config, list.Items
	defer func() { list.Config, list.Items = config, items }()
	list.Config = nil
	all := write(t, list)
	list.Items = items[:1]
	return bytes.TrimPrefix(all, write(t, list))
}

// FuzzList holds whatever is read as a list to five promises: what comes out can be read, says the same, is the same when it
// is read and written again, and a label on one item changes that item only: the others keep their bytes, and set again it
// changes nothing.
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
		before := tail(t, list)
		list.Items[0].SetLabel("validated-by", "x")
		if after := tail(t, list); !bytes.Equal(before, after) {
			t.Fatalf("bytes of other items of %q after SetLabel (-want +got):\n%s", data, cmp.Diff(string(before), string(after)))
		}
		labelled := write(t, list)
		second := read(t, labelled)
		second.Items[0].SetLabel("validated-by", "x")
		if again := write(t, second); !bytes.Equal(labelled, again) {
			t.Fatalf("SetLabel a second time (-first +second):\n%s", cmp.Diff(string(labelled), string(again)))
		}
		if diff := cmp.Diff(want[1:], contents(t, write(t, list))[1:]); diff != "" {
			t.Fatalf("other items of %q after SetLabel (-want +got):\n%s", data, diff)
		}
		if !strings.HasSuffix(list.Items[0].Kind(), "List") && list.Items[0].Label("validated-by") != "x" {
			t.Fatalf("SetLabel did not set the label: %s", list.Items[0].Text())
		}
	})
}

// FuzzRun never panics, and whatever stdin holds, stdout holds a ResourceList, of which a second run makes the same.
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
		if list, findings := krm.Read(out.Bytes()); list == nil { // items without a kind come out as they came
			t.Fatalf("Run(%q) wrote %q: %v", data, out.Bytes(), findings)
		}
		var again bytes.Buffer
		if krm.Run(t.Context(), krm.Function{Run: pass}, krm.Process{In: bytes.NewReader(out.Bytes()), Out: &again, Err: &err}); code == 0 && !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Fatalf("Run(%q) again (-first +second):\n%s", data, cmp.Diff(out.String(), again.String()))
		}
		if code != 0 && err.Len() == 0 {
			t.Fatalf("Run(%q) failed and said nothing", data)
		}
	})
}
