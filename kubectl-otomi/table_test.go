package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTable: cells are aligned where there is room, no line ends with blanks, and no terminal has to break a cell that fits.
func TestTable(t *testing.T) {
	const rows = "LEVEL\tOBJECT\tSTATE\tREASON\n10\tNamespace/web\tReady\t\n20\tDeployment/web/a-long-name\tInProgress\tö\n"
	const aligned = "LEVEL  OBJECT                      STATE       REASON\n10     Namespace/web               Ready\n20     Deployment/web/a-long-name  InProgress  ö\n"
	for _, c := range []struct {
		width int
		want  string
	}{
		{0, aligned},
		{53, aligned},
		{52, "LEVEL  OBJECT  STATE  REASON\n10  Namespace/web  Ready\n20  Deployment/web/a-long-name  InProgress  ö\n"},
		{32, "LEVEL  OBJECT  STATE  REASON\n10  Namespace/web  Ready\n20  Deployment/web/a-long-name\n  InProgress  ö\n"},
		{12, "LEVEL\n  OBJECT\n  STATE\n  REASON\n10\n  Namespace/web\n  Ready\n20\n  Deployment/web/a-long-name\n  InProgress\n  ö\n"},
	} {
		if diff := cmp.Diff(c.want, tableIn(t, c.width, rows)); diff != "" {
			t.Errorf("a table in %d columns (-want +got):\n%s", c.width, diff)
		}
	}
}

// TestTableFolds: what a row goes on with stands deeper than the row begins, and an empty cell keeps its place.
func TestTableFolds(t *testing.T) {
	const rows = "  one\ttwo\tthree\n  > one\t\tthree\n    one\ttwo\t\n"
	const want = "  one\n    two\n    three\n  > one\n      -\n      three\n    one\n      two\n"
	if diff := cmp.Diff(want, tableIn(t, 8, rows)); diff != "" {
		t.Errorf("a table in 8 columns (-want +got):\n%s", diff)
	}
}

func tableIn(t *testing.T, width int, rows string) string {
	t.Helper()
	out := &page{width: width}
	table := newTable(out)
	fmt.Fprint(table, rows)
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
