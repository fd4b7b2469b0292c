package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestComment: a comment never has more characters than GitHub takes, says what it left out, and closes what it opened.
func TestComment(t *testing.T) {
	for name, c := range map[string]struct{ clusters, changes, size int }{
		"small":                  {3, 3, 10},
		"many changes":           {3, 3000, 10},
		"one that is too large":  {2, 1, 100_000},
		"large among small ones": {2, 5, 40_000},
		"many clusters":          {3000, 2, 10},
	} {
		t.Run(name, func(t *testing.T) {
			x := comparison{Rev: "main", Commit: strings.Repeat("a", 40)}
			var names []string
			for i := range c.clusters {
				names = append(names, fmt.Sprintf("cluster-%d", i))
				x.Clusters = append(x.Clusters, clusterCount{Name: names[i], Changed: c.changes})
			}
			for i := range c.changes {
				id := object.ID{Kind: "ConfigMap", Namespace: "a", Name: fmt.Sprint("n", i)}
				x.Changes = append(x.Changes, objectChange{Op: changed, ID: id, Clusters: names, Diff: "---\n+++\n@@\n" + strings.Repeat("+ü`````\n", c.size/8+1)})
			}
			text := x.markdown()
			if n := utf8.RuneCountInString(text); n > commentLimit {
				t.Errorf("%d characters, want at most %d", n, commentLimit)
			}
			shown := strings.Count(text, "<details>")
			if shown != strings.Count(text, "</details>") || strings.Count(text, "``````\n") != shown {
				t.Errorf("%d details, unbalanced:\n%.2000s", shown, text)
			}
			rows := strings.Count(text, "| cluster-")
			want := c.clusters - rows + c.changes - shown
			if got := strings.Contains(text, "left out"); got != (want > 0) {
				t.Errorf("says that something is left out: %v; %d are", got, want)
			}
			if want > 1 && !strings.Contains(text, fmt.Sprintf("**%d entries are left out**", want)) {
				t.Errorf("does not say that %d entries are left out:\n%s", want, text[len(text)-300:])
			}
			if !strings.Contains(text, "| cluster-0 |") {
				t.Error("has no table")
			}
		})
	}
}
