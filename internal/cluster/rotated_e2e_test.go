package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// credentials are a Secret and what holds the same password, in two releases.
func credentials(password string) (secret, consumer string) {
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAME, labels: {otomi.io/release: a}}\nstringData: {password: %s}\n", password),
		fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: uses, namespace: NAME, labels: {otomi.io/release: b}}\ndata: {url: 'db://app:%s@host', plain: x}\n", password)
}

// TestDiffMasksRotated: the old password is hidden in what still holds it, whatever the plan does with its Secret, and whether
// another one takes its place or none.
func TestDiffMasksRotated(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	secret, uses := credentials("oldpassword1")
	h.mustApply(ns, secret, uses)
	fresh, usesFresh := credentials("newpassword2")
	bare := strings.Replace(uses, "url: 'db://app:oldpassword1@host', ", "", 1)
	for stage := range 3 {
		for _, consumer := range []string{usesFresh, bare, ""} {
			objects := []string{ns, fresh}
			if consumer != "" {
				objects = append(objects, consumer)
			}
			p := must(h.makePlan(h.objects(objects...)))
			if stage < 2 {
				// The selection leaves the Secret out.
				for i := range p.Actions {
					if p.Actions[i].ID.Kind == "Secret" {
						p.Actions = append(p.Actions[:i], p.Actions[i+1:]...)
						break
					}
				}
			}
			changes, findings, err := h.Diff(context.Background(), p, false, Hidden{Texts: []string{"newpassword2"}})
			if err != nil || findings.Failed() || len(changes) == 0 {
				t.Fatalf("Diff = %d changes, %v, %v", len(changes), findings, err)
			}
			data, _ := json.Marshal(changes)
			for _, leak := range []string{"oldpassword1", "newpassword2"} {
				if strings.Contains(string(data), leak) {
					t.Errorf("stage %d: the diff shows %q:\n%s", stage, leak, data)
				}
			}
			if consumer == usesFresh && !strings.Contains(changes[0].Text+changes[len(changes)-1].Text, "db://app:<redacted:") {
				t.Errorf("the diff hides more than the password, or nothing was hidden:\n%s", data)
			}
		}
		if stage == 0 { // the Secret is changed, and who uses it is not
			h.mustApply(ns, fresh, uses)
		}
	}
}

// TestRotatedIsHidden: a value that another with a secret replaces is hidden although nobody knows it any more, and what stays is not.
func TestRotatedIsHidden(t *testing.T) {
	object := func(password string) *unstructured.Unstructured {
		return some("X", map[string]any{
			"text": "say " + password, "plain": "plain", "conf": "port: 1\npassword: " + password + "\n", "args": []any{"serve", "--p=" + password},
			"env": []any{map[string]any{"name": "WORD", "value": password}, map[string]any{"name": "LEVEL", "value": "debug"}},
		})
	}
	for _, known := range []bool{false, true} {
		secrets := []string{"newpassword2"}
		if known {
			secrets = append(secrets, "oldpassword1")
		}
		before, after := object("oldpassword1"), object("newpassword2")
		newMasker(secrets, before, after).pair(before, after, nil)
		was, _ := json.Marshal(before.Object)
		is, _ := json.Marshal(after.Object)
		for _, leak := range []string{"oldpassword1", "newpassword2"} {
			if strings.Contains(string(was)+string(is), leak) {
				t.Errorf("known %t: %q is shown:\n%s\n%s", known, leak, was, is)
			}
		}
		for _, want := range []string{`"plain":"plain"`, `port: 1\n`, `"serve"`, `"debug"`} {
			if !strings.Contains(string(was), want) {
				t.Errorf("known %t: %s is hidden, too:\n%s", known, want, was)
			}
		}
		if shown := strings.Contains(string(was), `"say \u003credacted:`); shown != known {
			t.Errorf("known %t: the text around the old secret is shown: %t\n%s", known, shown, was)
		}
	}
}
