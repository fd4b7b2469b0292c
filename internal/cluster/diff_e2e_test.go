package cluster

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// diff is the diff of what is desired.
func (h *harness) diff(manifests ...string) []Change {
	h.Helper()
	changes, findings, err := h.Diff(context.Background(), must(h.makePlan(h.objects(manifests...))), false, Hidden{})
	if err := errors.Join(err, findings.Err()); err != nil {
		h.Fatalf("Diff = %v", err)
	}
	return changes
}

// changeOf is what a diff says of the only object of a kind.
func (h *harness) changeOf(changes []Change, kind string) Change {
	h.Helper()
	i := slices.IndexFunc(changes, func(c Change) bool { return c.ID.Kind == kind })
	if i < 0 {
		h.Fatalf("the diff has no %s: %+v", kind, changes)
	}
	return changes[i]
}

// written are the lines that a diff changes.
func written(text string) string {
	var changed []string
	for line := range strings.Lines(text) {
		if (strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+")) && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") {
			changed = append(changed, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(changed, "\n")
}

const front = `apiVersion: v1
kind: Service
metadata: {name: front, namespace: NAME}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
`

// TestDiffOfWhatIsNew: objects whose kind or namespace is yet to be made are shown, the others with what the server adds, and twice
// the same.
func TestDiffOfWhatIsNew(t *testing.T) {
	h := e2e(t)
	all := []string{ns, crd, thing, config, web, front}
	changes := h.diff(all...)
	if len(changes) != 6 {
		t.Fatalf("the diff has %d changes, want 6: %+v", len(changes), changes)
	}
	for _, c := range changes {
		if c.Op != plan.Create || c.Before != nil || c.Text == "" || (c.Note == notePending) != (c.ID.Kind == "Thing") {
			t.Errorf("the diff of %s says %s, note %q:\n%s", c.ID, c.Op, c.Note, c.Text)
		}
	}
	if text := h.changeOf(changes, "Deployment").Text; !strings.Contains(text, "revisionHistoryLimit: 10") {
		t.Errorf("the diff lacks the server's defaults:\n%s", text)
	}
	if text := h.changeOf(changes, "Service").Text; strings.Contains(text, "clusterIP") || strings.Contains(text, "nodePort: ") || !strings.Contains(text, "targetPort: 80") {
		t.Errorf("the diff of a new Service:\n%s\nwant what is allotted by chance left out", text)
	}
	for _, c := range changes {
		if strings.Contains(c.Text, standIn) {
			t.Errorf("the diff shows where the object was tried out:\n%s", c.Text)
		}
	}
	again := h.diff(all...)
	for i := range changes {
		if again[i].Text != changes[i].Text {
			t.Errorf("two diffs of %s differ:\n%s\n%s", changes[i].ID, changes[i].Text, again[i].Text)
		}
	}
	h.cleanup()
	h.mustApply(all...)
	if left := h.diff(all...); len(left) > 0 {
		t.Errorf("after the apply the diff shows %+v", left)
	}
}

// TestDiffOfDrift: what somebody set is shown with the name of the manager, also in lists.
func TestDiffOfDrift(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, web)
	h.kubectl("-n", h.name, "patch", "deploy", "web", "--field-manager=kubectl-edit", "-p", `{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"web","image":"other:2"}]}}}}`)
	h.kubectl("-n", h.name, "patch", "cm", "config", "--field-manager=notes", "-p", `{"data":{"extra":"of somebody"}}`)
	changes := h.diff(ns, config, web)
	if len(changes) != 2 {
		t.Fatalf("the diff has %d changes, want 2: %+v", len(changes), changes)
	}
	c := h.changeOf(changes, "Deployment")
	var set []string
	for _, s := range c.SetBy {
		set = append(set, s.Manager+" "+s.Path)
		if s.At.IsZero() {
			t.Errorf("when %s was set is not told", s.Path)
		}
	}
	want := []string{"kubectl-edit spec.replicas", `kubectl-edit spec.template.spec.containers[name="web"].image`}
	if !slices.Equal(set, want) || !c.Differs() {
		t.Errorf("set by others: %q, want %q\n%s", set, want, c.Text)
	}
	// Nothing of ours changed, but who manages what has to be recorded.
	if c = h.changeOf(changes, "ConfigMap"); c.Differs() || c.Text != "" || c.Note != noteManagers || len(c.SetBy) > 0 {
		t.Errorf("the diff of what somebody added to = %+v, want only a note", c)
	}
}

// TestDiffBesideWebhook: where a webhook takes no part in dry runs, what would be sent is shown over what there is. The API server's
// v1 does not let one be made any more; the answer is what it says of one that was made with v1beta1.
func TestDiffBesideWebhook(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config, web)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.Contains(r.URL.RawQuery, "dryRun") && strings.Contains(r.URL.Path, "/deployments/") {
			return answer(r, http.StatusBadRequest, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"BadRequest","code":400,"message":"admission webhook \"effects.example.com\" does not support dry run"}`), nil
		}
		return next()
	})
	c := h.changeOf(h.diff(ns, config, strings.Replace(web, "replicas: 3", "replicas: 4", 1)), "Deployment")
	if c.Note != noteLocal || written(c.Text) != "- replicas: 3\n+ replicas: 4" {
		t.Errorf("the diff = %q\n%s\nwant the number of replicas, and a note", c.Note, c.Text)
	}
}

// TestDiffOfPruneAndAdoption: what goes and what is taken over are shown, the secrets of what goes are not.
func TestDiffOfPruneAndAdoption(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAME}\nstringData: {password: hunter22}\n"
	gone := strings.NewReplacer("name: config", "name: gone", "hello", "say hunter22").Replace(config)
	goneToo := strings.NewReplacer("name: s,", "name: s2,", "hunter22", "correct-horse").Replace(secret)
	h.mustApply(ns, config, secret, gone, goneToo, strings.NewReplacer("name: config", "name: third", "hello", "say correct-horse").Replace(config))
	file := t.TempDir() + "/cm.yaml"
	writeFile(t, file, strings.ReplaceAll("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: NAME}\ndata: {greeting: hello}\n", "NAME", h.name))
	h.kubectl("apply", "-f", file)
	theirs := strings.Replace(config, "name: config", "name: theirs", 1)
	p := must(h.makePlan(h.objects(ns, config, secret, theirs), func(in *plan.Input) { in.Options.Adopt.Unowned = true }))
	changes, findings, err := h.Diff(context.Background(), p, false, Hidden{})
	if err != nil || len(findings) > 0 || len(changes) != 4 {
		t.Fatalf("Diff = %+v, %v, %v, want 4 changes", changes, findings, err)
	}
	for _, c := range changes {
		if strings.Contains(c.Text, ": {}") {
			t.Errorf("the diff shows what is empty:\n%s", c.Text)
		}
		if strings.Contains(c.Text, "hunter22") || strings.Contains(c.Text, "correct-horse") {
			t.Errorf("the diff shows a secret:\n%s", c.Text)
		}
		switch {
		case c.ID.Name == "theirs" && (c.Op != plan.Adopt || !c.Differs()):
			t.Errorf("the diff of what is taken over = %+v", c)
		case c.ID.Name != "theirs" && (c.Op != plan.Prune || c.After != nil || !strings.Contains(c.Text, "<redacted:")):
			t.Errorf("the diff of what goes = %+v", c)
		}
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
