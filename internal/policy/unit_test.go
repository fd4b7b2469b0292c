package policy

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func TestUnit(t *testing.T) {
	got, findings, err := load(t, testCore()).Test(t.Context(), testCore(), nil)
	if err != nil || len(findings) > 0 {
		t.Fatalf("Test = %v, %v", findings, err)
	}
	at := func(line int) diag.Position {
		return diag.Position{File: "policies/no-latest/policy_test.rego", Line: line, Col: 1}
	}
	want := []TestResult{
		{Package: "no_latest_test", Name: "test_moves", At: at(10), Status: Pass},
		{Package: "no_latest_test", Name: "test_stays", At: at(12), Status: Pass},
		{Package: "no_latest_test", Name: "test_wrong", At: at(14), Status: Fail, Message: "the test is not true", Output: "the image is web:1.2\n"},
		{Package: "no_latest_test", Name: "todo_test_later", At: at(19), Status: Skip},
		{Package: "no_latest_test", Name: "test_cases", At: at(21), Status: Fail, Message: "not true: stays"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(TestResult{}, "Duration")); diff != "" {
		t.Errorf("Test differs (-want +got):\n%s", diff)
	}
}

func TestUnitMistakes(t *testing.T) {
	set := load(t, testCore())
	for name, test := range map[string]struct{ text, want string }{
		"syntax":  {"package x_test\n\ntest_x if {", "error [rego-syntax] embedded:policies/max-replicas/policy_test.rego:3:11: unexpected eof token"},
		"compile": {"package x_test\n\ntest_x if nothing\n", "error [rego-compile] embedded:policies/max-replicas/policy_test.rego:3:11: var nothing is unsafe"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"policies/max-replicas/policy_test.rego": {Data: []byte(test.text)}}
			results, findings, err := set.Test(t.Context(), fsys, func(name string) string { return "embedded:" + name })
			wantFindings(t, "Test", findings, test.want)
			if err != nil || len(results) > 0 {
				t.Errorf("Test = %v, %v", results, err)
			}
		})
	}
	if _, _, err := (*Set)(nil).Test(t.Context(), os.DirFS("testdata"), nil); err == nil {
		t.Error("Test on a nil Set = no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := set.Test(ctx, testCore(), nil); err == nil {
		t.Error("Test with a context that has ended = no error")
	}
}
