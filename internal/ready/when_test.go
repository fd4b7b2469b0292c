package ready

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	shop := func(expression, more string) string {
		return `{apiVersion: example.com/v1, kind: Shop, metadata: {name: web, generation: 2, creationTimestamp: "2026-11-21T11:00:00Z", annotations: {otomi.io/ready-when: "` +
			expression + `"}}` + more + `}`
	}
	for _, test := range []struct{ name, object, want string }{
		{"true", shop(`self.status.phase == 'Open'`, `, status: {phase: Open}`), "Ready"},
		{"the other name", shop(`object.status.phase == 'Open'`, `, status: {phase: Open}`), "Ready"},
		{"false", shop(`self.status.phase == 'Open'`, `, status: {phase: Shut}`), "InProgress otomi.io/ready-when is not true: self.status.phase == 'Open'"},
		{"false, and the kind's rule says why", shop(`false`, `, status: {conditions: [{type: Ready, status: "False", message: Nobody there.}]}`), "InProgress otomi.io/ready-when is not true: false: nobody there"},
		{"true against the kind's rule", shop(`true`, `, status: {conditions: [{type: Ready, status: "False"}]}`), "Ready"},
		{"no status yet", shop(`self.status.phase == 'Open'`, ``), "InProgress otomi.io/ready-when cannot be evaluated yet: there is no status"},
		{"an older status", shop(`true`, `, status: {observedGeneration: 1}`), "InProgress generation 2 not yet observed"},
		{"failed for good", shop(`false`, `, status: {conditions: [{type: Stalled, status: "True", message: Burnt down.}]}`), "Failed burnt down"},
		{"being deleted", strings.Replace(shop(`true`, ``), "generation: 2", `deletionTimestamp: "2026-11-21T11:00:00Z"`, 1), "Terminating being deleted"},
		{"does not compile", shop(`slef`, ``), "InProgress otomi.io/ready-when does not compile: undeclared reference to 'slef'"},
		{"no boolean", shop(`self.kind`, ``), "InProgress otomi.io/ready-when cannot be evaluated: it gives a string, not a boolean"},
		{"what cannot be compared", shop(`self.kind < 3`, ``), "InProgress otomi.io/ready-when cannot be evaluated: no such overload"},
		{"an error that tells a value", shop(`url(self.kind).getHost() == 'x'`, ``), "InProgress otomi.io/ready-when cannot be evaluated"},
		{"a key that is a value", shop(`self.metadata[self.kind] == 'x'`, ``), "InProgress otomi.io/ready-when cannot be evaluated"},
		{"a Job", `{apiVersion: batch/v1, kind: Job, metadata: {name: q, annotations: {otomi.io/ready-when: "self.status.active > 0"}}, status: {active: 1, startTime: "2026-11-21T11:58:00Z"}}`, "Ready"},
		{"no rule of its own", `{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}`, "Ready"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var j Judge
			for range 2 { // the second time it is compiled already
				got := j.Compute(parse(t, test.object), noon())
				if text := strings.TrimSpace(string(got.State) + " " + got.Reason); text != test.want {
					t.Errorf("Compute = %s\n  want %s", text, test.want)
				}
			}
		})
	}
	var j Judge
	if got := j.Compute(nil, noon()); got.State != Missing {
		t.Errorf("Compute(nil) = %v, want Missing", got)
	}
	if got := brief(strings.Repeat("x ", 100)); len([]rune(got)) != 81 {
		t.Errorf("brief = %q, want 80 characters and a dot", got)
	}
}
