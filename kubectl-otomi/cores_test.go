package main

import (
	"testing"
	"testing/fstest"

	"github.com/otomi/kubectl-otomi/internal/core"
)

// TestCoresShared: what is made of a stack is made once, and each stack has its own.
func TestCoresShared(t *testing.T) {
	low := core.Core{Name: "low", FS: fstest.MapFS{"platform/schema.yaml": {Data: []byte("properties: {a: {type: string}}")}}}
	high := core.Core{Name: "high", FS: fstest.MapFS{"platform/schema.yaml": {Data: []byte("properties: {b: {type: strin}}")}}}
	var c cores
	one, findings := c.schema(core.Stack{low})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if again, _ := c.schema(core.Stack{low}); again != one {
		t.Error("the schema was made twice")
	}
	for range 2 { // what is wrong is told to all
		if both, findings := c.schema(core.Stack{low, high}); both == one || !findings.Failed() {
			t.Errorf("the schema of two cores is that of one, or its mistakes are forgotten: %v", findings)
		}
	}
	set, _ := c.policySet(core.Stack{low})
	if again, _ := c.policySet(core.Stack{low}); set == nil || again != set {
		t.Error("the policies were compiled twice")
	}
}
