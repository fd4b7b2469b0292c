package main

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// What a comment on GitHub may hold is 65,536 characters; the note at the end needs its share.
const (
	commentLimit = 65_536
	noteLimit    = 400
	nameLimit    = 8 // clusters named at a change of a comment
)

func (a *app) printComparison(c comparison) error {
	var text string
	switch a.output {
	case "json":
		return writeJSON(a.Out, c.filled())
	case "markdown":
		text = c.markdown()
	default:
		text = c.plain(color(a.Out))
	}
	_, err := io.WriteString(a.Out, text)
	return err
}

// filled has lists where there would be null.
func (c comparison) filled() comparison {
	if c.Changes == nil {
		c.Changes = []objectChange{}
	}
	if c.SecretFiles == nil {
		c.SecretFiles = []fileChange{}
	}
	return c
}

// plain is the text for a terminal.
func (c comparison) plain(paint bool) string {
	var b strings.Builder
	for _, f := range c.SecretFiles {
		fmt.Fprintf(&b, "%s secret file %s in %s\n", f.Op, f.File, strings.Join(f.Clusters, ", "))
	}
	for _, x := range c.Changes {
		fmt.Fprintf(&b, "%s %s in %s\n", x.Op, x.ID, strings.Join(x.Clusters, ", "))
		for line := range strings.Lines(body(x.Diff)) {
			b.WriteString(paintLine(line, paint))
		}
	}
	for _, n := range c.Clusters {
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}

// body is a unified diff without the names of its two sides, which are the same everywhere.
func body(diff string) string {
	_, rest, _ := strings.Cut(diff, "\n")
	_, rest, _ = strings.Cut(rest, "\n")
	return rest
}

// String is one line about a cluster.
func (n clusterCount) String() string {
	text := fmt.Sprintf("%s: %d added, %d changed, %d removed", n.Name, n.Added, n.Changed, n.Removed)
	if n.SecretFiles > 0 {
		text += ", " + count(n.SecretFiles, "secret file")
	}
	if n.Op != "" {
		text += " (cluster " + n.Op + ")"
	}
	return text
}

// markdown is a comment for a pull request: a table, and what differs to unfold, as much as a comment may hold.
func (c comparison) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Manifests, compared with %s (%.8s)\n\n", code(c.Rev), c.Commit)
	if len(c.Changes) == 0 && len(c.SecretFiles) == 0 {
		fmt.Fprintf(&b, "No differences in %s.\n", count(len(c.Clusters), "cluster"))
		return b.String()
	}
	w := limited{b: &b, left: commentLimit - noteLimit - utf8.RuneCountInString(b.String())}
	w.table(c.Clusters)
	for i, f := range c.SecretFiles {
		if i == 0 {
			w.add("\n")
		}
		w.add(fmt.Sprintf("- %s secret file %s in %s\n", f.Op, code(f.File), few(f.Clusters)))
	}
	for _, x := range c.Changes {
		head := fmt.Sprintf("%s <code>%s</code> in %s", x.Op, html.EscapeString(x.ID.String()), html.EscapeString(few(x.Clusters)))
		fence := strings.Repeat("`", max(3, longestRun(x.Diff, '`')+1))
		w.add(fmt.Sprintf("\n<details><summary>%s</summary>\n\n%sdiff\n%s%s\n\n</details>\n", head, fence, ended(body(x.Diff)), fence))
	}
	if w.dropped > 0 {
		fmt.Fprintf(&b, "\n**%s left out**: a comment holds no more. `kubectl otomi diff --against` shows all.\n", wereOf(w.dropped))
	}
	return b.String()
}

func wereOf(n int) string {
	if n == 1 {
		return "1 entry is"
	}
	return fmt.Sprintf("%d entries are", n)
}

// limited writes what still fits.
type limited struct {
	b       *strings.Builder
	left    int // characters
	dropped int
}

func (w *limited) add(text string) {
	n := utf8.RuneCountInString(text)
	if n > w.left {
		w.dropped++
		return
	}
	w.left -= n
	w.b.WriteString(text)
}

// table is the summary: a line per cluster in which something differs.
func (w *limited) table(clusters []clusterCount) {
	w.add("| cluster | added | changed | removed | secret files |\n|---|--:|--:|--:|--:|\n")
	same := 0
	for _, n := range clusters {
		if n.Op == "" && n.Added+n.Changed+n.Removed+n.SecretFiles == 0 {
			same++
			continue
		}
		name := n.Name
		if n.Op != "" {
			name += " (" + n.Op + ")"
		}
		w.add(fmt.Sprintf("| %s | %d | %d | %d | %d |\n", name, n.Added, n.Changed, n.Removed, n.SecretFiles))
	}
	if same > 0 {
		w.add(fmt.Sprintf("\n%s without differences.\n", count(same, "cluster")))
	}
}

// few names the first of many.
func few(names []string) string {
	if len(names) <= nameLimit {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:nameLimit], ", "), len(names)-nameLimit)
}

// code is text as Markdown's code, whatever it holds.
func code(text string) string {
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if len(fence) > 1 {
		text = " " + text + " "
	}
	return fence + text + fence
}

func longestRun(text string, of byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

func ended(text string) string {
	if strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
