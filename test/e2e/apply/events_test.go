package apply

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// eventLine is what the tests look at of an event.
type eventLine struct {
	Type, Status, Set, Error string
	ExitCode                 *int
	Object                   *struct{ Kind, Name, UID string }
}

// eventsOf are the lines that were printed, each of which the documented schema has to allow.
func eventsOf(t *testing.T, text string) []eventLine {
	t.Helper()
	const file = "../../../docs/reference/events.schema.json"
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	var events []eventLine
	for line := range strings.Lines(text) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		var e eventLine
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if len(events) == 0 || events[len(events)-1].Type != "summary" {
		t.Errorf("the last line is no summary:\n%s", text)
	}
	return events
}

// busy is a webhook that cannot be reached, for the ConfigMap of one set; dry runs pass.
const busy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: NAME-busy}
webhooks:
  - name: busy.example.com
    clientConfig: {url: "https://127.0.0.1:1/"}
    admissionReviewVersions: [v1]
    sideEffects: None
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
    rules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE]}]
    matchConditions: [{name: real, expression: "!has(request.dryRun) || !request.dryRun"}]
`

// TestEvents: runs of every outcome print events of every type, all of which the documented schema allows.
func TestEvents(t *testing.T) {
	e := newEnv(t, strings.ReplaceAll(`
-- all.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: NAME, annotations: {otomi.io/runlevel: "10"}}
data: {a: "1"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAME, annotations: {otomi.io/runlevel: "20"}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.com/web:1"}]}
-- less.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: NAME, annotations: {otomi.io/runlevel: "10"}}
data: {a: "1"}
-- busy.yaml --
`+busy, "NAME", "events"))
	var all []eventLine
	run := func(code int, args ...string) []eventLine {
		t.Helper()
		events := eventsOf(t, e.otomi(code, append(args, "--inventory", "events", "-o", "jsonl")...).stdout)
		if last := events[len(events)-1]; last.ExitCode == nil || *last.ExitCode != code || (code != 0) != (last.Error != "") {
			t.Errorf("%v: the summary is %+v, want exit code %d", args, last, code)
		}
		all = append(all, events...)
		return events
	}
	run(6, "apply", "-f", "all.yaml")
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "events", "--yes") })
	for _, event := range run(0, "apply", "-f", "all.yaml", "--yes") {
		if event.Status == "applied" && event.Object.UID == "" {
			t.Errorf("what was made has no uid: %+v", event.Object)
		}
	}

	// Somebody changes a field, and a webhook cannot be reached for a while.
	e.kubectl("-n", "events", "patch", "configmap", "a", "--type=merge", "-p", `{"data":{"a":"2"}}`)
	e.kubectl("apply", "-f", "busy.yaml")
	slow := e.start(e.cluster.kubeconfig, "apply", "-f", "all.yaml", "--inventory", "events", "-o", "jsonl")
	slow.prints(`"type":"retry"`)
	if holder := e.holder("events"); holder == "" || holder == "none" {
		t.Error("nobody holds the lock")
	}
	run(5, "apply", "-f", "all.yaml", "--lock-timeout", "1s")
	run(5, "apply", "-f", "all.yaml", "--timeout", "1s") // to wait takes of its time
	e.kubectl("delete", "-f", "busy.yaml")
	slow.ends()
	var lines strings.Builder
	for line := range strings.Lines(slow.printed()) { // stderr is among it
		if strings.HasPrefix(line, "{") {
			lines.WriteString(line)
		}
	}
	all = append(all, eventsOf(t, lines.String())...)
	run(0, "apply", "-f", "less.yaml", "--yes")
	run(1, "apply", "-f", "nowhere.yaml")

	for _, kind := range []string{"plan", "lock", "apply", "wait", "prune", "retry", "warning", "summary"} {
		if !slices.ContainsFunc(all, func(e eventLine) bool { return e.Type == kind }) {
			t.Errorf("no event is of type %s", kind)
		}
	}
	for _, status := range []string{"action", "made", "acquired", "waiting", "started", "runlevel", "applied", "ready", "deleting", "gone", "again", "drift", "refused", "locked", "done", "failed"} {
		if !slices.ContainsFunc(all, func(e eventLine) bool { return e.Status == status }) {
			t.Errorf("no event has the status %s", status)
		}
	}
	page, err := os.ReadFile("../../../docs/reference/events.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Type != "summary" && !strings.Contains(string(page), "`"+e.Status+"`") {
			t.Errorf("docs/reference/events.md does not tell of %s %s", e.Type, e.Status)
		}
	}
}
