package policy

import (
	"testing"
	"testing/fstest"
	"time"
)

// TestSlowRules: a rule without end costs its time once; several in one folder share the time in which it is told which they are.
func TestSlowRules(t *testing.T) {
	const endless = " contains \"x\" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j == -1\n}\n"
	list := objects(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n")
	for rules, want := range map[string]struct {
		stopped int
		most    time.Duration
	}{
		"deny" + endless:                        {1, 2500 * time.Millisecond},
		"deny_1" + endless + "deny_2" + endless: {2, 5500 * time.Millisecond},
	} {
		set, findings := LoadDir(fstest.MapFS{"a.rego": {Data: []byte("package main\nimport rego.v1\n" + rules)}}, nil)
		if set == nil {
			t.Fatal(findings)
		}
		limit, begin := 2*time.Second, time.Now()
		got := set.Check(t.Context(), list, Settings{Timeout: limit}, time.Time{}).Findings
		if took := time.Since(begin); took > want.most {
			t.Errorf("Check took %s, want at most %s", took, want.most)
		}
		if len(got) != want.stopped || !got.Failed() {
			t.Errorf("Check = %v, want %d rules stopped", got, want.stopped)
		}
	}
}
