package cluster

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func some(kind string, fields map[string]any) *unstructured.Unstructured {
	content := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "thing"}}
	for key, value := range fields {
		content[key] = value
	}
	return &unstructured.Unstructured{Object: content}
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// TestMask: equal values have equal marks wherever they are, in whatever form, and what changed has another.
func TestMask(t *testing.T) {
	before := some("Secret", map[string]any{"data": map[string]any{"same": b64("constant1"), "new": b64("hunter22"), "none": "", "yes": b64("true")}})
	after := some("Secret", map[string]any{"data": map[string]any{"same": b64("constant1"), "new": b64("hunter33"), "none": "", "yes": b64("true")}})
	uses := some("ConfigMap", map[string]any{"data": map[string]any{
		"a": "say hunter22, not hunter33", "b": []any{b64("hunter22"), "user:constant1@db"}, "c": b64("user:hunter22"), "d": "true", "layer": "from-layer", "n": int64(3),
	}})
	m := newMasker([]string{"from-layer"}, before, after, uses)
	m.pair(before, after, nil)
	m.pair(nil, uses, nil)
	for _, c := range []struct {
		got  any
		want map[string]any
	}{
		{before.Object["data"], map[string]any{"new": "<redacted:1>", "same": "<redacted:2>", "none": "", "yes": "<redacted:3>"}},
		{after.Object["data"], map[string]any{"new": "<redacted:4>", "same": "<redacted:2>", "none": "", "yes": "<redacted:3>"}},
		{uses.Object["data"], map[string]any{
			"a": "say <redacted:1>, not <redacted:4>", "b": []any{"<redacted:1>", "user:<redacted:2>@db"}, "c": "<redacted:5>", "d": "true", "layer": "<redacted:6>", "n": int64(3),
		}},
	} {
		if diff := cmp.Diff(any(c.want), c.got); diff != "" {
			t.Errorf("masked (-want +got):\n%s", diff)
		}
	}
}

// TestMaskKeepsNames: what identifies an object is shown, though a secret is the same.
func TestMaskKeepsNames(t *testing.T) {
	secret := some("Secret", map[string]any{"data": map[string]any{"host": b64("postgres-primary-1")}})
	service := some("Service", map[string]any{"metadata": map[string]any{"name": "postgres-primary-1", "labels": map[string]any{"host": "postgres-primary-1"}}})
	m := newMasker(nil, secret, service)
	m.pair(nil, service, nil)
	want := map[string]any{"name": "postgres-primary-1", "labels": map[string]any{"host": "<redacted:1>"}}
	if diff := cmp.Diff(any(want), service.Object["metadata"]); diff != "" {
		t.Errorf("masked (-want +got):\n%s", diff)
	}
}

// TestMaskNeverShows: whatever the secrets of both sides are, and in whatever form they stand anywhere in the objects of a diff, no
// text of them is in what is shown, neither as a diff nor as JSON.
func TestMaskNeverShows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that can be run again
	letters := []rune("abcXYZ0189-_/+=.:'\"\\ \n<>&äß$")
	word := func() string {
		text := "Q7"
		for range 4 + random.IntN(16) {
			text += string(letters[random.IntN(len(letters))])
		}
		return text + "Z9"
	}
	for range 300 {
		old, fresh, told := word(), word(), word()
		forms := func(s string) []any {
			quoted, _ := json.Marshal("x " + s)
			return []any{s, "key=" + s + ";", b64(s), b64("user:" + s), b64("é" + s + "\n"), string(quoted), url.QueryEscape(s), fmt.Sprintf("%q", s), b64(b64(s))}
		}
		secrets := []*unstructured.Unstructured{
			some("Secret", map[string]any{"data": map[string]any{"k": b64(old)}}), some("Secret", map[string]any{"data": map[string]any{"k": b64(fresh), "l": b64(told)}}),
		}
		uses := []*unstructured.Unstructured{
			some("ConfigMap", map[string]any{"data": map[string]any{"list": forms(old), "said": forms(told)}}),
			some("ConfigMap", map[string]any{"data": map[string]any{"list": forms(fresh)}, "metadata": map[string]any{"name": "thing", "annotations": map[string]any{"sum": told}}}),
		}
		m := newMasker([]string{told}, append(secrets, uses...)...)
		m.pair(secrets[0], secrets[1], nil)
		m.pair(uses[0], uses[1], nil)
		for _, pair := range [][]*unstructured.Unstructured{secrets, uses} {
			change := Change{}
			if err := change.compare(pair[0], pair[1]); err != nil {
				t.Fatal(err)
			}
			data, _ := json.Marshal(change)
			for _, secret := range []string{old, fresh, told} {
				for _, form := range append(forms(secret), strings.TrimSpace(secret)) {
					if shown := fmt.Sprint(form); strings.Contains(change.Text, shown) || strings.Contains(string(data), shown) {
						t.Fatalf("the secret %q is shown as %q:\n%s", secret, shown, change.Text)
					}
				}
			}
		}
	}
}
