package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
)

// TestBehind wants values that surely are behind a field, and never one that is not.
func TestBehind(t *testing.T) {
	in, rendered := parts(t, platform)
	for _, c := range []struct{ object, field, want string }{
		{"one-blue", "data.name", "name"},
		{"one-blue", "metadata.name", "name"},
		{"one-blue", "data.limit", "limit"},
		{"red", "data.size", "teams.red.size"},
		{"one-blue", "data.color", ""},  // the chart's own
		{"one-blue", "data.both", ""},   // two values together
		{"one-blue", "data.first", ""},  // a patch wrote it
		{"one-blue", "data", ""},        // a map
		{"one-blue", "data.absent", ""}, // no field
		{"one-blue", `metadata.annotations["otomi.io/runlevel"]`, ""},
	} {
		path, err := source.ParsePath(c.field)
		if err != nil {
			t.Fatal(err)
		}
		budget := 1 << 20
		var got []string
		for _, l := range trace.New(in, rendered, find(t, rendered.Objects, c.object)).Behind(t.Context(), path, &budget) {
			got = append(got, source.Path(l.Path))
			if l.Certainty != trace.Exact || l.Node.At().IsZero() {
				t.Errorf("Behind(%s) = %+v, want an exact leaf with its place", c.field, l)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("Behind(%s of %s) = %v, want %s", c.field, c.object, got, c.want)
		}
		if c.want != "" && budget == 1<<20 {
			t.Errorf("Behind(%s) has rendered and taken nothing off its budget", c.field)
		}
	}
}

// TestBehindBounds stops where there is no budget left, and never tries more values than it may.
func TestBehindBounds(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "v%d: blue, ", i)
	}
	in, rendered := parts(t, strings.Replace(platform, "unused: {", "unused: {"+many.String(), 1))
	tracer := trace.New(in, rendered, find(t, rendered.Objects, "one-blue"))
	path := []string{"data", "name"}
	budget := 0
	if got := tracer.Behind(t.Context(), path, &budget); len(got) > 0 {
		t.Errorf("Behind without a budget = %v", got)
	}
	budget = 10 << 20
	if got := tracer.Behind(t.Context(), path, &budget); len(got) != 1 || budget < 9<<20 {
		t.Errorf("Behind = %v, and %d bytes are left of 10 MB; want one value and no more than few renderings", got, budget)
	}
}
