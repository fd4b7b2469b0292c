package ready

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestComputeWithoutObject(t *testing.T) {
	want := Status{State: Missing, Reason: "not found"}
	if diff := cmp.Diff(want, Compute(nil, time.Time{})); diff != "" {
		t.Errorf("Compute(nil) (-want +got):\n%s", diff)
	}
}
